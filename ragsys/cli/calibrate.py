"""`ragsys calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import clean, one_line, print_json
from ragsys.cli.progress import progress_bar
from ragsys.errors import IndexNotFoundError

if TYPE_CHECKING:
    from ragsys.generate.own_calibration import OwnCalibration

__all__ = ["calibrate_command"]

_QUESTION_WIDTH = 40


@click.command(
    "calibrate",
    epilog=examples(
        "ragsys calibrate questions/ --max-error 0.1",
        "ragsys calibrate --dry-run",
        "ragsys calibrate --reset",
    ),
)
@click.argument("dataset", type=click.Path(path_type=Path), required=False)
@click.option("--coverage", type=click.FloatRange(0, 1, min_open=True), help="Answer this share of the answerable.")
@click.option(
    "--max-error",
    type=click.FloatRange(0, 1, max_open=True),
    help="Answer at most this share of questions of any kind that have no answer.",
)
@click.option("--limit", type=click.IntRange(20), default=400, show_default=True, help="The most questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is chosen.")
@click.option("--dry-run", is_flag=True, help="Show what would be kept, and change nothing.")
@click.option("--reset", is_flag=True, help="Go back to the calibration that comes with ragsys.")
@common_options
def calibrate_command(
    app: App,
    dataset: Path | None,
    *,
    coverage: float | None,
    max_error: float | None,
    limit: int,
    seed: int,
    dry_run: bool,
    reset: bool,
) -> int:
    """Fit when this index answers, and when it says "not in your documents".

    DATASET holds questions about the documents of this index, with and without an answer (as in `ragsys eval qa`). The
    passages that answer are taken away in turn, so that both kinds are there in any case. Without DATASET, questions
    are made from the documents; the weights then stay as they ship, and only the threshold is set.

    With both --coverage and --max-error, the error is kept as far as the coverage allows; the default is 0.7 and 0.2.
    What is measured was left out of the fit, a fifth of the documents at a time.
    """
    if app.index is None:
        raise IndexNotFoundError("there is no index here or in any folder above")
    if reset:
        return _reset(app, app.index)
    from ragsys.evaluation import open_dataset
    from ragsys.evaluation.calibrating import calibrate
    from ragsys.evaluation.questions import made_of_documents
    from ragsys.generate.fitting import Point
    from ragsys.generate.own_calibration import write_own

    point = Point() if coverage is None and max_error is None else Point(coverage, max_error)
    opened = None if dataset is None else open_dataset(dataset)
    if opened is not None and made_of_documents(opened):
        click.echo("these questions were made of documents; others are made, and only the threshold is set", err=True)
        opened = None
    with app.open() as engine, progress_bar(enabled=not app.json, unit="questions", color=app.color) as draw:
        own = calibrate(
            engine,
            opened,
            point=point,
            limit=limit,
            seed=seed,
            progress=lambda text, done, total: draw(one_line(text, _QUESTION_WIDTH), done, total),
        )
    written = None if dry_run else write_own(app.index, own)
    if app.json:
        print_json({**own.content(), "written": str(written) if written else None})
    else:
        _print(own, written)
    return 0


def _reset(app: App, index: Path) -> int:
    from ragsys.generate.own_calibration import remove_own

    removed = remove_own(index)
    if app.json:
        print_json({"removed": removed})
    else:
        click.echo("the calibration that comes with ragsys is used again" if removed else "there is nothing to reset")
    return 0 if removed else 1


def _print(own: OwnCalibration, written: Path | None) -> None:
    for language, calibration in own.languages.items():
        click.echo(f"{language}: answers from {calibration.threshold:.2f} on; {clean(calibration.fitted_on)}")
        for kind, share in calibration.measured.items():
            area = calibration.auroc.get(kind.removesuffix(": answered"))
            told = "" if area is None else f"   AUROC {area:.3f}"
            click.echo(
                f"  {kind:<28} {share.share:.1%}   95 % of it {share.low:.1%} to {share.high:.1%}   of {share.n}{told}"
            )
    for language in sorted(own.data["cases"].keys() - own.languages.keys()):
        click.echo(f"{language}: too few questions; the calibration that comes with ragsys stays", err=True)
    click.echo(own.assumption, err=True)
    if written is None:
        click.echo("nothing was written (--dry-run)", err=True)
    else:
        click.echo(f"written to {clean(str(written))}; `ragsys calibrate --reset` takes it back", err=True)
