"""`ragsys summarize`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, acting_as, common_options, examples
from ragsys.cli.documents import find_document
from ragsys.cli.output import clean, one_line, place, print_json, read_input
from ragsys.cli.progress import progress_bar
from ragsys.errors import IndexNotFoundError, NotFoundError, UsageError
from ragsys.types import Decoding, TextDocument

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragsys.tasks.summarizing import Request
    from ragsys.tasks.summary import Summary, SummaryProgress

__all__ = ["summarize_command"]

_QUOTE_WIDTH = 200
_STAGES = {
    "reading": "reading",
    "comparing": "comparing sentences",
    "writing": "writing, passage by passage",
    "shortening": "shortening",
}


@click.command(
    "summarize",
    epilog=examples(
        "ragsys summarize report.pdf --words 200",
        'ragsys summarize report.pdf --focus "What went wrong?"',
        "ragsys summarize --filter 'source ~ \"*/minutes/*\"' --extractive",
        "pandoc notes.docx -t plain | ragsys summarize -",
    ),
)
@click.argument("document", required=False)
@click.option("--filter", "where", help="Summarise all documents of the index that match, together.")
@click.option(
    "--words",
    type=click.IntRange(1, 100_000),
    help="The most words; each Chinese character counts as one, markers do not. Default 150, of Chinese 250.",
)
@click.option("--focus", help="A question: summarise what answers it.")
@click.option(
    "--extractive/--abstractive",
    "extractive",
    default=None,
    help="The documents' own sentences (quick, no generator), or the generator's. By default, what was measured to be "
    "better with the generator in use.",
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="The language to write in; by default the documents'.")
@click.option(
    "--unsupported",
    type=click.Choice(["drop", "mark", "keep"]),
    help="What becomes of a sentence of the generator's that the documents do not support.",
)
@click.option("--generator", help="Generator: catalogue name, hub id or folder.")
@click.option("--max-new-tokens", type=click.IntRange(1, 4096), help="The most tokens that a passage is summed up in.")
@click.option("--seed", type=int, help="Makes what a generator is shown the same each time.")
@acting_as
@common_options
def summarize_command(
    app: App,
    document: str | None,
    *,
    where: str | None,
    words: int | None,
    focus: str | None,
    extractive: bool | None,
    lang: str | None,
    seed: int | None,
) -> int:
    """Summarise DOCUMENT: a file, an id or a source in the index, or - for standard input.

    A file need not be in an index. Every sentence cites the span that it rests on; `ragsys verify` checks a summary
    that was saved with --json.
    """
    from ragsys.tasks.summarizing import Request

    if (document is None) == (where is None):
        raise UsageError("name one document, or several with --filter", hint="run `ragsys summarize --help`")
    mode = "auto" if extractive is None else "extractive" if extractive else "abstractive"
    request = Request(
        words=words,
        focus=focus,
        mode=mode,  # type: ignore[arg-type] # one of the three
        language=lang,
        decoding=Decoding(max_new_tokens=app.settings.max_new_tokens, seed=seed),
    )
    with progress_bar(enabled=not app.json, unit="", color=app.color) as draw:
        summary = _summary(app, document, where, request, lambda at: draw(_STAGES[at.stage], at.done, at.total))
    if app.json:
        print_json(summary)
    else:
        _print(summary)
    return 0


def _summary(
    app: App,
    document: str | None,
    where: str | None,
    request: Request,
    progress: Callable[[SummaryProgress], None],
) -> Summary:
    """Of what the index knows under that name; else of the file; else of standard input."""
    from ragsys.tasks.materials import summarize_alone

    if document == "-":
        return summarize_alone(TextDocument("stdin", read_input()), app.settings, request, progress=progress)
    if document is not None and app.index is None:
        if not Path(document).exists():
            raise IndexNotFoundError(f"there is no file {document}, and no index here or in any folder above")
        return summarize_alone(Path(document), app.settings, request, progress=progress)
    with app.open() as engine:
        try:
            name = None if document is None else find_document(engine, document).id
            return engine.summarize(
                name,
                where=where,
                words=request.words,
                focus=request.focus,
                mode=request.mode,
                language=request.language,
                decoding=request.decoding,
                progress=progress,
            )
        except NotFoundError:
            # Whoever looks as somebody else sees what the index shows him, not what lies on this disk.
            if document is None or app.principals is not None or not Path(document).exists():
                raise
    return summarize_alone(Path(document), app.settings, request, progress=progress)


def _print(summary: Summary) -> None:
    click.echo(clean(summary.text))
    for citation in summary.citations:
        click.echo()
        where = place(citation.document.source, citation.page, citation.place, citation.start, citation.end)
        click.echo(f"[{citation.marker}] {where}")
        click.echo(f'    "{one_line(citation.quote, _QUOTE_WIDTH)}"')
    if summary.reason:
        click.echo(f"why an extract: {summary.reason}", err=True)
    coverage = summary.coverage
    what = f"{coverage.sentences} sentences of {coverage.documents} documents"
    if coverage.passages is not None:
        what += f", {coverage.read} of {coverage.passages} passages summed up, "
        what += f"{coverage.supported} of {coverage.written} sentences supported"
    shares = f"{coverage.in_sentences:,} of {coverage.characters:,} characters are sentences"
    click.echo(
        f"\n{summary.mode}, {summary.words} words; read {what} ({shares}); {summary.timings['total']:.1f} s", err=True
    )
    if sys.stderr is not None and coverage.cited < coverage.documents:
        click.echo(f"{coverage.cited} of {coverage.documents} documents have a sentence in it", err=True)
