"""The entry point: the group of commands, and what becomes of an error.

Commands are imported when they are called, so `ragsys --help` loads click and nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from ragsys._version import __version__
from ragsys.errors import RagsysError

__all__ = ["cli", "main"]

# name -> (module under ragsys.cli, one line for --help)
COMMANDS = {
    "add": ("add", "Index files and folders; only what changed is read again."),
    "ask": ("ask", "Answer a question from your documents, with checked citations."),
    "config": ("config", "Show the settings and where each comes from."),
    "doctor": ("doctor", "Check the index; rebuild derived files with --repair."),
    "eval": ("evaluate", "Measure retrieval and answers, compare runs, gate a release."),
    "get": ("documents", "Show one document, or its exact extracted text."),
    "list": ("documents", "List the documents in the index."),
    "models": ("models", "List, pull and verify models."),
    "rm": ("documents", "Remove documents from the index (never from the disk)."),
    "search": ("search", "Find passages, by words and by meaning."),
    "status": ("status", "What the index holds, and which files failed."),
    "why-not": ("why_not", "Why a document is not among the hits of a search."),
    "verify": ("verify", "Check a saved answer against the index and the files."),
}
_INTERRUPTED = 130


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


def _fail(error: RagsysError, *, as_json: bool) -> NoReturn:
    """Print an error where diagnostics go, and leave with its exit code."""
    if as_json:
        body = {"code": error.code, "message": error.message, "hint": error.hint}
        click.echo(json.dumps({"error": body}, ensure_ascii=False), err=True)
    else:
        click.echo(f"error [{error.code}]: {error.message}", err=True)
        if error.hint:
            click.echo(f"  next: {error.hint}", err=True)
    sys.exit(error.exit_code)


def main() -> NoReturn:
    """Run the command line; every deliberate error becomes a message and an exit code."""
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except RagsysError as error:
        _fail(error, as_json="--json" in sys.argv)
    except KeyboardInterrupt:
        click.echo("interrupted; what was acknowledged is safe", err=True)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone: say nothing more, and do not let the interpreter try to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
