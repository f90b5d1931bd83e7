"""get_file against a server of this process."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading
import zipfile

import pytest

from keras_core.utils import get_file


@pytest.fixture
def server(tmp_path):
    """A folder served on 127.0.0.1; gives the folder, its address and the list of requested paths."""
    folder = tmp_path / "served"
    folder.mkdir()
    requested = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            requested.append(self.path)
            if self.path == "/cut":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"only this")
            else:
                super().do_GET()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}", requested
        running.shutdown()
        thread.join()


@pytest.fixture
def fetch(tmp_path):
    return functools.partial(get_file, cache_dir=str(tmp_path / "cache"))


def test_downloads_once(server, fetch, tmp_path):
    folder, address, requested = server
    (folder / "data.txt").write_bytes(b"x" * 200_000)
    for _ in range(2):
        path = fetch(origin=f"{address}/data.txt")
        assert path == str(tmp_path / "cache" / "datasets" / "data.txt")
        assert open(path, "rb").read() == b"x" * 200_000
    assert requested == ["/data.txt"]
    fetch(origin=f"{address}/data.txt", force_download=True)
    assert len(requested) == 2


def test_name_and_subdir(server, fetch, tmp_path):
    folder, address, _ = server
    (folder / "a").write_bytes(b"1")
    path = fetch("b", origin=f"{address}/a?query=1", cache_subdir="models")
    assert path == str(tmp_path / "cache" / "models" / "b")


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
@pytest.mark.parametrize("named", [True, False])
def test_hash(server, fetch, algorithm, named):
    folder, address, requested = server
    (folder / "a").write_bytes(b"first")
    good = hashlib.new(algorithm, b"first").hexdigest()
    options = {"hash_algorithm": algorithm if named else "auto"}
    path = fetch(origin=f"{address}/a", file_hash=good, **options)
    (folder / "a").write_bytes(b"other")
    with pytest.raises(ValueError, match="corrupted"):
        fetch("c", origin=f"{address}/a", file_hash=good, **options)
    assert open(fetch(origin=f"{address}/a", file_hash=good, **options), "rb").read() == b"first"  # from the cache
    other = hashlib.new(algorithm, b"other").hexdigest()
    assert open(fetch(origin=f"{address}/a", file_hash=other, **options), "rb").read() == b"other"  # downloaded again
    assert sorted(p.name for p in __import__("pathlib").Path(path).parent.iterdir()) == ["a"]  # nothing half is left
    assert len(requested) == 3


def test_failures_leave_nothing(server, fetch, tmp_path):
    _, address, _ = server
    with pytest.raises(OSError, match="404"):
        fetch(origin=f"{address}/nowhere")
    with pytest.raises(OSError, match="9 of 1000 bytes"):
        fetch(origin=f"{address}/cut")
    assert list((tmp_path / "cache" / "datasets").iterdir()) == []


def make_tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_extract(server, fetch, tmp_path, kind):
    folder, address, requested = server
    if kind == "zip":
        with zipfile.ZipFile(folder / "a.zip", "w") as archive:
            archive.writestr("inner/b.txt", "hello")
        origin = f"{address}/a.zip"
    else:
        make_tar(folder / "a.tar.gz", {"inner/b.txt": b"hello"})
        origin = f"{address}/a.tar.gz"
    for _ in range(2):
        path = fetch(origin=origin, extract=True)
        assert path.endswith("_extracted")
        assert open(f"{path}/inner/b.txt").read() == "hello"
    assert len(requested) == 1


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/../../evil"])
def test_tar_that_reaches_out(server, fetch, tmp_path, name):
    folder, address, _ = server
    make_tar(folder / "a.tar.gz", {"fine": b"1", name: b"2"})
    with pytest.raises(ValueError, match="outside"):
        fetch(origin=f"{address}/a.tar.gz", extract=True)
    assert not (tmp_path / "cache" / "evil").exists()
    assert not (tmp_path / "cache" / "datasets" / "a.tar.gz_extracted").exists()


def test_tar_with_a_link(server, fetch):
    folder, address, _ = server
    make_tar(folder / "a.tar.gz", {"link": None})
    with pytest.raises(ValueError, match="link"):
        fetch(origin=f"{address}/a.tar.gz", untar=True)


def test_zip_that_reaches_out(server, fetch):
    folder, address, _ = server
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("../evil", "1")
    with pytest.raises(ValueError, match="outside"):
        fetch(origin=f"{address}/a.zip", extract=True)


def test_no_archive(server, fetch):
    folder, address, _ = server
    (folder / "a.zip").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="no archive of the format zip"):
        fetch(origin=f"{address}/a.zip", extract=True, archive_format="zip")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "origin"),
        ({"origin": "http://127.0.0.1:1/"}, "file name"),
        ({"origin": "http://127.0.0.1:1/a", "extract": True, "archive_format": "rar"}, "fetch failure"),
    ],
)
def test_bad_arguments(fetch, arguments, message):
    with pytest.raises((ValueError, OSError), match=message):
        fetch(**arguments)
