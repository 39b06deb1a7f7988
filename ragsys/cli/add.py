"""`ragsys add`."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ragsys.cli.app import App, PathOrUrl, common_options, examples, fetching
from ragsys.cli.output import print_json, warn
from ragsys.cli.progress import progress_bar
from ragsys.cli.reports import describe, exit_code, print_rehearsed, print_report
from ragsys.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ragsys.ingest import Progress
    from ragsys.types import AddReport, Scalar

__all__ = ["add_command"]

_STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What was said beside the paths."""

    prune: bool
    force: bool
    acl: tuple[str, ...] | None
    tags: dict[str, Scalar | None]
    metadata: Path | None


@click.command(
    "add",
    epilog=examples(
        "ragsys add ~/papers",
        "ragsys add notes.md reports/ --prune",
        "ragsys add ~/papers --dry-run",
        "ragsys add https://example.org/sitemap.xml --allow-network",
        "curl -s https://example.org/page | ragsys add - --name page.html",
    ),
)
@click.argument("paths", nargs=-1, required=True, type=PathOrUrl(allow_dash=True))
@click.option("--prune", is_flag=True, help="Remove documents under PATHS whose files are gone.")
@click.option("--force", is_flag=True, help="Read and embed everything again.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and what it would cost; store nothing.")
@click.option("--name", help="With -: the document's name, whose ending tells kinds of text apart.")
@click.option("--acl", multiple=True, metavar="NAME", help="Who may see it (user:ann, group:lab, *); repeatable.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Metadata for all of it; KEY= takes it back.")
@click.option("--metadata", type=click.Path(path_type=Path), help="Metadata by file: JSON lines, see above.")
@click.option(
    "--redact", metavar="KINDS", help="Replace personal data before anything is stored: all, email,phone, ..."
)
@click.option("--chunk-tokens", type=click.IntRange(16), help="The most tokens in a passage.")
@click.option("--max-file-bytes", type=click.IntRange(1), help="Refuse larger files.")
@click.option("--vector-index", help="auto, or a faiss factory string such as Flat or HNSW32.")
@fetching
@click.option("--max-pages", type=click.IntRange(1), help="The most pages that are taken of a sitemap [1000].")
@common_options
def add_command(app: App, paths: tuple[Path | str, ...], *, dry_run: bool, name: str | None, **options: Any) -> int:
    """Index files, folders, archives and web pages; - is a document from standard input.

    Run it again whenever you like: unchanged files cost one look, changed ones are updated, and whatever
    was interrupted goes on from the last acknowledged batch. Hidden files and what .gitignore names are left
    out. A file that cannot be read is reported, and the rest goes on; the exit code is then 1, as it is where
    there is no file at all. `ragsys update` looks again at all that was added, with the same options.

    Tags and the lines of --metadata ({"path": "a.pdf", "author": "Ann", "year": 2020}, paths from its folder) can be
    filtered by. A tag comes before a line, a line before what the file says itself. They stay with the documents, also
    when you add these again without them, until you say something else.

    A PATH that begins with http:// or https:// is a page, or a sitemap whose pages are taken (those of its own site,
    as its robots.txt asks, with pauses). It is fetched with --allow-network only, and never from a private address,
    unless --allowed-hosts names its host. With --dry-run pages are fetched, too.

    --redact puts [EMAIL-1] and the like in the place of personal data: email, phone, card, id (Chinese resident
    numbers), iban, ip, or all of these, and name where a recogniser is installed. It cannot be undone: nothing of it
    is kept. What a document was redacted of stays so at later times, unless you say none. Paths are not redacted.
    """
    from ragsys.ingest import parse_tags

    options["tags"] = parse_tags(options["tags"])
    options["acl"] = options["acl"] or None
    wishes = _Wishes(**options)
    if _STDIN in paths:
        return _add_stdin(app, paths, wishes, name, dry_run=dry_run)
    if name is not None:
        raise UsageError("--name goes with -", hint="a file is known by its path")
    if dry_run:
        return _rehearse(app, paths, wishes)
    with app.open(create=True) as engine:
        with progress_bar(enabled=not app.json, unit="files", color=app.color) as draw, _finishing() as stop:
            report = engine.add(
                *paths,
                prune=wishes.prune,
                force=wishes.force,
                acl=wishes.acl,
                tags=wishes.tags,
                metadata=wishes.metadata,
                progress=_drawing(draw),
                stop=stop,
            )
        _tell(app, report)
        if engine.building is not None:
            click.echo(
                f"everything is stored; building {engine.building} for quicker searches (Ctrl-C is safe)", err=True
            )
    return exit_code(report)


def _add_stdin(app: App, paths: tuple[Path | str, ...], wishes: _Wishes, name: str | None, *, dry_run: bool) -> int:
    """One document from standard input; read to its end, but not further than a file may be long."""
    if len(paths) > 1 or dry_run or wishes.metadata is not None or wishes.prune or wishes.force:
        raise UsageError("- stands alone, with --name, --tag and --acl")
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    data = sys.stdin.buffer.read(app.settings.max_file_bytes + 1)
    with app.open(create=True) as engine:
        report = engine.add_bytes(data, name=name, acl=wishes.acl, tags=wishes.tags)
    _tell(app, report)
    return exit_code(report)


@contextmanager
def _finishing() -> Iterator[Callable[[], bool]]:
    """Ctrl-C lets what was read be stored, which the function says; a second one ends the command at once."""
    asked = False

    def ask(_signal: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        if sys.stderr is not None and sys.stderr.isatty():
            click.echo("\nstoring what was read; Ctrl-C again stops at once", err=True)

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _rehearse(app: App, paths: tuple[Path | str, ...], wishes: _Wishes) -> int:
    """Say what an `add` would do. An index that is not there yet is not made."""
    from ragsys.ingest import Request, rehearse
    from ragsys.models import load_embedder

    request = Request(wishes.prune, wishes.force, wishes.acl, wishes.tags, wishes.metadata)
    with progress_bar(enabled=not app.json, unit="files", color=app.color) as draw:
        found = rehearse(
            app.existing_index,
            load_embedder(app.settings),
            app.settings,
            lambda syncing, report: syncing.add(paths, request, progress=report),
            progress=_drawing(draw),
        )
    if app.json:
        print_json(found)
    else:
        print_rehearsed(found)
    warn(found.warnings)
    return 1 if found.failed else 0


def _drawing(draw: Callable[[str, float, float | None], None]) -> Callable[[Progress], None]:
    return lambda progress: draw(describe(progress), progress.position, progress.total)


def _tell(app: App, report: AddReport) -> None:
    if app.json:
        print_json(report)
    else:
        print_report(report)
    warn(report.warnings)
