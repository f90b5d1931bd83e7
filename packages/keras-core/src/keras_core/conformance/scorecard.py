"""The kit's result: counts for each section, what failed and why, and what to write next."""

from __future__ import annotations

import collections
import dataclasses
import json
from pathlib import PurePath
from typing import Any

import pytest

from keras_core.backends.contract import BACKEND_API_VERSION, Backend
from keras_core.ops.contract import registry
from keras_core.plugins.discovery import Plugin

PASSED, FAILED, KNOWN, MISSING, SKIPPED = OUTCOMES = ("passed", "failed", "known", "missing", "skipped")
"""`MISSING`: a required kernel is not there, or a check calls it; `SKIPPED`: a check calls an optional one."""

METHODS = ("convert", "to_numpy")
"""What a backend must supply besides the kernels of the primitives."""

SHOWN = 10


@dataclasses.dataclass(frozen=True)
class Check:
    """One check and what came of it."""

    section: str
    name: str
    seconds: float
    outcome: str
    reason: str = ""
    waits_for: str = ""
    blame: str = ""


class Scorecard:
    """Collects pytest's reports of one backend's checks."""

    def __init__(self, backend: Backend, plugin: Plugin):
        self.backend = backend
        self.plugin = plugin
        self.checks: list[Check] = []

    def add(self, report: pytest.TestReport) -> None:
        """Takes one report of pytest."""
        if report.when != "call" and report.passed:
            return
        name, properties = report.nodeid.rpartition("::")[2], dict(report.user_properties)
        blame = str(properties.get("blame", ""))
        outcome, reason, waits_for = _outcome(report, name, str(properties.get("waits for", "")), blame)
        section = PurePath(report.location[0]).stem  # the id has no path where pytest runs in another folder
        self.checks.append(Check(section, name, round(report.duration, 4), outcome, reason, waits_for, blame))

    def add_error(self, report: pytest.CollectReport) -> None:
        """Takes the report of a section that failed before its checks were known."""
        self.checks.append(Check(PurePath(report.nodeid).stem, "all checks", 0.0, FAILED, _reason(report)))

    # --- what it tells -------------------------------------------------------------------------------------

    def required(self) -> list[str]:
        """The primitives that every backend must supply."""
        return [op.name for op in registry.values() if op.is_primitive and op.group is None]

    def groups(self) -> dict[str, list[str]]:
        """The optional primitives by group."""
        found: dict[str, list[str]] = {}
        for op in registry.values():
            if op.group is not None:
                found.setdefault(op.group, []).append(op.name)
        return found

    def missing(self) -> list[tuple[str, int]]:
        """The required kernels that are not there, each with the number of checks that came as far as calling it."""
        waiting = collections.Counter(check.waits_for for check in self.checks if check.outcome == MISSING)
        absent = [name for name in self.required() if name not in self.backend.kernels]
        return sorted(((name, waiting[name]) for name in absent), key=lambda pair: -pair[1])

    def sections(self) -> dict[str, dict[str, int]]:
        """The number of checks of each outcome, by section."""
        found: dict[str, dict[str, int]] = {}
        for check in self.checks:
            found.setdefault(check.section, dict.fromkeys(OUTCOMES, 0))[check.outcome] += 1
        return found

    def next_steps(self) -> list[str]:
        """What to write or mend next, in order."""
        missing, failed = self.missing(), [check for check in self.checks if check.outcome == FAILED]
        steps = []
        if first := next((check for check in failed if check.section == "contract" or not missing), None):
            again = f'keras-core conformance {self.backend.name} --only {first.section} -k "{_plain(first.name)}"'
            steps.append(f"mend {first.name}: `{again} --tb=short` shows where it fails")
        if missing:
            waiting = [f"{name} ({count} checks wait for it)" if count else name for name, count in missing[:SHOWN]]
            rest = f", and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
            steps.append(f"the required kernels that are missing: {', '.join(waiting)}{rest}")
        if steps:
            return steps
        lacking = {group: self._lacks(names) for group, names in self.groups().items()}
        optional = "; ".join(f"{group} ({', '.join(names)})" for group, names in lacking.items() if names)
        return [f"nothing is owed; optional kernels that are missing: {optional}" if optional else "nothing"]

    def _lacks(self, names: list[str]) -> list[str]:
        return [name for name in names if name not in self.backend.kernels]

    def record(self) -> dict[str, Any]:
        """Everything, for programs."""
        required = self.required()
        return {
            "backend": self.backend.name,
            "distribution": self.plugin.distribution,
            "version": self.plugin.version,
            "contract_version": BACKEND_API_VERSION,
            "capabilities": sorted(self.backend.capabilities),
            "required": {"functions": len(METHODS) + len(required), "missing": self._lacks(required)},
            "optional": {
                group: {"kernels": len(names), "missing": self._lacks(names)} for group, names in self.groups().items()
            },
            "native": sorted(
                set(self.backend.kernels.functions) - {op.name for op in registry.values() if op.is_primitive}
            ),
            "sections": self.sections(),
            "checks": [dataclasses.asdict(check) for check in self.checks],
            "next": self.next_steps(),
        }

    def json(self) -> str:
        return json.dumps(self.record(), indent=1) + "\n"

    def text(self) -> str:
        """The scorecard for people."""
        sections = self.sections()
        total = {outcome: sum(counts[outcome] for counts in sections.values()) for outcome in OUTCOMES}
        width = max(map(len, [*sections, "section"]))
        lines = [
            f"The backend {self.backend.name!r} ({self.plugin.distribution} {self.plugin.version}) and the contract, "
            f"version {BACKEND_API_VERSION}",
            "",
            f"{'section':{width}}  " + "".join(f"{outcome:>9}" for outcome in OUTCOMES),
        ]
        for section, counts in [*sections.items(), ("total", total)]:
            lines.append(f"{section:{width}}  " + "".join(f"{counts[outcome]:9}" for outcome in OUTCOMES))
        record = self.record()
        required = record["required"]
        optional = [
            f"{name} {group['kernels'] - len(group['missing'])} of {group['kernels']}"
            for name, group in record["optional"].items()
        ]
        lines += [
            "",
            f"Functions: {required['functions'] - len(required['missing'])} of {required['functions']} required "
            f"({len(METHODS)} methods, the rest kernels); optional: {', '.join(optional) or 'none'}; "
            f"{len(record['native'])} ops beyond them native.",
        ]
        for outcome, title in ((FAILED, "Failed"), (KNOWN, "Known to fail")):
            found = [check for check in self.checks if check.outcome == outcome]
            if found:
                more = f", the first {SHOWN}" if len(found) > SHOWN else ""
                lines += ["", f"{title} ({len(found)}{more}):"]
                for check in found[:SHOWN]:
                    lines.append(f"  {check.section}: {check.name}: {check.reason}")
                    lines += [f"    {check.blame}"] * bool(check.blame)
        lines += ["", *(f"Next: {step}." for step in self.next_steps())]
        return "\n".join(lines)


