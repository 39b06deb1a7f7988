"""Runs as one page that is read offline: tables, plots and the queries that changed most.

Everything is in the one file: no script, no font, no image, no address. What comes out of documents, questions and
names is escaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from ragsys.evaluation.abstention import reliability
from ragsys.evaluation.comparison import compare
from ragsys.evaluation.plots import bars, lines, reliability_diagram

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from ragsys.evaluation.comparison import Comparison, Difference
    from ragsys.evaluation.runs import Run

__all__ = ["render_report"]

_CHANGED = 15
_POINTS = 200
_STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;--rule:#d1d9e0;--up:#1a7f37;--down:#cf222e;
--c0:#0969da;--c1:#bf5700;--c2:#1a7f37;--c3:#8250df;--c4:#b3261e;--c5:#4d5964}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--rule:#3d444d;--up:#3fb950;
--down:#f85149;--c0:#4493f8;--c1:#f0883e;--c2:#3fb950;--c3:#ab7df8;--c4:#ff7b72;--c5:#b1bac4}}
body{font:15px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--fg);max-width:60rem;margin:2rem auto;
padding:0 1rem}
h1,h2,h3{line-height:1.2}table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--rule);text-align:right;font-variant-numeric:tabular-nums}
th:first-child,td:first-child,.text{text-align:left}td{white-space:nowrap}td.text{white-space:normal}
td.long{min-width:14rem;max-width:32rem;overflow-wrap:break-word}
td.id{min-width:6rem;max-width:18rem;overflow-wrap:anywhere}.marked{font-weight:600}
figure{margin:1.5rem 0}figcaption{font-weight:600}.plot{overflow-x:auto}
svg{display:block;width:100%;min-width:28rem;height:auto;font-size:11px}@media(max-width:40rem){svg{font-size:13px}}
svg text{fill:var(--dim)}.grid{stroke:var(--rule)}.ideal{stroke:var(--dim);stroke-dasharray:4 4}
.line{fill:none;stroke-width:2}.see{opacity:.75}.up{fill:var(--up)}.down{fill:var(--down)}
td.up,td.down{background:none}td.up{color:var(--up)}td.down{color:var(--down)}
.legend{margin:.2rem 0}.key{margin-right:1rem;white-space:nowrap;display:inline-block}
.key::before{content:"";display:inline-block;width:.8em;height:.8em;
margin-right:.4em;background:currentColor}.dim{color:var(--dim)}
""" + "".join(
    f".line.s{i}{{stroke:var(--c{i})}}.dot.s{i}{{fill:var(--c{i})}}.key.s{i}{{color:var(--c{i})}}" for i in range(6)
)


def render_report(runs: Sequence[Run], *, seed: int = 0) -> str:
    """The page as HTML. The first run is the baseline that the others are compared with.

    Raises:
        RunError: there are several runs, and they are not over the same questions.
    """
    comparisons = compare(runs[0], runs[1:], seed=seed) if len(runs) > 1 else []
    parts = [_means(runs), _kinds(runs), _summary(runs)]
    parts += [_comparison(comparison) for comparison in comparisons]
    parts += [_curves(runs), _latency(runs), *(_calibration(run) for run in runs), _about(runs)]
    title = f"{runs[0].dataset}: {len(runs[0].texts)} questions"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"{''.join(parts)}</body></html>\n"
    )


def _means(runs: Sequence[Run]) -> str:
    """Every system of every run, measure by measure."""
    measures = list(dict.fromkeys(m for run in runs for system in run.systems.values() for m in system.values))
    rows = []
    for run in runs:
        for name, system in run.systems.items():
            means = system.means()
            rows.append([f"{run.name}: {name}", *(f"{means[m]:.4f}" if m in means else "" for m in measures)])
    return f"<h2>Means over the questions</h2>{_table(['', *measures], rows)}"


def _kinds(runs: Sequence[Run]) -> str:
    """What a user gets by kind of question, where the set tells kinds apart."""
    measures = list(dict.fromkeys(m for run in runs for m in run.main.values))
    rows = [
        [f"{run.name}: {kind}", str(number), *(f"{means[m]:.4f}" if m in means else "" for m in measures)]
        for run in runs
        for kind, (number, means) in run.by_kind().items()
    ]
    return f"<h2>By kind of question</h2>{_table(['', 'questions', *measures], rows)}" if rows else ""


def _summary(runs: Sequence[Run]) -> str:
    parts = []
    if any(run.summary for run in runs):
        parts.append(f"<h2>Summary</h2>{_side_by_side(runs, [run.summary for run in runs])}")
    for run in runs:
        failed = [[query, code] for query, code in run.failed.items()]
        if failed:
            parts.append(f"<h3>{escape(run.name)}: questions that failed</h3>")
            parts.append(_table(["question", "code"], failed, {0: "text id", 1: "text"}))
    return "".join(parts)


