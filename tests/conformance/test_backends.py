"""Every installed backend conforms, but for the gaps that it admits."""

from tests.conformance.conftest import conformance


def test_conforms(backend, tmp_path):
    done = conformance(backend, folder=tmp_path)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
