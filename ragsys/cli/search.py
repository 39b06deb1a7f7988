"""`ragsys search`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, acting_as, common_options, examples, shaping_hits
from ragsys.cli.output import clean, one_line, place, print_json, read_input, warn
from ragsys.plain import as_data

if TYPE_CHECKING:
    from ragsys.types import Hit, SearchResult

__all__ = ["read_query", "search_command"]

_TEXT_WIDTH = 300


def read_query(words: tuple[str, ...]) -> str:
    """The words of a query joined, or standard input where the query is `-`."""
    return read_input().strip() if words == ("-",) else " ".join(words)


@click.command(
    "search",
    epilog=examples(
        "ragsys search solvent of the second experiment",
        "ragsys search \"quarterly revenue\" -k 3 --filter 'year >= 2020'",
    ),
)
@click.argument("query", nargs=-1, required=True)
@click.option("-k", "--top-k", type=click.IntRange(1, 1000), help="How many passages to show.")
@click.option("--filter", "where", help="Search only documents that match, e.g. 'source ~ \"*/notes/*\"'.")
@click.option("--explain", is_flag=True, help="Show every number behind each hit.")
@shaping_hits
@acting_as
@common_options
def search_command(app: App, query: tuple[str, ...], where: str | None, *, explain: bool) -> int:
    """Find the passages that fit QUERY best, by its words and by its meaning.

    QUERY may be several words without quotes, or - for standard input. Exit code 1 where nothing was found.
    """
    with app.open() as engine:
        result = engine.search(read_query(query), where=where, explain=explain)
    if app.json:
        print_json(result)
    else:
        _print(result)
    warn(result.warnings)
    return 0 if result.hits else 1


def _print(result: SearchResult) -> None:
    for hit in result.hits:
        click.echo(_headline(hit))
        click.echo(f"   {one_line(hit.text, _TEXT_WIDTH)}")
        if hit.copies:
            click.echo(f"   also in {', '.join(clean(document.source) for document in hit.copies)}")
        if hit.explanation is not None:
            for line in _explained(hit):
                click.echo(f"   {line}")
    coverage = result.coverage
    if not coverage.documents:
        click.echo("the index holds no documents yet: run `ragsys add PATH`", err=True)
    elif not result.hits:
        click.echo("nothing found", err=True)
    line = f"searched {coverage.searched} of {coverage.documents} documents"
    if coverage.failed:
        line += f"; {coverage.failed} files failed to index (ragsys status)"
    click.echo(f"{line}; {result.timings.get('total', 0.0) * 1000:.0f} ms", err=True)


def _headline(hit: Hit) -> str:
    where = place(hit.document.source, hit.page, hit.place, hit.start, hit.end)
    heading = f"  {clean(' > '.join(hit.heading))}" if hit.heading else ""
    return f"{hit.rank}. {hit.score:.3f}  {where}{heading}"


def _explained(hit: Hit) -> list[str]:
    """The numbers behind a hit in two lines: what meaning and words add to its score, and what each term does."""
    data = as_data(hit.explanation)
    usual, terms = data["background"], data["terms"]
    meaning = f"meaning {data['dense_adds']:+.2f}: cosine {hit.scores.dense or 0:.3f}, "
    meaning += f"usual {usual['median']:.3f}, deviation {usual['deviation']:.3f}"
    words = f"words {data['lexical_adds']:+.2f}: BM25 {hit.scores.lexical or 0:.2f}, "
    words += f"{usual['known_terms']} of {usual['terms']} terms known"
    best = sorted(terms.items(), key=lambda item: -item[1]["adds"])
    each = ", ".join(f"{clean(term)} {found['adds']:.2f} (in {found['passages']})" for term, found in best)
    return [f"{meaning}; {words}", f"terms: {each or 'none of the query occurs'}"]
