"""Results as a table, as JSON and as a plot, in benchmarks/results/."""

from __future__ import annotations

import json
import os
import pathlib
import platform
from importlib.metadata import version
from typing import Any

RESULTS = pathlib.Path(__file__).with_name("results")
PACKAGES = ("numpy", "jax", "torch", "tensorflow", "keras")


def ratio(entry: dict[str, Any], side: str) -> float | None:
    """How many times the framework's own figure that of `side` is."""
    return entry[side] / entry["native"] if side in entry and "native" in entry else None


def line(entry: dict[str, Any]) -> str:
    """One result as text."""
    what = f"{entry['backend']:11}{entry['model']:12}{entry.get('variant', ''):22}{entry['measure']:12}"
    figures = "".join(f"{side} {_figure(entry, side):>9}  " for side in ("native", "ours", "keras") if side in entry)
    ratios = ", ".join(f"{side} {ratio(entry, side):.2f}x" for side in ("ours", "keras") if ratio(entry, side))
    return f"{what} {figures}{ratios}"


def _figure(entry: dict[str, Any], side: str) -> str:
    """Milliseconds (microseconds of an op, MiB of memory)."""
    if side not in entry:
        return ""
    value = entry[side]
    if entry["measure"] == "memory":
        return f"{value:.0f} MiB"
    return f"{value * 1e6:.1f} µs" if value < 1e-4 else f"{value * 1e3:.3g} ms"


def machine() -> str:
    """What the figures were taken on."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{os.cpu_count()} CPU cores ({platform.machine()}), no GPU, Python {platform.python_version()}, {packages}"


def write(name: str, command: str, results: list[dict[str, Any]], module: str = "training") -> None:
    """Writes NAME.json, NAME.md and NAME.png; what earlier runs on this machine found besides stays in them."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    commands = [f"python -m benchmarks.{module} {command}"]
    if path.exists():
        before = json.loads(path.read_text())
        if before["machine"] == machine():
            taken = set(map(_subject, results))
            results = [*(entry for entry in before["results"] if _subject(entry) not in taken), *results]
            commands = [*(c for c in before["commands"] if c not in commands), *commands]
    document = {"commands": commands, "machine": machine(), "results": results}
    path.write_text(json.dumps(document, indent=1) + "\n")
    (RESULTS / f"{name}.md").write_text(table(document))
    plot(name, results)


def _subject(entry: dict[str, Any]) -> tuple:
    return entry["backend"], entry["model"], entry.get("variant"), entry["measure"]


def table(document: dict[str, Any]) -> str:
    """The results as Markdown."""
    rows = [
        *(f"`{command}`  " for command in document["commands"]),
        "",
        f"On {document['machine']}. Medians; ratios are to the framework's own way.",
        "",
        "| backend | model | measure | native | ours | ratio | Keras 3.15.1 | ratio |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for entry in document["results"]:
        cells = [entry["backend"], " ".join(filter(None, (entry["model"], entry.get("variant")))), entry["measure"]]
        cells.append(_figure(entry, "native"))
        for side in ("ours", "keras"):
            found = ratio(entry, side)
            cells += [_figure(entry, side), "" if found is None else f"{found:.2f}x"]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def plot(name: str, results: list[dict[str, Any]]) -> None:
    """Bars of the ratios, a panel for each backend."""
    from matplotlib.figure import Figure  # only those who want a plot need it

    backends = list(dict.fromkeys(entry["backend"] for entry in results))
    figure = Figure(figsize=(11, 0.6 + 3 * len(backends)), layout="constrained")
    for axes, backend in zip(figure.subplots(len(backends), squeeze=False)[:, 0], backends, strict=True):
        entries = [e for e in results if e["backend"] == backend and "native" in e]
        for offset, side, colour in ((-0.2, "ours", "tab:blue"), (0.2, "keras", "tab:orange")):
            present = [(i, ratio(e, side)) for i, e in enumerate(entries) if side in e]
            label = {"ours": "keras-core", "keras": "Keras 3.15.1"}[side]
            if present:
                axes.bar([i + offset for i, _ in present], [r for _, r in present], 0.4, color=colour, label=label)
        axes.axhline(1, color="black", linewidth=0.8)
        axes.set_yscale("log")
        axes.set_ylabel(f"{backend}: times native")
        labels = [" ".join(filter(None, (e["model"], e.get("variant"), e["measure"]))) for e in entries]
        axes.set_xticks(range(len(entries)), labels, rotation=60, ha="right", fontsize=7)
        axes.legend(fontsize=8)
    figure.savefig(RESULTS / f"{name}.png", dpi=110)
