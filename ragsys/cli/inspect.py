"""`ragsys inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ragsys.cli.app import App, PathOrUrl, common_options, examples, fetching
from ragsys.cli.extracts import only_one, page_span, print_exactly, print_passages, showing_extracts
from ragsys.cli.output import clean, one_line, print_json, shown
from ragsys.plain import as_data
from ragsys.types import SourceText

if TYPE_CHECKING:
    from pathlib import Path

    from ragsys.ingest import InspectedPassage, Inspection

__all__ = ["inspect_command"]

_WIDTH = 72


@click.command("inspect", epilog=examples("ragsys inspect report.pdf", "ragsys inspect report.pdf --passages"))
@click.argument("file", type=PathOrUrl())
@showing_extracts
@click.option("--chunk-tokens", type=click.IntRange(16), help="The most tokens in a passage.")
@click.option("--redact", metavar="KINDS", help="Show it as it would be stored with the same option of `add`.")
@click.option("--max-file-bytes", type=click.IntRange(1), help="Refuse larger files.")
@fetching
@common_options
def inspect_command(app: App, file: Path | str, *, text: bool, passages: bool, page: int | None) -> int:
    """Show what `add` would extract from FILE, and how it would be chunked. No index is needed or touched.

    FILE may be the address of a page, with --allow-network.

    Without an option: which parser reads it, its title, metadata, headings, pages and passages with their tokens.
    """
    only_one(text=text, passages=passages, page=page)
    from ragsys.ingest import inspect_file, passages_in

    found = inspect_file(file, app.settings)
    source = SourceText(found.extraction.text, found.extraction.page_starts, found.extraction.places)
    start, end = page_span(source, page, str(file)) if page is not None else (0, len(source.text))
    if not app.json and (text or page is not None):
        print_exactly(source.text[start:end])
        return 0
    from ragsys.models import load_embedder

    chunks = passages_in(found.extraction, load_embedder(app.settings), app.settings)
    if app.json:
        body = _as_json(found, chunks, with_texts=passages)
        if text or page is not None:
            body |= {"text": source.text[start:end]}
        if page is not None:
            body |= {"page": page, "start": start, "end": end}
        print_json(body)
    elif passages:
        print_passages((c.passage, source.text[c.passage.start : c.passage.end], c.tokens) for c in chunks)
    else:
        _print(found, chunks)
    return 0


def _as_json(found: Inspection, chunks: list[InspectedPassage], *, with_texts: bool) -> dict[str, Any]:
    extraction = found.extraction

    def of(chunk: InspectedPassage) -> dict[str, Any]:
        span = chunk.passage
        body = {**as_data(span), "tokens": chunk.tokens}
        return {**body, "text": extraction.text[span.start : span.end]} if with_texts else body

    return {
        "source": found.source,
        "sha256": found.sha256,
        "size": found.size,
        "parser": found.parser,
        "title": found.title,
        "metadata": found.metadata,
        "characters": len(extraction.text),
        "pages": len(extraction.page_starts) or None,
        "blank_pages": found.blank_pages,
        "page_starts": extraction.page_starts,
        "places": extraction.places,
        "headings": extraction.headings,
        "members": [{"name": member.name, "size": len(member.data)} for member in extraction.members],
        "passages": [of(chunk) for chunk in chunks],
    }


def _print(found: Inspection, chunks: list[InspectedPassage]) -> None:
    extraction = found.extraction
    sizes = [chunk.tokens for chunk in chunks]
    spread = f", {min(sizes)} to {max(sizes)} tokens, {sum(sizes)} in all" if sizes else ""
    blank = f", {found.blank_pages} without text" if found.blank_pages else ""
    click.echo(f"source      {shown(found.source)}\nsha256      {found.sha256}\nbytes       {found.size}")
    click.echo(f"parser      {found.parser}\ntitle       {clean(found.title or '')}")
    click.echo(f"characters  {len(extraction.text)}\npages       {len(extraction.page_starts) or ''}{blank}")
    for key, value in found.metadata.items():
        click.echo(f"{clean(key):<11} {one_line(str(value), _WIDTH)}")
    click.echo(f"headings    {len(extraction.headings)}")
    for heading in extraction.headings:
        indent = "  " * min(heading.level, 6)
        click.echo(f"  {heading.start:>8}  {indent}{one_line(heading.title, _WIDTH)}")
    if extraction.members:
        click.echo(f"files in it {len(extraction.members)}")
        for member in extraction.members:
            click.echo(f"  {len(member.data):>8}  {shown(member.name)}")
    click.echo(f"passages    {len(chunks)}{spread}")
    for chunk in chunks:
        span = chunk.passage
        where = clean(span.place or (f"page {span.page}" if span.page is not None else ""))
        opening = one_line(extraction.text[span.start : span.end], _WIDTH)
        click.echo(f"  [{span.start}:{span.end}]  {chunk.tokens} tokens  {where + '  ' if where else ''}{opening}")