def _plain(name: str) -> str:
    """A check's name as an expression of pytest's `-k` that finds it."""
    return name.replace("[", " and ").replace("]", "").replace("-", " and ")


def _outcome(report: pytest.TestReport, name: str, waits_for: str, blame: str) -> tuple[str, str, str]:
    """The outcome of a check, the reason in one line, and the kernel that it waits for."""
    if hasattr(report, "wasxfail"):
        return KNOWN, str(report.wasxfail).removeprefix("reason: "), ""
    if report.failed:
        outcome = MISSING if name.startswith("test_required_kernel[") else FAILED
        return outcome, _reason(report, blame), ""
    if report.skipped:
        is_owed = waits_for and registry[waits_for].group is None
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return (MISSING if is_owed else SKIPPED), reason.removeprefix("Skipped: "), waits_for
    return PASSED, "", ""


def _reason(report: pytest.TestReport | pytest.CollectReport, blame: str = "") -> str:
    """The error in one line, without the note of the kernel to blame."""
    crash = getattr(report.longrepr, "reprcrash", None)
    message = (crash.message if crash else str(report.longrepr)).replace(blame, "")
    text = " ".join(message.split()).removeprefix("AssertionError: ").partition(" assert ")[0]
    return text if len(text) <= 160 else f"{text[:157]}..."
