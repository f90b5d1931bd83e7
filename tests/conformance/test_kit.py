"""The kit finds what is wrong, and nothing where nothing is."""

import re

import pytest

from keras_core.conformance import known_failures

BROKEN_CHECKS = (
    "test_required_kernel[erf] or test_values[argmax] or test_values[flip] or test_values[exp] or test_values[sum] "
    "or test_specs[argmax] or test_gradients[exp] or test_values[expm1]"
)
BROKEN = {
    "test_required_kernel[erf]",
    "test_values[argmax]",
    "test_values[flip]",
    "test_values[exp]",
    "test_specs[argmax]",
    "test_gradients[exp]",
}
REASONS = "".join(f"{name}: broken on purpose\n" for name in sorted(BROKEN))


def failed(output):
    return set(re.findall(r"^FAILED \S*::(\S+\])", output, re.MULTILINE))


def test_a_backend_of_the_primitives_alone_conforms(kit):
    done = kit("strict")
    assert done.returncode == 0, done.stdout[-3000:]


def test_mistakes_are_found(kit):
    done = kit("broken", "-k", BROKEN_CHECKS)
    assert done.returncode == 1
    assert failed(done.stdout) == BROKEN
    assert "the primitive erf(x) has no kernel" in done.stdout


def test_known_failures_are_accepted(kit):
    done = kit("broken", "-k", BROKEN_CHECKS, known=f"# the broken backend\n\n{REASONS}")
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"{len(BROKEN)} xfailed" in done.stdout


def test_an_unexpected_pass_is_reported(kit):
    done = kit("broken", "-k", BROKEN_CHECKS, known=f"{REASONS}test_values[sum]: thought to be broken\n")
    assert done.returncode == 1
    assert failed(done.stdout) == {"test_values[sum]"}
    assert "[XPASS(strict)] thought to be broken" in done.stdout


def test_a_known_failure_of_no_check_is_an_error(kit):
    done = kit("broken", known="test_values[summ]: misspelt\n")
    assert done.returncode != 0
    assert "lists checks that do not exist: test_values[summ]" in done.stdout + done.stderr


def test_an_unknown_backend_is_named(kit):
    from tests.conformance.conftest import conformance

    done = conformance("nosuch")
    assert done.returncode == 2
    assert "The backend 'nosuch' is not installed" in done.stderr


@pytest.mark.parametrize("text, message", [("test_values[a]", "has no reason"), ("a: b\na: c", "listed twice")])
def test_known_failures_file(text, message):
    with pytest.raises(ValueError, match=message):
        known_failures.parse(text, "known_failures.txt")
