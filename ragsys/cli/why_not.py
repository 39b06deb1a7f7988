"""`ragsys why-not`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, acting_as, common_options, examples
from ragsys.cli.documents import find_document
from ragsys.cli.output import clean, one_line, place, print_json

if TYPE_CHECKING:
    from ragsys.retrieve import WhyNot

__all__ = ["why_not_command"]

_TEXT_WIDTH = 100


@click.command("why-not", epilog=examples('ragsys why-not "quarterly revenue" reports/2024.pdf'))
@click.argument("query")
@click.argument("document")
@click.option("-k", "--top-k", type=click.IntRange(1, 1000), help="How many hits the search would show.")
@click.option("--filter", "where", help="The filter of the search.")
@acting_as
@common_options
def why_not_command(app: App, query: str, document: str, *, where: str | None) -> int:
    """Say why DOCUMENT (an id or a source path) is not among the hits of a search for QUERY, or at which rank it is.

    Exit code 1 where it is not among them.
    """
    with app.open() as engine:
        found = engine.why_not(query, find_document(engine, document).id, where=where)
    if app.json:
        print_json(found)
    else:
        _print(found)
    return 0 if found.verdict == "found" else 1


def _print(found: WhyNot) -> None:
    source = clean(found.document.source)
    click.echo(
        {
            "found": f"{source} is hit {found.rank}",
            "filtered": f"{source} does not match the filter",
            "duplicate": f"{source} has the same text as a hit, and a text is shown once",
            "outscored": f"{source} is outscored by every hit",
            "not-proposed": f"{source} is not among the {found.depth} best passages by meaning, nor by words",
        }[found.verdict]
    )
    for passage in found.best:
        words = (
            f"rank {passage.lexical_rank} ({passage.lexical:.2f})" if passage.lexical_rank else "no word of the query"
        )
        span = f"[{passage.start}:{passage.end}]"
        click.echo(f"  {span}  by meaning: rank {passage.dense_rank} ({passage.dense:.3f}); by words: {words}")
    for hit in found.outscored_by:
        where = place(hit.document.source, hit.page, hit.place, hit.start, hit.end)
        click.echo(f"{hit.rank}. {hit.score:.3f}  {where}\n   {one_line(hit.text, _TEXT_WIDTH)}")
