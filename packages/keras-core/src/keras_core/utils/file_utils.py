"""Files from the network, checked and unpacked with care."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import stat
import tarfile
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from typing import IO

from keras_core import config
from keras_core.utils.io_utils import print_message
from keras_core.utils.progbar import Progbar

_CHUNK = 1 << 16


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | list[str] | None = "auto",
    cache_dir: str | None = None,
    force_download: bool = False,
) -> str:
    """Downloads a file once, into a cache.

    The file appears under its name only when it is complete and its hash is right.

    Args:
        fname: its name in the cache; default the last part of `origin`.
        origin: the URL (http, https, ftp or file).
        untar: as `extract`, for tar archives; superseded by it.
        md5_hash: as `file_hash`, with MD5; superseded by it.
        file_hash: the expected hash, in hexadecimal digits; a cached file with another one is downloaded again.
        cache_subdir: a folder in the cache; an absolute path is used as it is.
        hash_algorithm: "sha256", "md5", or "auto" for the one that fits the length of `file_hash`.
        extract: whether the file is an archive to unpack, into a folder "<name>_extracted" beside it.
        archive_format: "zip", "tar", a list of these, "auto" for both, or `None` for neither.
        cache_dir: the cache; default `$KERAS_HOME` or `~/.keras`.
        force_download: whether to download although the cache has it.

    Returns:
        The path of the file, or of the folder it was unpacked into.

    Raises:
        ValueError: for bad arguments, a hash that differs, or an archive that is none or reaches out of its folder.
        OSError: if the download fails.
    """
    if origin is None:
        raise ValueError("`origin` is missing: pass the URL to download from.")
    if fname is None:
        fname = os.path.basename(urllib.parse.urlsplit(origin).path)
        if not fname:
            raise ValueError(f"`origin` has no file name at its end: {origin!r}. Pass `fname`.")
    fname = os.fspath(fname)
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"

    path = _cache_folder(cache_dir, cache_subdir) / fname
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = force_download or not path.exists()
    if not fresh and file_hash is not None and not _has_hash(path, file_hash, hash_algorithm):
        print_message(f"The cached file {path} does not have the expected hash; it is downloaded again.")
        fresh = True
    if fresh:
        print_message(f"Downloading data from {origin}")
        _download(origin, path, file_hash, hash_algorithm)
    if not (extract or untar):
        return str(path)
    folder = path.with_name(f"{path.name}_extracted")
    if fresh or not folder.exists():
        extract_archive(path, folder, "tar" if untar and not extract else archive_format)
    return str(folder)


def _cache_folder(cache_dir: str | None, cache_subdir: str) -> pathlib.Path:
    """The folder to keep files in; a temporary one where the cache cannot be written to."""
    root = pathlib.Path(cache_dir) if cache_dir is not None else config.file_path().parent
    if not os.access(_nearest_existing(root), os.W_OK):
        root = pathlib.Path(tempfile.gettempdir(), ".keras")
    return root / cache_subdir


def _nearest_existing(path: pathlib.Path) -> pathlib.Path:
    path = path.absolute()
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _download(origin: str, path: pathlib.Path, file_hash: str | None, hash_algorithm: str) -> None:
    """Downloads beside `path`, checks, and renames."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = pathlib.Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            _receive(origin, file)
        if file_hash is not None and not _has_hash(part, file_hash, hash_algorithm):
            raise ValueError(
                f"Incomplete or corrupted file: what {origin} gave does not have the expected "
                f"{_algorithm(file_hash, hash_algorithm)} hash {file_hash}."
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _receive(origin: str, file: IO[bytes]) -> None:
    try:
        with urllib.request.urlopen(origin) as response:
            size = response.headers.get("Content-Length")
            expected = int(size) if size and size.isdigit() else None
            bar, received = Progbar(expected, unit_name="byte"), 0
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                received += len(chunk)
                bar.update(received, finalize=received == expected)
    except urllib.error.HTTPError as error:
        raise OSError(f"URL fetch failure on {origin}: {error.code} -- {error.msg}") from error
    except urllib.error.URLError as error:
        raise OSError(f"URL fetch failure on {origin}: {error.reason}") from error
    if expected is not None and received != expected:
        raise OSError(f"URL fetch failure on {origin}: {received} of {expected} bytes came.")


def _algorithm(file_hash: str, hash_algorithm: str) -> str:
    if hash_algorithm == "auto":
        return "sha256" if len(file_hash) == 64 else "md5"
    if hash_algorithm not in ("sha256", "md5"):
        raise ValueError(f"`hash_algorithm` is 'sha256', 'md5' or 'auto'; received: {hash_algorithm!r}.")
    return hash_algorithm


def _has_hash(path: pathlib.Path, file_hash: str, hash_algorithm: str) -> bool:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, _algorithm(file_hash, hash_algorithm))
    return found.hexdigest() == file_hash.lower()


# --- archives ----------------------------------------------------------------------------------------------------


def extract_archive(path: pathlib.Path, folder: pathlib.Path, archive_format: str | list[str] | None = "auto") -> None:
    """Unpacks an archive into `folder`, which appears when everything is unpacked.

    Raises:
        ValueError: if the file is no archive of that format, or a member would land outside of `folder`, or is a link
            or a device.
    """
    formats = {"auto": ["tar", "zip"], None: []}.get(archive_format, archive_format)  # type: ignore[arg-type]
    formats = [formats] if isinstance(formats, str) else formats
    unknown = set(formats).difference(("tar", "zip"))
    if unknown:
        raise ValueError(f"`archive_format` holds 'tar' and 'zip' only; received: {archive_format!r}.")
    if "tar" in formats and tarfile.is_tarfile(path):
        unpack = _unpack_tar
    elif "zip" in formats and zipfile.is_zipfile(path):
        unpack = _unpack_zip
    else:
        raise ValueError(f"Could not extract {path}: it is no archive of the format {' or '.join(formats) or None}.")
    scratch = pathlib.Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        unpack(path, scratch)
        if folder.exists():
            shutil.rmtree(folder)
        scratch.chmod(0o755)
        scratch.replace(folder)
    finally:
        if scratch.exists():
            shutil.rmtree(scratch)


def _unpack_tar(path: pathlib.Path, folder: pathlib.Path) -> None:
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        for member in members:
            if not (member.isfile() or member.isdir()):
                raise ValueError(f"{path} holds {member.name!r}, which is a link or a device; it is not unpacked.")
            _check_inside(path, member.name)
        archive.extractall(folder, members, filter="data")


def _unpack_zip(path: pathlib.Path, folder: pathlib.Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if stat.S_ISLNK(member.external_attr >> 16):
                raise ValueError(f"{path} holds {member.filename!r}, which is a link; it is not unpacked.")
            _check_inside(path, member.filename)
        archive.extractall(folder)


def _check_inside(path: pathlib.Path, name: str) -> None:
    parts = re.split(r"[\\/]", name)
    if name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise ValueError(f"{path} holds {name!r}, which would land outside of the folder; it is not unpacked.")
