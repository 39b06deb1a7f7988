"""`ragsys forget`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.documents import find_removable
from ragsys.cli.output import print_json, shown
from ragsys.errors import NotFoundError

if TYPE_CHECKING:
    from ragsys.engine import QueryEngine

__all__ = ["forget_command"]


@click.command("forget", epilog=examples("ragsys forget drafts/secret.md", "ragsys forget"))
@click.argument("documents", nargs=-1)
@common_options
def forget_command(app: App, documents: tuple[str, ...]) -> int:
    """Remove DOCUMENTS (ids or source paths) so that no file of the index holds anything of them any more.

    Their rows are overwritten, the database and both snapshots are written afresh, its log is emptied; conversations in
    which an answer rests on them go as a whole. That takes about as long, and as much free space, as copying the index.
    Interrupted, it is finished by the next `ragsys forget`. Without DOCUMENTS, what is left of documents that were
    removed or replaced before goes.

    An archive goes with everything that was read out of it. The files themselves are left alone. Out of reach are
    backups, other copies of the index, what the file system and the disk keep of deleted files, and documents with the
    same content under another name: those are named. A hash of each path stays, so that `ragsys update` does not take
    it again.
    """
    with app.open() as engine:
        forgotten = engine.forget(*(_named(engine, document) for document in documents))
    if app.json:
        print_json(
            {
                "forgotten": [{"id": d.id, "source": d.source} for d in forgotten.documents],
                "conversations": forgotten.conversations,
                "copies": [{"id": d.id, "source": d.source} for d in forgotten.copies],
                "failures": forgotten.failures,
                "finished": forgotten.finished,
            }
        )
        return 0
    if forgotten.finished:
        click.echo("what was interrupted before is finished")
    for document in forgotten.documents:
        click.echo(f"forgotten {document.id}  {shown(document.source)}")
    for source in forgotten.failures:
        click.echo(f"forgotten, and could not be read: {shown(source)}")
    click.echo(
        f"{len(forgotten.documents)} documents and {len(forgotten.conversations)} conversations; backups may hold them"
    )
    for copy in forgotten.copies:
        click.echo(f"the same content stays in {copy.id}  {shown(copy.source)}", err=True)
    return 0


def _named(engine: QueryEngine, document: str) -> str:
    """What to forget, as for `rm`; a name that is not there is left to `forget`, which may have removed it before."""
    try:
        return find_removable(engine, document)
    except NotFoundError as error:
        if engine.status().erasing:
            return document
        raise error from None
