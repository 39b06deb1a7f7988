"""`ragsys ask`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, acting_as, common_options, examples, shaping_answers, shaping_hits
from ragsys.cli.output import clean, one_line, place, print_json, warn
from ragsys.cli.search import read_query
from ragsys.errors import UsageError
from ragsys.types import Answer, Decoding

if TYPE_CHECKING:
    from ragsys.engine import QueryEngine

__all__ = ["ask_command"]

_QUOTE_WIDTH = 400
_NEAREST = 3


@click.command(
    "ask",
    epilog=examples(
        'ragsys ask "Which solvent was used in the second experiment?"',
        "ragsys ask --schema recipe.json sourdough bread",
    ),
)
@click.argument("question", nargs=-1)
@click.option(
    "--schema",
    type=click.Path(path_type=Path),
    help="Answer as JSON that validates against this JSON Schema, each field with its citation.",
)
@shaping_answers
@click.option("--min-confidence", type=click.FloatRange(0, 1), help="Answer from this probability on; 0 always.")
@click.option("--top-p", type=click.FloatRange(0.0, 1.0, min_open=True), default=1.0, help="Nucleus sampling.")
@click.option("--top-k-sampling", type=click.IntRange(0), default=0, help="Sample among this many tokens; 0 is all.")
@shaping_hits
@acting_as
@common_options
def ask_command(
    app: App,
    question: tuple[str, ...],
    *,
    schema: Path | None,
    where: str | None,
    temperature: float,
    top_p: float,
    top_k_sampling: int,
    seed: int | None,
) -> int:
    """Answer QUESTION from the documents; every citation is a verbatim span, verified before it is shown.

    QUESTION may be several words without quotes, or - for standard input. Where the documents do not answer,
    it says so and shows the nearest passages; the exit code is then 1. With --schema, QUESTION says what the
    fields are about and may be left out; the value goes to standard output, its citations to standard error.
    """
    if not question and schema is None:
        raise UsageError("a question is missing", hint="run `ragsys ask --help`")
    decoding = Decoding(
        max_new_tokens=app.settings.max_new_tokens,
        temperature=temperature,
        top_p=top_p,
        top_k=top_k_sampling,
        seed=seed,
    )
    if schema is not None:
        from ragsys.cli.fill import fill, read_schema_file

        return fill(app, read_schema_file(schema), read_query(question) or None, where, decoding)
    with app.open() as engine:
        answer = _run(engine, read_query(question), where, decoding, live=_is_live(app), color=app.color)
    if app.json:
        print_json(answer)
    else:
        _print(answer)
        warn(answer.warnings)
    return 0 if answer.status == "answered" else 1


def _run(
    engine: QueryEngine, question: str, where: str | None, decoding: Decoding, *, live: bool, color: bool
) -> Answer:
    """The answer; on a terminal the draft is shown while it is written, on standard error."""
    answer: Answer | None = None
    for event in engine.stream(question, where=where, decoding=decoding):
        if isinstance(event, Answer):
            answer = event
        elif live:
            click.secho(clean(event.text), dim=color, nl=False, err=True)
    if live:
        click.echo(err=True)
    assert answer is not None  # noqa: S101 - a stream ends with its answer
    return answer


def _is_live(app: App) -> bool:
    return not app.json and sys.stderr is not None and sys.stderr.isatty()


def _print(answer: Answer) -> None:
    click.echo(clean(answer.text))
    if (translated := answer.translation) is not None:
        doubt = f"; doubtful: {', '.join(translated.problems)}" if translated.problems else ""
        click.echo(f"\ntranslation by {clean(translated.generator)} ({translated.quality}{doubt}), not cited:")
        click.echo(clean(translated.text))
    for citation in answer.citations:
        click.echo()
        where = place(citation.document.source, citation.page, citation.place, citation.start, citation.end)
        click.echo(f"[{citation.marker}] {where}")
        click.echo(f'    "{one_line(citation.quote, _QUOTE_WIDTH)}"')
    for sentence in answer.sentences:
        if not sentence.supported and answer.status == "answered":
            click.echo(f"unsupported: {one_line(answer.text[sentence.start : sentence.end], _QUOTE_WIDTH)}", err=True)
    if answer.status == "abstained":
        empty = "the index holds no documents yet: run `ragsys add PATH`"
        click.echo(f"why: {answer.reason if answer.coverage.documents else empty}", err=True)
        for hit in answer.passages[:_NEAREST]:
            click.echo(f"nearest: {place(hit.document.source, hit.page, hit.place, hit.start, hit.end)}", err=True)
            click.echo(f"    {one_line(hit.text, _QUOTE_WIDTH)}", err=True)
    from_on = ""
    if answer.profile:
        from_on = f" (answers from {answer.profile.threshold:.2f} on; calibration {answer.profile.calibration})"
    click.echo(f"\nconfidence {answer.confidence:.2f}{from_on}; {answer.timings.get('total', 0.0):.1f} s", err=True)
