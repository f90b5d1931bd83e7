"""The kit finds what is wrong, and nothing where nothing is."""

import subprocess
import sys

import pytest

from keras_core.conformance import known_failures
from tests.conformance.conftest import conformance

CAUGHT = {
    "a kernel that is not there": ["test_required_kernel[erf]"],
    "a kernel of other parameters": ["test_kernel_signatures"],
    "NaN": ["test_values[exp]", "test_gradients[exp]"],
    "a wider dtype in half precision": ["test_specs[sqrt]"],
    "a dtype of indices": ["test_values[argmax]", "test_specs[argmax]"],
    "an axis off by one": ["test_values[flip]", "test_gradients[flip]"],
    "an unstable sort": ["test_values[argsort-ties]"],
    "an operand that is written": ["test_values[negative]"],
    "a shape": ["test_values[tile]", "test_specs[tile]"],
    "inaccurate values": ["test_values[softmax]", "test_native_agrees_with_decomposition[softmax]"],
    "a wrong gradient": ["test_gradients[take]"],
    "random numbers that are not": ["test_draws[uniform]"],
    "another dtype given out": ["test_round_trip[bfloat16]"],
    "memory that is not its own": ["test_variable"],
    "a trace of one call's values": ["test_jit[add]"],
    "a framework imported by the plugin": ["test_plugin_imports_no_framework"],
}
HEALTHY = [
    "test_values[log]",
    "test_values[reshape]",
    "test_specs[reshape]",
    "test_gradients[reshape]",
    "test_required_kernel[exp]",
]

_OPS = "argmax and not nan or flip and not (all or lr or ud) or reshape"
FEW = ("-k", f"test_required_kernel and erf or test_values and ({_OPS}) and not edges")
FAILING = ["test_required_kernel[erf]", "test_values[argmax]", "test_values[flip]", "test_values[argmax-flattened]"]
REASONS = "".join(f"{name}: broken on purpose\n" for name in FAILING)


def outcomes(done):
    return {check["name"]: check["outcome"] for check in done.record["checks"]}


def test_a_backend_of_the_primitives_alone_conforms(kit):
    done = kit("strict")
    assert done.returncode == 0, done.stdout[-3000:]
    counts = done.record["sections"]["ops"]
    assert counts["passed"] > 400 and counts["failed"] == counts["known"] == counts["missing"] == 0


def test_every_mistake_is_found(kit):
    done = kit("broken")
    assert done.returncode == 1
    found = outcomes(done)
    missed = {why: names for why, names in CAUGHT.items() if any(found[n] not in ("failed", "missing") for n in names)}
    assert not missed
    assert [found[name] for name in HEALTHY] == ["passed"] * len(HEALTHY)


def test_the_scorecard(kit):
    done = kit("broken", *FEW)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "section passed failed known missing skipped" in lines
    assert "kernels 0 0 0 1 0" in lines
    found = lines.index("ops: test_values[argmax]: dtype int64, where int32 is right")
    assert lines[found + 1] == (
        "the kernel call argmax(float32 (3, 4), 1, False) gives dtype int64, where int32 is right"
    )
    assert "Functions: 60 of 61 required (2 methods, the rest kernels)" in done.stdout
    assert "Next: the required kernels that are missing: erf." in lines
    assert done.record["required"]["missing"] == ["erf"]
    reasons = {check["name"]: check["reason"] for check in done.record["checks"]}
    assert "the primitive erf(x) has no kernel" in reasons["test_required_kernel[erf]"]


def test_a_check_that_calls_a_missing_kernel_waits_for_it(kit):
    done = kit("broken", "--only", "kernels", "--only", "ops", "-k", "erf or gelu")
    waiting = {check["name"] for check in done.record["checks"] if check["waits_for"] == "erf"}
    assert {"test_values[erf]", "test_values[gelu-exact]", "test_specs[erf]"} <= waiting
    assert f"Next: the required kernels that are missing: erf ({len(waiting)} checks wait for it)." in done.stdout


def test_known_failures_are_accepted(kit):
    done = kit("broken", *FEW, known=f"# the broken backend\n\n{REASONS}")
    assert done.returncode == 0, done.stdout[-3000:]
    assert {name for name, outcome in outcomes(done).items() if outcome == "known"} == set(FAILING)
    assert f"Known to fail ({len(FAILING)}):" in done.stdout
    assert "ops: test_values[flip]: broken on purpose" in done.stdout


def test_an_unexpected_pass_is_reported(kit):
    done = kit("broken", *FEW, known=f"{REASONS}test_values[reshape]: thought to be broken\n")
    assert done.returncode == 1
    assert [name for name, outcome in outcomes(done).items() if outcome == "failed"] == ["test_values[reshape]"]
    assert "test_values[reshape]: [XPASS(strict)] thought to be broken" in done.stdout


def test_a_known_failure_of_no_check_is_an_error(kit):
    done = kit("strict", known="test_values[summ]: misspelt\n")
    assert done.returncode != 0
    assert "lists checks that do not exist: test_values[summ]" in done.stdout + done.stderr


def test_an_unknown_backend_is_named(tmp_path):
    done = conformance("nosuch", folder=tmp_path)
    assert done.returncode == 2
    assert "The backend 'nosuch' is not installed" in done.stderr


def test_an_unknown_section_is_named(tmp_path):
    done = conformance("numpy", "--only", "opps", folder=tmp_path)
    assert done.returncode != 0
    assert "opps is no section; there are contract, kernels, ops" in done.stderr


def test_tracebacks_when_asked_for(kit):
    done = kit("broken", "-k", "test_values and flip and not (all or lr or ud)", "--tb=short")
    assert "E   the kernel call flip(float32 (2, 3), (1,)) gives" in done.stdout


def test_the_folder_it_is_called_in_does_not_count(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text("raise ImportError")
    assert conformance("numpy", "--only", "kernels", folder=tmp_path).returncode == 0


def test_pytest_itself_runs_it(tmp_path):
    command = [sys.executable, "-m", "pytest", "-Werror", "--keras-backend=numpy", "--keras-only=kernels"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "Functions: 61 of 61 required" in done.stdout
    assert "kernels 59 0 0 0 0" in " ".join(done.stdout.split())


@pytest.mark.parametrize("text, message", [("test_values[a]", "has no reason"), ("a: b\na: c", "listed twice")])
def test_known_failures_file(text, message):
    with pytest.raises(ValueError, match=message):
        known_failures.parse(text, "known_failures.txt")
