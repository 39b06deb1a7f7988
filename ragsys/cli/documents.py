"""`ragsys list`, `ragsys get` and `ragsys rm`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ragsys.cli.app import App, common_options
from ragsys.cli.output import clean, print_json

__all__ = ["document_name", "get_command", "list_command", "rm_command"]


def document_name(text: str) -> str:
    """An id stays as it is; a path is resolved as it was when it was added."""
    return str(Path(text).resolve()) if Path(text).exists() else text


@click.command("list")
@click.option("--filter", "where", help="List only documents that match.")
@common_options
def list_command(app: App, where: str | None) -> int:
    """List the documents in the index: id, passages, source."""
    with app.open() as engine:
        documents = engine.documents(where=where)
    if app.json:
        print_json({"documents": documents})
        return 0
    for document in documents:
        click.echo(f"{document.id}  {document.passages:6d}  {clean(document.source)}")
    click.echo(f"{len(documents)} documents", err=True)
    return 0


@click.command("get")
@click.argument("document")
@click.option("--text", "text", is_flag=True, help="Print the extracted text, unchanged, and nothing else.")
@common_options
def get_command(app: App, document: str, *, text: bool) -> int:
    """Show DOCUMENT (an id or a source path), or with --text its extracted text.

    Every offset that ragsys prints counts code points in that text.
    """
    name = document_name(document)
    with app.open() as engine:
        found = engine.document(name)
        body = engine.text(found.id) if text else None
    if app.json:
        print_json({"document": found} if body is None else {"document": found, "text": body})
    elif body is not None:
        # Bytes, so that no newline is added or translated.
        sys.stdout.buffer.write(body.encode("utf-8"))
        sys.stdout.buffer.flush()
    else:
        click.echo(f"id          {found.id}\nsource      {clean(found.source)}\ntitle       {clean(found.title or '')}")
        click.echo(f"sha256      {found.sha256}\ncharacters  {found.characters}\npages       {found.pages or ''}")
        click.echo(f"passages    {found.passages}\nadded       {found.added_at}")
        for key, value in found.metadata.items():
            click.echo(f"{clean(key):<11} {clean(str(value))}")
    return 0


@click.command("rm")
@click.argument("documents", nargs=-1, required=True)
@common_options
def rm_command(app: App, documents: tuple[str, ...]) -> int:
    """Remove DOCUMENTS (ids or source paths) from the index. The files themselves are left alone."""
    with app.open() as engine:
        removed = engine.remove(*(document_name(document) for document in documents))
    if app.json:
        print_json({"removed": [{"id": d.id, "source": d.source} for d in removed]})
        return 0
    for document in removed:
        click.echo(f"removed {document.id}  {clean(document.source)}")
    return 0
