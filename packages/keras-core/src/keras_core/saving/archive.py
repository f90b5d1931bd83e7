"""Files and zip archives: written whole or not at all, read within bounds."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

MAX_TEXT = 64 * 2**20
"""Bytes that `config.json` and `metadata.json` may have."""
_MAX_EXPANSION = 1100
_CHUNK = 2**20


class ArchiveError(ValueError):
    """A file that is no archive of ours, or a damaged or unsafe one; the message names the file."""


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[pathlib.Path]:
    """A path beside `path` to write to; renamed to `path` once it is written and synced, removed if anything fails.

    Whoever reads `path` finds the old file or the new one, whole.
    """
    target = pathlib.Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"Cannot save {str(target)!r}: the directory {str(target.parent)!r} does not exist.")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
    os.close(handle)
    partial = pathlib.Path(name)
    try:
        yield partial
        with open(partial, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(partial, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        os.replace(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_directory(path: pathlib.Path) -> None:
    """Makes the rename itself durable, where the system can sync a directory."""
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Reader:
    """A zip archive, or a directory with the same entries, of which only expected entries are read."""

    def __init__(self, path: str | os.PathLike):
        self.path = pathlib.Path(path)
        self._zip: zipfile.ZipFile | None = None
        if not self.path.is_dir():
            try:
                self._zip = zipfile.ZipFile(self.path)
            except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
                raise ArchiveError(
                    f"{str(self.path)!r} is not a .keras file (a zip archive), or it is damaged: {error}."
                ) from error

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exception: Any) -> None:
        if self._zip is not None:
            self._zip.close()

    def __contains__(self, name: str) -> bool:
        if self._zip is None:
            return (self.path / name).is_file()
        return name in self._zip.namelist()

    def text(self, name: str) -> str:
        """An entry as text of at most `MAX_TEXT` bytes."""
        with self._open(name) as (source, size):
            if size > MAX_TEXT:
                raise ArchiveError(f"{str(self.path)!r}: {name} has {size} bytes; at most {MAX_TEXT} are read.")
            try:
                return self._checked(source.read, name).decode("utf-8")
            except UnicodeDecodeError as error:
                raise ArchiveError(f"{str(self.path)!r}: {name} is not text in UTF-8: {error}.") from error

    @contextlib.contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        """An entry as a seekable file, its checksum verified."""
        with self._open(name) as (source, _):
            if self._zip is None:
                yield source
                return
            with tempfile.TemporaryFile() as copy:
                while chunk := self._checked(lambda: source.read(_CHUNK), name):
                    copy.write(chunk)
                copy.seek(0)
                yield copy

    def _checked(self, read: Any, name: str) -> bytes:
        try:
            return read()
        except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
            raise ArchiveError(f"{str(self.path)!r}: {name} is damaged: {error}.") from error

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[tuple[IO[bytes], int]]:
        if name not in self:
            raise ArchiveError(f"{str(self.path)!r} holds no {name}: it is not a complete .keras file.")
        if self._zip is None:
            path = self.path / name
            if path.is_symlink():
                raise ArchiveError(f"{str(path)!r} is a link to somewhere else, which is not followed.")
            with open(path, "rb") as source:
                yield source, path.stat().st_size
            return
        info = self._zip.getinfo(name)
        if info.flag_bits & 1:
            raise ArchiveError(f"{str(self.path)!r}: {name} is encrypted, which is not supported.")
        if info.file_size > _MAX_EXPANSION * max(info.compress_size, 1024):
            raise ArchiveError(
                f"{str(self.path)!r}: {name} claims to unpack {info.compress_size} bytes to {info.file_size}."
            )
        try:
            source = self._zip.open(info)
        except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
            raise ArchiveError(f"{str(self.path)!r}: {name} is damaged: {error}.") from error
        with source:
            yield source, info.file_size


def write_zip(path: pathlib.Path, texts: dict[str, str], files: dict[str, pathlib.Path]) -> None:
    """Writes a zip archive of texts and files, uncompressed as Keras does."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
        for name, file in files.items():
            archive.write(file, name)


def write_directory(path: pathlib.Path, texts: dict[str, str], files: dict[str, pathlib.Path]) -> None:
    """Writes the same entries into a directory, each file whole or not at all."""
    path.mkdir(exist_ok=True)
    for name, text in texts.items():
        with replacing(path / name) as partial:
            partial.write_text(text, encoding="utf-8")
    for name, file in files.items():
        with replacing(path / name) as partial:
            shutil.copyfile(file, partial)
