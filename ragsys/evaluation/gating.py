"""Whether a run is good enough to be released: floors, and drops against a baseline, each with its reason.

For people as Markdown, for build servers as JUnit XML.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from ragsys.errors import RunError, UsageError
from ragsys.evaluation.comparison import compare
from ragsys.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.evaluation.comparison import Difference
    from ragsys.evaluation.runs import Run

__all__ = ["MAX_DROP", "Check", "Verdict", "gate"]

MAX_DROP = 0.01


@dataclass(frozen=True, slots=True)
class Check:
    """One condition, whether it holds, and why."""

    name: str
    ok: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every condition that was checked on a run."""

    run: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every condition holds."""
        return all(check.ok for check in self.checks)

    @property
    def reason(self) -> str:
        """Why the run is refused; empty where it is not."""
        return "; ".join(check.reason for check in self.checks if not check.ok)

    def markdown(self) -> str:
        """A heading and a table, for a pull request or a build's summary."""
        rows = [f"| {'pass' if c.ok else '**FAIL**'} | {_cell(c.name)} | {_cell(c.reason)} |" for c in self.checks]
        title = f"### {_cell(self.run)}: {'passed' if self.ok else 'failed'}"
        return "\n".join([title, "", "| | condition | |", "|---|---|---|", *rows, ""])

    def junit(self) -> str:
        """One test case a condition, as build servers read it. Holds no time and no host, so equal runs are equal."""
        failures = sum(not check.ok for check in self.checks)
        suite = ET.Element(
            "testsuite", name=f"ragsys eval gate {_xml(self.run)}", tests=str(len(self.checks)), failures=str(failures)
        )
        for check in self.checks:
            case = ET.SubElement(suite, "testcase", classname="ragsys.gate", name=_xml(check.name))
            if check.ok:
                ET.SubElement(case, "system-out").text = _xml(check.reason)
            else:
                ET.SubElement(case, "failure", message=_xml(check.reason)).text = _xml(check.reason)
        ET.indent(suite)
        return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suite, encoding="unicode")}\n'


def gate(
    run: Run,
    *,
    minimum: Mapping[str, float] | None = None,
    baseline: Run | None = None,
    max_drop: float = MAX_DROP,
    alpha: float | None = None,
    measures: Sequence[str] | None = None,
    seed: int = 0,
) -> Verdict:
    """Check a run against floors and against a baseline.

    `minimum` gives a floor by measure, or by a name of the summary with dots: "unanswerable.AUROC". No shared measure
    may fall below the baseline by more than `max_drop`. With `alpha`, such a drop is let through where chance explains
    it (p of the paired randomisation test of at least `alpha`), and the reason says so. That p is not corrected for the
    number of measures: correction guards against false alarms, and what a gate must not miss is a fall.

    Raises:
        UsageError: nothing to check.
        RunError: a name that the run does not have, or a baseline over other questions.
    """
    checks = [_floor(run, name, least) for name, least in (minimum or {}).items()]
    if baseline is not None:
        (comparison,) = compare(baseline, [run], measures=measures, seed=seed)
        checks += [_drop(difference, max_drop, alpha) for difference in comparison.differences]
    if not checks:
        raise UsageError("there is nothing to check", hint="give a floor with --min, or a --baseline")
    return Verdict(run.name, tuple(checks))


def _floor(run: Run, name: str, least: float) -> Check:
    value = run.measures().get(name)
    if value is None:
        value = _from_summary(run, name)
    ok = value >= least
    relation = "is at least" if ok else "is below"
    return Check(f"{name} >= {least:g}", ok, f"{name} {value:.4f} {relation} {least:g}")


def _from_summary(run: Run, name: str) -> float:
    value: Any = run.summary
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RunError(f"{run.name} has no {name}", hint=f"it has: {', '.join(run.measures())}")
    return float(value)


def _drop(difference: Difference, max_drop: float, alpha: float | None) -> Check:
    d = difference
    name = f"{d.measure} within {max_drop:g} of the baseline"
    seen = f"{d.measure} {d.baseline:.4f} to {d.candidate:.4f} ({d.difference:+.4f}, p {d.p:.4f})"
    # Means are sums of floats: a drop of exactly the limit is within it.
    if d.difference >= -max_drop - 1e-9:
        return Check(name, ok=True, reason=seen)
    if alpha is not None and d.p >= alpha:
        blind = f"these questions show a drop of {d.detectable:.3f} or more"
        return Check(name, ok=True, reason=f"{seen}: a drop that chance explains at {alpha:g}; {blind}")
    return Check(name, ok=False, reason=f"{seen}: dropped by more than {max_drop:g}")


def _cell(text: str) -> str:
    """A text inside a Markdown table: no cell of its own, no element, no image and no link."""
    flat = " ".join(visible(text).split())
    return flat.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")


def _xml(text: str) -> str:
    """A text without the characters that XML 1.0 cannot hold."""
    return "".join(
        c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )
