"""`ragsys eval compare`, `gate` and `report`: what is concluded from runs. They need no index and no model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, common_options
from ragsys.cli.output import clean, one_line, print_json
from ragsys.errors import UsageError
from ragsys.plain import as_data

if TYPE_CHECKING:
    from ragsys.evaluation.comparison import Comparison, Difference

__all__ = ["compare_command", "gate_command", "report_command"]

_TEXT_WIDTH = 70


@click.command("compare", short_help="Is the difference between runs more than chance?")
@click.argument("runs", nargs=-1, required=True, metavar="BASELINE RUN...")
@click.option("-m", "--measure", "measures", multiple=True, help="Only this measure; repeat for more.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the tests.")
@click.option("--changed", type=click.IntRange(0), default=10, show_default=True, help="Changed queries to show.")
@common_options
def compare_command(app: App, runs: tuple[str, ...], measures: tuple[str, ...], seed: int, changed: int) -> int:
    """Compare runs with the first of them: is the difference more than chance, and which queries made it?

    A run is a folder written with --run; FOLDER::dense is that run with its dense leg in the place of the fusion, so
    that `ragsys eval compare runs/a::dense runs/a` shows what fusion brings.

    p is of the paired randomisation test; p (Holm) is corrected for everything compared in this call. The interval is
    a bootstrap interval of 95 %. "detectable" is the smallest difference that these questions would have shown in four
    of five tries: a set that cannot show a difference has not shown that there is none.
    """
    from ragsys.evaluation import compare, read_run

    if len(runs) == 1 and "::" not in runs[0]:
        whole = read_run(runs[0])
        baseline, others = whole, [whole.leg(name) for name in whole.systems if whole.systems[name] is not whole.main]
    else:
        baseline, *others = (read_run(run) for run in runs)
    if not others:
        raise UsageError("there is nothing to compare with", hint="name two runs, or one that has legs")
    comparisons = compare(baseline, others, measures=measures or None, seed=seed)
    if app.json:
        cut = [as_data(comparison) for comparison in comparisons]
        for comparison in cut:
            for difference in comparison["differences"]:
                difference["changes"] = difference["changes"][:changed]
        print_json({"comparisons": cut, "seed": seed})
        return 0
    for comparison in comparisons:
        _print(comparison, changed)
    return 0


def _seen(difference: Difference) -> str:
    """What could have been seen; of questions that all stayed the same, nobody can say."""
    return f"{difference.detectable:.4f}" if difference.better or difference.worse else "-"


def _shown(value: object) -> str:
    return "(not said)" if value is None else str(value) or "(none)"


def _print(comparison: Comparison, changed: int) -> None:
    head = f"{clean(comparison.candidate)} against {clean(comparison.baseline)}, {comparison.queries} questions"
    click.echo(head)
    if comparison.settings:
        found = (f"{name} {_shown(old)} to {_shown(new)}" for name, (old, new) in comparison.settings.items())
        click.echo(f"settings that differ: {clean(', '.join(found))}")
    click.echo(
        f"{'':<12}{'baseline':>10}{'run':>10}{'difference':>12}{'95 % interval':>21}{'p':>9}{'p (Holm)':>10}"
        f"{'detectable':>12}   + / - / ="
    )
    for d in comparison.differences:
        click.echo(
            f"{clean(d.measure):<12}{d.baseline:>10.4f}{d.candidate:>10.4f}{d.difference:>+12.4f}"
            f"{f'{d.low:+.4f} to {d.high:+.4f}':>21}{d.p:>9.4f}{d.p_holm:>10.4f}{_seen(d):>12}"
            f"   {d.better} / {d.worse} / {d.same}"
        )
    first = comparison.differences[0]
    if changed and first.changes:
        click.echo(f"changed most by {clean(first.measure)}:")
    for change in first.changes[:changed]:
        text = one_line(change.text, _TEXT_WIDTH)
        click.echo(f"  {change.before:.3f} to {change.after:.3f}  {clean(change.query)}  {text}")


def _floors(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    """`MEASURE=NUMBER` options as a mapping."""
    floors = {}
    for value in values:
        name, equals, number = value.rpartition("=")
        try:
            floors[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise click.BadParameter(f"{value!r} is not MEASURE=NUMBER, such as nDCG@10=0.70")
    return floors


@click.command("gate", short_help="Pass or refuse a run: floors, and a baseline.")
@click.argument("run")
@click.option("--min", "minimum", multiple=True, callback=_floors, help="A floor, e.g. nDCG@10=0.70; repeat for more.")
@click.option("--baseline", metavar="RUN", help="The run that this one must not fall behind.")
@click.option("--max-drop", type=click.FloatRange(0), default=0.01, show_default=True, help="What it may fall behind.")
@click.option("--alpha", type=click.FloatRange(0, 1), help="Let a drop through that chance explains at this level.")
@click.option("-m", "--measure", "measures", multiple=True, help="Hold only this measure to the baseline; repeat.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the test behind --alpha.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML here, for a build server.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write a table here, for a pull request.")
@common_options
def gate_command(
    app: App,
    run: str,
    *,
    minimum: dict[str, float],
    baseline: str | None,
    max_drop: float,
    alpha: float | None,
    measures: tuple[str, ...],
    seed: int,
    junit: Path | None,
    markdown: Path | None,
) -> int:
    """Pass or refuse RUN: floors with --min, and no measure below the --baseline by more than --max-drop.

    Exit code 1, with the reason, where a condition fails. A floor may also name a figure of a question answering run
    that is no mean, with dots: --min unanswerable.AUROC=0.75

    \b
      ragsys eval gate runs/new --min nDCG@10=0.70
      ragsys eval gate runs/new --baseline runs/released --max-drop 0.01 --junit gate.xml
    """  # noqa: D301 - click keeps the lines after this mark as they are
    from ragsys.evaluation import gate, read_run

    verdict = gate(
        read_run(run),
        minimum=minimum,
        baseline=read_run(baseline) if baseline else None,
        max_drop=max_drop,
        alpha=alpha,
        measures=measures or None,
        seed=seed,
    )
    if junit is not None:
        _write(junit, verdict.junit())
    if markdown is not None:
        _write(markdown, verdict.markdown())
    if app.json:
        print_json({"ok": verdict.ok, "reason": verdict.reason, "checks": verdict.checks})
    else:
        for check in verdict.checks:
            click.echo(f"{'pass' if check.ok else 'FAIL'}  {clean(check.reason)}")
        click.echo("passed" if verdict.ok else f"refused: {clean(verdict.reason)}", err=True)
    return 0 if verdict.ok else 1


@click.command("report", short_help="One HTML page about runs, readable offline.")
@click.argument("runs", nargs=-1, required=True, metavar="BASELINE [RUN]...")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The page to write.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the tests.")
@common_options
def report_command(app: App, runs: tuple[str, ...], output: Path, seed: int) -> int:
    """Write one HTML page about runs: tables, differences per question, recall, latency, calibration.

    The page needs no network and no script: mail it, keep it, open it in ten years. The first run is the baseline.
    """
    from ragsys.evaluation import read_run, render_report

    page = render_report([read_run(run) for run in runs], seed=seed)
    _write(output, page)
    if app.json:
        print_json({"output": str(output), "runs": list(runs), "bytes": len(page.encode())})
    else:
        click.echo(f"{clean(str(output))}: {len(page.encode()) / 1000:.0f} kB")
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