def _comparison(comparison: Comparison) -> str:
    head = ["measure", "baseline", "run", "difference", "95% interval", "p", "p (Holm)", "detectable", "+ / - / ="]
    rows = [_difference(difference) for difference in comparison.differences]
    first = comparison.differences[0]
    plots = "".join(
        bars(
            [change.after - change.before for change in d.changes],
            title=f"{d.measure}: difference per question, sorted",
            x_label=f"the {len(d.changes)} of {comparison.queries} questions that changed",
            y_label="difference",
        )
        for d in comparison.differences[:3]
    )
    changed = [[c.query, c.text, f"{c.before:.3f}", f"{c.after:.3f}"] for c in first.changes[:_CHANGED]]
    listed = (
        _table(["question", "", "before", "after"], changed, {0: "text id", 1: "text long"})
        if changed
        else "<p>none</p>"
    )
    return (
        f"<h2>{escape(comparison.candidate)} against {escape(comparison.baseline)}</h2>{_table(head, rows)}"
        '<p class="dim">Paired randomisation test; bias-corrected bootstrap interval; detectable: the difference that '
        f"this set would have shown in four of five tries.</p>{plots}"
        f"<h3>Changed most, by {escape(first.measure)}</h3>{listed}"
    )


def _difference(d: Difference) -> list[str]:
    return [
        d.measure,
        f"{d.baseline:.4f}",
        f"{d.candidate:.4f}",
        f"{d.difference:+.4f}",
        f"{d.low:+.4f} to {d.high:+.4f}",
        f"{d.p:.4f}",
        f"{d.p_holm:.4f}",
        f"{d.detectable:.4f}" if d.changes else "",  # where nothing moved, nobody can say
        f"{d.better} / {d.worse} / {d.same}",
    ]


def _curves(runs: Sequence[Run]) -> str:
    series = [
        (f"{run.name}: {name}", [(float(k), value) for k, value in system.curve])
        for run in runs
        for name, system in run.systems.items()
        if system.curve
    ]
    return lines(series, title="Recall", x_label="k", y_label="recall at k", log_x=True, top=1.0, floor=True)


def _latency(runs: Sequence[Run]) -> str:
    """The share of questions that took at most so long."""
    series = []
    for run in runs:
        found = run.timings.get("search_seconds") or run.timings.get("question_seconds") or {}
        ordered = sorted(float(value) * 1000 for value in found.values())
        step = max(1, len(ordered) // _POINTS)
        points = [(value, (i + 1) / len(ordered)) for i, value in enumerate(ordered)]
        series.append((run.name, points[::step] + points[-1:]))
    return lines(
        [item for item in series if item[1]],
        title="Latency",
        x_label="milliseconds, not more than",
        y_label="share of questions",
        top=1.0,
    )


def _calibration(run: Run) -> str:
    given = [answer for answer in run.answers if answer["status"] == "answered"]
    found = reliability([a["confidence"] for a in given], [a["F1"] for a in given])
    return reliability_diagram(found, title=f"{run.name}: confidence of what was answered")


def _about(runs: Sequence[Run]) -> str:
    columns = [
        {
            "seed": run.seed,
            "settings": run.settings,
            "index": run.index,
            "versions": run.versions,
            "machine": run.machine,
        }
        for run in runs
    ]
    said = "<p>What differs between the runs is set in bold.</p>" if len(runs) > 1 else ""
    return f"<h2>How it was measured</h2>{said}{_side_by_side(runs, columns)}"


def _side_by_side(runs: Sequence[Run], columns: Sequence[Any]) -> str:
    """Nested values of each run, a column for each; rows that are not the same everywhere are marked."""
    flat = [dict(_flat(column)) for column in columns]
    names = dict.fromkeys(name for values in flat for name in values)
    rows = [[name, *(values.get(name, "") for values in flat)] for name in names]
    marked = {number for number, row in enumerate(rows) if len(set(row[1:])) > 1}
    heads = ["", *(run.name for run in runs)]
    return _table(heads, rows, dict.fromkeys(range(1, len(heads)), "text id"), marked)


def _flat(values: Any, prefix: str = "") -> Iterable[tuple[str, str]]:
    """Nested values as rows of dotted names."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", "" if value is None else str(value)


def _table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    classes: Mapping[int, str] | None = None,
    marked: Container[int] = (),
) -> str:
    """A table. Columns are numbers, but for the first, and for those that have `classes`; rows can be marked."""
    named = {0: "text"} | dict(classes or {})
    attributes = [f' class="{named[i]}"' if i in named else "" for i in range(len(head))]
    top = "".join(f"<th{attribute}>{escape(name)}</th>" for attribute, name in zip(attributes, head, strict=True))
    body = "".join(
        ('<tr class="marked">' if number in marked else "<tr>")
        + "".join(f"<td{attribute}>{escape(str(value))}</td>" for attribute, value in zip(attributes, row, strict=True))
        + "</tr>"
        for number, row in enumerate(rows)
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
