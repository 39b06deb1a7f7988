"""`ragsys sessions`: the conversations that the index keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, acting_as, common_options, examples
from ragsys.cli.output import clean, one_line, print_json
from ragsys.errors import SessionNotFoundError, UsageError

if TYPE_CHECKING:
    from ragsys.engine import QueryEngine

__all__ = ["latest", "session_named", "sessions_command"]

_WIDTH = 60


def session_named(engine: QueryEngine, text: str) -> str:
    """The id that `text` is, or is the beginning of. Raises `UsageError` where several begin so."""
    found = [session.id for session in engine.sessions() if session.id.startswith(text)]
    if len(found) > 1 and text not in found:
        raise UsageError(f"{len(found)} sessions begin with {text!r}", hint="give more of the id")
    return found[0] if len(found) == 1 else text


def latest(engine: QueryEngine) -> str:
    """The id of the session that was spoken in last. Raises `SessionNotFoundError` where there is none."""
    for session in engine.sessions():
        if session.turns:
            return session.id
    raise SessionNotFoundError("no conversation is kept yet", hint="begin one with `ragsys chat`")


@click.group("sessions")
def sessions_command() -> None:
    """List, show and remove the conversations that `ragsys chat` keeps in the index."""


@sessions_command.command("list", epilog=examples("ragsys sessions list", "ragsys sessions list --as user:ann"))
@acting_as
@common_options
def _list(app: App) -> int:
    """List conversations, the last one first: id, when, turns, first question. Without --as, everybody's."""
    with app.open() as engine:
        sessions = engine.sessions()
    if app.json:
        print_json({"sessions": sessions})
        return 0
    from ragsys.cli.talk import SHORT_ID

    for session in sessions:
        owner = f"  {clean(', '.join(session.owner))}" if session.owner else ""
        first = one_line(session.first or "", _WIDTH)
        click.echo(f"{session.id[:SHORT_ID]}  {session.last_at[:16]}  {session.turns:4d}  {first}{owner}")
    click.echo(f"{len(sessions)} conversations", err=True)
    return 0


@sessions_command.command("show", epilog=examples("ragsys sessions show 5f0c6d1be2a9"))
@click.argument("session")
@acting_as
@common_options
def _show(app: App, session: str) -> int:
    """Show the turns of SESSION (the beginning of an id is enough) as they may be seen now.

    An answer is not shown where a document that it rests on is gone or may not be seen any more; where one has changed,
    that is said. With --json, `ragsys verify` reads each turn.
    """
    with app.open() as engine:
        conversation = engine.chat(session_named(engine, session))
        turns = conversation.turns()
    if app.json:
        print_json({"session": conversation.id, "turns": turns})
        return 0
    from ragsys.cli.talk import print_turn

    for turn in turns:
        print_turn(turn)
    return 0


@sessions_command.command("rm", epilog=examples("ragsys sessions rm 5f0c6d1be2a9", "ragsys sessions rm --all"))
@click.argument("sessions", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every conversation that may be seen.")
@acting_as
@common_options
def _remove(app: App, sessions: tuple[str, ...], *, every: bool) -> int:
    """Delete SESSIONS with all their turns, and overwrite where they lay."""
    if not sessions and not every:
        raise UsageError("which conversations?", hint="name them, or say --all")
    with app.open() as engine:
        ids = [session.id for session in engine.sessions()] if every else [session_named(engine, s) for s in sessions]
        for session in dict.fromkeys(ids):
            engine.delete_session(session)
    if app.json:
        print_json({"removed": ids})
    else:
        click.echo(f"removed {len(ids)} conversations")
    return 0
