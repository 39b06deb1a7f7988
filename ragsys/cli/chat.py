"""`ragsys chat`: reads questions, from a terminal or from a pipe, and hands them to the talk."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, acting_as, common_options, examples, shaping_answers, shaping_hits
from ragsys.cli.output import clean
from ragsys.cli.sessions import latest, session_named
from ragsys.cli.talk import COMMANDS, Talk
from ragsys.errors import RagsysError, UsageError
from ragsys.types import Decoding

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["chat_command"]

_PROMPT = "> "


@click.command(
    "chat",
    epilog=examples("ragsys chat", "ragsys chat --continue", "ragsys chat --json < questions.txt > turns.jsonl"),
)
@click.option("--session", metavar="ID", help="Go on with this conversation (the beginning of its id is enough).")
@click.option("--continue", "again", is_flag=True, help="Go on with the last conversation.")
@click.option("--no-keep", is_flag=True, help="Keep nothing of it in the index.")
@shaping_answers
@shaping_hits
@acting_as
@common_options
def chat_command(
    app: App,
    *,
    session: str | None,
    again: bool,
    no_keep: bool,
    where: str | None,
    temperature: float,
    seed: int | None,
) -> int:
    """Talk with your documents: follow-up questions are understood from what was said before.

    On a terminal, /help shows what else can be typed. From a pipe, each line is a question and each answer a line, or
    with --json an object; the exit code is then 1 if a question was not answered. Conversations are kept in the index:
    `ragsys sessions` lists, shows and removes them.
    """
    if session and again:
        raise UsageError("--session and --continue exclude each other")
    decoding = Decoding(max_new_tokens=app.settings.max_new_tokens, temperature=temperature, seed=seed)
    with app.open() as engine:
        begun = session_named(engine, session) if session else latest(engine) if again else None
        talk = Talk(app, engine, session=begun, keep=not no_keep, where=where, decoding=decoding)
        if sys.stdin is None:
            raise UsageError("standard input is closed")
        if sys.stdin.isatty():
            return _converse(talk)
        answered = [talk.say(line) for line in _lines()]
        talk.leave()
    return 0 if all(answered) else 1


def _converse(talk: Talk) -> int:
    """Ask for a line and answer it, until the end of input or /quit; a failure ends the answer, not the talk."""
    with suppress(ImportError):  # not everywhere; only what is typed becomes plainer
        import_module("readline")
    talk.greet()
    while not talk.over:
        try:
            line = _read()
            if line is None:
                break
            talk.say(line)
        except KeyboardInterrupt as stop:
            if type(stop) is not KeyboardInterrupt:  # SIGTERM means the whole command
                raise
            click.echo("\nstopped; /quit or Ctrl-D leaves", err=True)
        except RagsysError as error:
            click.echo(f"error [{error.code}]: {clean(error.message)}", err=True)
            if error.hint:
                click.echo(f"  next: {clean(error.hint)}", err=True)
    talk.leave()
    return 0


def _read() -> str | None:
    """A line from the terminal, or None at its end. The prompt never goes into an output that is not a terminal."""
    shown = sys.stdout is not None and sys.stdout.isatty()
    if not shown:
        click.echo(_PROMPT, nl=False, err=True)
    try:
        return input(_PROMPT if shown else "")
    except EOFError:
        click.echo(err=True)
        return None
    except UnicodeDecodeError:
        raise UsageError("this is not valid UTF-8") from None


def _lines() -> Iterator[str]:
    """The lines of standard input as they come, until /quit. Raises `UsageError` for one that is not UTF-8."""
    for raw in sys.stdin.buffer:
        try:
            line = raw.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            raise UsageError(
                "standard input is not UTF-8", hint="convert it, for example with iconv -t UTF-8"
            ) from None
        if COMMANDS.get(line) == "quit":
            return
        if line:
            yield line
