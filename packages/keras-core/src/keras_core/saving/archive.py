"""Files and zip archives: written whole or not at all, read within bounds."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

MAX_TEXT = 64 * 2**20
"""Bytes that `config.json` and `metadata.json` may have."""
MAX_EXPANSION = 100
"""How many times larger a compressed entry may be than what is stored of it, beyond `MAX_TEXT` bytes. Keras does not
compress; weights hardly can be."""
METADATA = "metadata.json"
_CHECKSUMS = "crc32"
"""Key of the metadata of a directory, which has no checksums of its own: CRC-32 of the other files by name."""
_CHUNK = 2**20


_DAMAGED = (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, struct.error, zlib.error)


class ArchiveError(ValueError):
    """A file that is no archive of ours, or a damaged or unsafe one; the message names the file."""


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[pathlib.Path]:
    """A path beside `path` to write to; renamed to `path` once it is written and synced, removed if anything fails.

    Whoever reads `path` finds the old file or the new one, whole. A link stays a link: what it points to is replaced.

    Raises:
        PermissionError: if the file or its directory may not be written.
    """
    target = pathlib.Path(os.path.realpath(path))
    if target.exists() and not os.access(target, os.W_OK):  # a rename would not ask
        raise PermissionError(f"Cannot save {str(target)!r}: the file is read-only.")
    partial = _beside(target)
    try:
        with open(partial, "xb"):
            pass
    except PermissionError as error:
        raise PermissionError(
            f"Cannot save {str(target)!r}: its directory may not be written ({error.strerror})."
        ) from error
    try:
        yield partial
        _sync(partial)
        if target.exists():
            os.chmod(partial, target.stat().st_mode & 0o777)
        os.replace(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)


def _beside(target: pathlib.Path) -> pathlib.Path:
    """A new hidden name in the directory of `target`."""
    return target.with_name(f".keras-{secrets.token_hex(6)}.partial")


def _sync(path: pathlib.Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


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
            except _DAMAGED as error:
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

    def _checked(self, read: Callable[[], bytes], name: str) -> bytes:
        try:
            return read()
        except (*_DAMAGED, OSError) as error:
            raise ArchiveError(
                f"{str(self.path)!r}: {name} is damaged: {error}. Take the file from its source again."
            ) from error

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[tuple[IO[bytes], int]]:
        if name not in self:
            raise ArchiveError(f"{str(self.path)!r} holds no {name}: it is not a complete .keras file.")
        with self._open_entry(name) if self._zip is None else self._open_zipped(self._zip, name) as opened:
            yield opened

    @contextlib.contextmanager
    def _open_entry(self, name: str) -> Iterator[tuple[IO[bytes], int]]:
        path = self.path / name
        if path.is_symlink():
            raise ArchiveError(f"{str(path)!r} is a link to somewhere else, which is not followed.")
        with open(path, "rb") as source:
            if name in self._checksums():
                if _checksum(source) != self._checksums()[name]:
                    raise ArchiveError(
                        f"{str(path)!r} is damaged: it does not have the CRC-32 that was written for it. If you "
                        f"changed it on purpose, remove {_CHECKSUMS!r} from {METADATA}."
                    )
                source.seek(0)
            yield source, path.stat().st_size

    def _checksums(self) -> dict[str, int]:
        """What the metadata of a directory say of the other files."""
        path = self.path / METADATA
        if not path.is_file() or path.is_symlink() or path.stat().st_size > MAX_TEXT:
            return {}
        try:
            metadata = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise ArchiveError(f"{str(path)!r} is not JSON: {error}.") from error
        found = metadata.get(_CHECKSUMS) if isinstance(metadata, dict) else None
        return found if isinstance(found, dict) else {}

    @contextlib.contextmanager
    def _open_zipped(self, archive: zipfile.ZipFile, name: str) -> Iterator[tuple[IO[bytes], int]]:
        where = f"{str(self.path)!r}: {name}"
        if archive.namelist().count(name) > 1:
            raise ArchiveError(f"{where} stands in the archive more than once; which one is meant cannot be told.")
        info = archive.getinfo(name)
        if info.flag_bits & 1:
            raise ArchiveError(f"{where} is encrypted, which is not supported. Decrypt the archive first.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ArchiveError(f"{where} is compressed by a method other than deflate, which is not read.")
        if info.file_size > MAX_TEXT + MAX_EXPANSION * info.compress_size:
            raise ArchiveError(f"{where} claims to unpack {info.compress_size} bytes to {info.file_size}.")
        try:
            source = archive.open(info)
        except (*_DAMAGED, OSError) as error:
            raise ArchiveError(f"{where} is damaged: {error}. Take the file from its source again.") from error
        with source:
            yield source, info.file_size


def write_zip(path: pathlib.Path, metadata: dict, texts: dict[str, str], files: dict[str, pathlib.Path]) -> None:
    """Writes a zip archive of metadata, texts and files, uncompressed as Keras does."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(METADATA, json.dumps(metadata))
        for name, text in texts.items():
            archive.writestr(name, text)
        for name, file in files.items():
            archive.write(file, name)


def write_directory(path: pathlib.Path, metadata: dict, texts: dict[str, str], files: dict[str, pathlib.Path]) -> None:
    """Writes the same entries into a directory beside `path`, and puts it in the place of `path` once it is whole.

    Raises:
        FileExistsError: if `path` holds anything else than an earlier saved model.
    """
    target = pathlib.Path(os.path.realpath(path))
    if target.exists() and not target.is_dir():
        raise FileExistsError(f"{str(path)!r} is a file: a directory cannot take its place. Choose another path.")
    foreign = {x.name for x in target.iterdir()} - {METADATA, *texts, *files} if target.exists() else ()
    if foreign:
        raise FileExistsError(
            f"{str(path)!r} is no directory of a saved model (it holds {', '.join(sorted(foreign)[:5])}), so it is not "
            "replaced. Choose another path."
        )
    partial, old = _beside(target), _beside(target)
    partial.mkdir()
    try:
        checksums = {}
        for name, text in texts.items():
            (partial / name).write_text(text, encoding="utf-8")
        for name, file in files.items():
            shutil.copyfile(file, partial / name)
        for name in (*texts, *files):
            _sync(partial / name)
            with open(partial / name, "rb") as written:
                checksums[name] = _checksum(written)
        (partial / METADATA).write_text(json.dumps({**metadata, _CHECKSUMS: checksums}), encoding="utf-8")
        _sync(partial / METADATA)
        _sync_directory(partial)
        if target.exists():
            os.rename(target, old)
        try:
            os.rename(partial, target)
        except BaseException:
            if old.exists():
                os.rename(old, target)
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    if old.exists():
        shutil.rmtree(old)
    _sync_directory(target.parent)


def _checksum(source: IO[bytes]) -> int:
    """The CRC-32 of all that is left to read."""
    checksum = 0
    while chunk := source.read(_CHUNK):
        checksum = zlib.crc32(chunk, checksum)
    return checksum
