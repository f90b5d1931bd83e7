"""docs/ops.md names every op, and what makes it measures."""

from pathlib import Path

from keras_core import backends, cli
from keras_core.conformance import matrix
from keras_core.conformance.cases import CASES

PAGE = Path(__file__).parents[2] / "docs" / "ops.md"


def test_the_page_names_every_op():
    rows = [line.split(" | ")[0].removeprefix("| ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert rows[2:] == sorted({case.op for case in CASES}), "generate docs/ops.md again; its first lines say how"


def test_what_is_measured(capsys):
    chosen = [case for case in CASES if case.op in ("exp", "bitwise_and", "celu", "eye")]
    found = matrix.measure(backends.get("numpy"), chosen)
    assert {name: str(entry) for name, entry in found.items()} == {
        "exp": "native buihfc exact",
        "bitwise_and": "native - exact",
        "celu": "body buihfc exact",
        "eye": "body - exact",
    }
    page = matrix.table({"numpy": found})
    assert "| exp | native buihfc exact |" in page and page.endswith("4 ops; native on: numpy 2.\n")


def test_the_command_refuses_other_arguments(capsys):
    try:
        cli.main(["ops-matrix", "--outputt", "x"])
    except SystemExit as error:
        assert error.code == 2
    assert "unrecognized arguments" in capsys.readouterr().err
