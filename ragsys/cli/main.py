"""The entry point: the group of commands, and what becomes of an error.

Commands are imported when they are called, so `ragsys --help` loads click and nothing else.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from importlib import import_module
from typing import NoReturn

import click

from ragsys._version import __version__
from ragsys.cli.output import clean, prints_unicode, to_json
from ragsys.errors import DiskFullError, RagsysError

__all__ = ["cli", "main"]

# name -> (module under ragsys.cli, one line for --help)
COMMANDS = {
    "add": ("add", "Index files and folders; only what changed is read again."),
    "ask": ("ask", "Answer a question from your documents, with checked citations."),
    "calibrate": ("calibrate", "Fit to your own questions when it answers and when it abstains."),
    "chat": ("chat", "Ask and ask on: follow-up questions are understood from what was said."),
    "config": ("config", "Show the settings and where each comes from."),
    "doctor": ("doctor", "Check the index; rebuild derived files with --repair."),
    "eval": ("evaluate", "Measure retrieval and answers, compare runs, gate a release."),
    "forget": ("forget", "Remove documents so that no file of the index holds anything of them."),
    "get": ("documents", "Show one document, its exact extracted text or its passages."),
    "inspect": ("inspect", "Show what would be extracted from a file, and how it is chunked."),
    "list": ("documents", "List the documents in the index."),
    "mcp": ("mcp", "Serve the index to a model's host by the Model Context Protocol."),
    "models": ("models", "List, pull and verify models."),
    "reindex": ("reindex", "Embed the index with another embedder beside the old one, and switch; reversible."),
    "rm": ("documents", "Remove documents from the index (never from the disk)."),
    "search": ("search", "Find passages, by words and by meaning."),
    "serve": ("serve", "Serve indexes over HTTP, OpenAI-compatible and with events."),
    "sessions": ("sessions", "List, show and remove the conversations that are kept."),
    "status": ("status", "What the index holds, and which files failed."),
    "token": ("token", "Make, list and revoke the tokens that the server asks for."),
    "tune": ("tune", "Fit settings, generator or embedder to your documents; kept only where better."),
    "summarize": ("summarize", "Summarise a file, a document or several, every sentence cited."),
    "why-not": ("why_not", "Why a document is not among the hits of a search."),
    "translate": ("translate", "Translate a document, a passage or a file, sentence by sentence."),
    "watch": ("watch", "Follow the changes of files and folders."),
    "update": ("update", "Look again at everything that was added."),
    "verify": ("verify", "Check a saved answer against the index and the files."),
}
_INTERRUPTED, _TERMINATED = 130, 143  # 128 and the signal's number, as shells count


class _Stopped(Exception):  # noqa: N818 - not an error
    """The user, or the system, asked the command to stop; carries the exit code."""


class _Terminated(KeyboardInterrupt):
    """SIGTERM: whatever lets go at Ctrl-C lets go now."""


class _LazyGroup(click.Group):
    """A group that knows its commands' names and one-line helps without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"ragsys.cli.{COMMANDS[cmd_name][0]}"), f"{cmd_name.replace('-', '_')}_command")
        if not isinstance(command, click.Command):
            raise TypeError(cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        # Click would print an empty line for a KeyboardInterrupt.
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise _Stopped(_TERMINATED if isinstance(stop, _Terminated) else _INTERRUPTED) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with:  ragsys add ~/papers   then   ragsys ask 'a question'",
)
@click.version_option(__version__, prog_name="ragsys")
def cli() -> None:
    """Ask your own documents, on your own machine, and check every answer.

    The index is the directory .ragsys in the working directory or the nearest one above it; --index or
    RAGSYS_INDEX name another. Every command takes --json for machines and --help for people.

    Exit codes: 0 done; 1 a check failed, a file failed or there was no answer; 2 usage; 3 the state of the
    index; 4 another writer; 5 models; 6 network; 7 disk full; 8 a damaged index.
    """


def _fail(code: str, message: str, hint: str, *, exit_code: int) -> NoReturn:
    """Print an error where diagnostics go, as JSON where that was asked for, and leave with its exit code."""
    arguments = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    if "--json" in arguments:
        body = {"code": code, "message": message, "hint": hint}
        click.echo(to_json({"error": body}, ensure_ascii=not prints_unicode(sys.stderr)), err=True)
    else:
        click.echo(f"error [{code}]: {clean(message)}", err=True)
        if hint:
            click.echo(f"  next: {clean(hint)}", err=True)
    sys.exit(exit_code)


def _fail_usage(error: click.ClickException) -> NoReturn:
    """What click found wrong with the command line, as an error of ours."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        sys.exit(error.exit_code)
    hint = f"run `{context.command_path} --help`" if context is not None else ""
    _fail("usage", error.format_message(), hint, exit_code=error.exit_code)


def _drop_output() -> None:
    """Let what is still to be written go nowhere: the interpreter would try again when it ends, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(_signal: int, _frame: object) -> NoReturn:
    raise _Terminated


def main() -> NoReturn:
    """Run the command line; every deliberate error becomes a message and an exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its number, never a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False) or 0
        if sys.stdout is not None:
            sys.stdout.flush()
        sys.exit(code)
    except (_Stopped, KeyboardInterrupt, click.exceptions.Abort) as stop:
        code = stop.args[0] if isinstance(stop, _Stopped) else _INTERRUPTED
        click.echo(f"{'terminated' if code == _TERMINATED else 'interrupted'}; what was acknowledged is safe", err=True)
        sys.exit(code)
    except click.ClickException as error:
        _fail_usage(error)
    except RagsysError as error:
        _fail(error.code, error.message, error.hint, exit_code=error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone: say nothing more.
        _drop_output()
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _drop_output()
        full = DiskFullError("no space left for the output")
        _fail(full.code, full.message, full.hint, exit_code=full.exit_code)
