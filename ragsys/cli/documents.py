"""`ragsys list`, `ragsys get` and `ragsys rm`."""

from __future__ import annotations

import os
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, acting_as, common_options, examples
from ragsys.cli.extracts import only_one, page_span, print_exactly, print_passages, showing_extracts
from ragsys.cli.output import clean, print_json, shown
from ragsys.errors import NotFoundError, UrlError
from ragsys.ingest.web.urls import is_url, normal
from ragsys.members import lies_in
from ragsys.plain import as_data

if TYPE_CHECKING:
    from ragsys.engine import QueryEngine
    from ragsys.indexes.records import StoredPassage
    from ragsys.types import Document

__all__ = ["document_name", "find_document", "find_removable", "get_command", "list_command", "rm_command"]

_NEAR, _NEAR_ENOUGH = 3, 0.6


def document_name(text: str) -> str:
    """An id stays as it is; a path is resolved and a web address written as it was when it was added."""
    if is_url(text):
        with suppress(UrlError):
            return normal(text)
    return os.path.realpath(text) if os.path.lexists(text) else text


def find_document(engine: QueryEngine, text: str) -> Document:
    """A document by its id, its source, or a path from here, of which the file may be gone."""
    for name in dict.fromkeys((document_name(text), text if is_url(text) else os.path.realpath(text))):
        try:
            return engine.document(name)
        except NotFoundError:
            continue
    raise _not_found(engine, text)


def _not_found(engine: QueryEngine, text: str) -> NotFoundError:
    """Why a document is not there, and which one may be meant: of an archive, those in it."""
    for name in dict.fromkeys((os.path.realpath(text), text)):
        if members := engine.members(name):
            more = f" and {len(members) - _NEAR} more" if len(members) > _NEAR else ""
            some = ", ".join(member.source for member in members[:_NEAR])
            said = f"{text!r} is no document itself: it holds {len(members)}"
            return NotFoundError(said, hint=f"name one of them: {some}{more}; `ragsys list` shows all")
        for failure in engine.failures():
            if failure.source == name:
                said = f"{text!r} is not in the index, since it could not be read: {failure.message} [{failure.code}]"
                return NotFoundError(said, hint="run `ragsys add` again once it can be")
    sources = [document.source for document in engine.documents()]
    folder = os.path.realpath(text)
    if inside := sum(Path(source).is_relative_to(folder) for source in sources):
        where = f"{folder}/*".replace("'", "?")
        return NotFoundError(
            f"{text!r} is a folder, with {inside} documents in the index",
            hint=f"name one of them: ragsys list --filter \"source ~ '{where}'\"",
        )
    near = _near(text, sources)
    hint = f"did you mean {' or '.join(near)}?" if near else None
    return NotFoundError(f"no document {text!r} in the index", hint=hint)


def _near(text: str, sources: list[str]) -> list[str]:
    """The sources whose file names are like the one that was given, the most like first."""
    by_name: dict[str, list[str]] = {}
    for source in sources:
        by_name.setdefault(Path(source).name.lower(), []).append(source)
    names = get_close_matches(Path(text).name.lower(), by_name, _NEAR, _NEAR_ENOUGH)
    return [source for name in names for source in by_name[name]][:_NEAR]


@click.command("list", epilog=examples("ragsys list", "ragsys list --filter 'source ~ \"*/reports/*\"' --json"))
@click.option("--filter", "where", help="List only documents that match.")
@acting_as
@common_options
def list_command(app: App, where: str | None) -> int:
    """List the documents in the index: id, passages, language, source."""
    with app.open() as engine:
        documents = engine.documents(where=where)
    if app.json:
        print_json({"documents": documents})
        return 0
    for document in documents:
        language = clean(str(document.metadata.get("lang", "")))
        click.echo(f"{document.id}  {document.passages:6d}  {language:<3}  {shown(document.source)}")
    click.echo(f"{len(documents)} documents", err=True)
    return 0


@click.command("get", epilog=examples("ragsys get notes.md", "ragsys get 5f0c6d1be2a94873 --text"))
@click.argument("document")
@showing_extracts
@acting_as
@common_options
def get_command(app: App, document: str, *, text: bool, passages: bool, page: int | None) -> int:
    """Show DOCUMENT (an id or a source path), or its extracted text: all of it, by passages or one page.

    Every offset that ragsys prints counts code points in that text. A passage is what is embedded and found.
    """
    only_one(text=text, passages=passages, page=page)
    with app.open() as engine:
        found = find_document(engine, document)
        if passages:
            return _print_passages(app, found, engine.passages_of(found.id))
        source = engine.source_text(found.id) if text or page is not None else None
    body: dict[str, object] = {"document": found}
    if source is not None:
        start, end = (0, len(source.text)) if page is None else page_span(source, page, document)
        body |= {"text": source.text[start:end]} | ({} if page is None else {"page": page, "start": start, "end": end})
    if app.json:
        print_json(body)
    elif source is not None:
        print_exactly(source.text[start:end])
    else:
        _print_document(found)
    return 0


def _print_document(found: Document) -> None:
    click.echo(f"id          {found.id}\nsource      {shown(found.source)}\ntitle       {clean(found.title or '')}")
    click.echo(f"sha256      {found.sha256}\ncharacters  {found.characters}\npages       {found.pages or ''}")
    click.echo(f"passages    {found.passages}\nadded       {found.added_at}")
    for key, value in found.metadata.items():
        click.echo(f"{clean(key):<11} {clean(str(value))}")


def _print_passages(app: App, found: Document, passages: list[StoredPassage]) -> int:
    if app.json:
        shown_passages = [{key: value for key, value in as_data(p).items() if key != "document"} for p in passages]
        print_json({"document": found, "passages": shown_passages})
    else:
        print_passages((passage, passage.text, None) for passage in passages)
    return 0


@click.command("rm", epilog=examples("ragsys rm drafts/old.md"))
@click.argument("documents", nargs=-1, required=True)
@common_options
def rm_command(app: App, documents: tuple[str, ...]) -> int:
    """Remove DOCUMENTS (ids or source paths) from the index. The files themselves are left alone.

    An archive goes with everything that was read out of it. Of what could not be read, the entry in `ragsys status`
    goes. `ragsys update` and `ragsys watch` do not take them again;
    `ragsys add` does.
    """
    with app.open() as engine:
        failed = {failure.source for failure in engine.failures()}
        removed = engine.remove(*dict.fromkeys(find_removable(engine, document) for document in documents))
        cleared = sorted(failed.difference(failure.source for failure in engine.failures()))
    if app.json:
        print_json({"removed": [{"id": d.id, "source": d.source} for d in removed], "failures": cleared})
        return 0
    for document in removed:
        click.echo(f"removed {document.id}  {shown(document.source)}")
    for source in cleared:
        click.echo(f"cleared the failure of {shown(source)}")
    return 0


def find_removable(engine: QueryEngine, text: str) -> str:
    """What to remove: the source of an archive that is no document itself, of what could not be read, or an id."""
    resolved = document_name(text) if is_url(text) else os.path.realpath(text)
    if engine.members(resolved):
        return resolved
    try:
        return find_document(engine, text).id
    except NotFoundError:
        failed = [failure.source for failure in engine.failures()]
        for name in (resolved, text):
            if any(source == name or lies_in(source, name) for source in failed):
                return name
        raise
