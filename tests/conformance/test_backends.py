"""Every installed backend conforms, but for the gaps that it admits.

The whole kit is run on NumPy. On a framework, whose compilation takes minutes, the values, training, saving and imports
are; `keras-core conformance NAME` runs the rest.
"""

from tests.conformance.conftest import conformance

QUICK = ("-k", "not test_specs and not test_gradients and not test_native_agrees")


def test_conforms(backend):
    done = conformance(backend, *(() if backend == "numpy" else QUICK))
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
