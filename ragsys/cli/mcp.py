"""`ragsys mcp`."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from ragsys.cli.app import App, acting_as, common_options, examples
from ragsys.errors import IndexNotFoundError, UsageError

if TYPE_CHECKING:
    from ragsys.aio import AsyncQueryEngine

__all__ = ["mcp_command"]

_PORT = 8766
_BACKLOG = 64


@click.command(
    "mcp",
    epilog=examples("ragsys mcp --index ~/papers/.ragsys", "ragsys mcp --http --port 8766 --as user:ann"),
)
@click.option("--http", "over_http", is_flag=True, help="Serve streamable HTTP instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of this machine's loopback to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 takes a free one.")
@click.option(
    "--allow-host", "hosts", multiple=True, metavar="NAME", help="Host name of a proxy in front of it; repeatable."
)
@click.option("--workers", type=click.IntRange(1, 32), default=2, show_default=True, help="Calls served at once.")
@acting_as
@common_options
def mcp_command(app: App, *, over_http: bool, host: str, port: int, hosts: tuple[str, ...], workers: int) -> int:
    """Serve the index to a model's host (an editor, a chat program, an agent) by the Model Context Protocol.

    Tools: search, ask, get_document, list_documents; documents are resources. All of it only reads, and without --as it
    sees what everyone may see. Needs the extra: pip install 'ragsys[mcp]'.
    """
    from ragsys.mcp.service import require_sdk

    require_sdk()
    if app.index is None:
        raise IndexNotFoundError("there is no index here or in any folder above")
    from ragsys.aio import AsyncQueryEngine

    # A stranger's model is nobody in particular: it gets no more than a search would show.
    engine = AsyncQueryEngine(
        app.index, workers=workers, settings=app.settings, create=False, principals=app.principals or ()
    )
    if over_http:
        with _listen(host, port) as listening:
            asyncio.run(_http(engine, listening, hosts))
    else:
        if sys.stdin is None or sys.stdout is None:
            raise UsageError("standard input and output are what a client speaks through, and one of them is closed")
        _leave_at_once()
        asyncio.run(_stdio(engine))
    return 0


async def _stdio(engine: AsyncQueryEngine) -> None:
    from ragsys.mcp.service import serve_stdio

    async with engine:
        if sys.stdin.isatty():
            click.echo("waiting for a client of the Model Context Protocol on standard input", err=True)
        await serve_stdio(engine)


async def _http(engine: AsyncQueryEngine, listening: socket.socket, hosts: tuple[str, ...]) -> None:
    from ragsys.mcp.service import PATH, serve_http

    async with engine:
        name, port = listening.getsockname()[:2]
        click.echo(f"serving http://{f'[{name}]' if ':' in name else name}:{port}{PATH}", err=True)
        await serve_http(engine, listening, hosts=hosts)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens on this machine's loopback. Raises `UsageError` for any other address."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise UsageError(f"{host!r} is no address", hint="use 127.0.0.1 or ::1") from None
    if not address.is_loopback:
        raise UsageError(
            f"{host} can be reached from elsewhere, and there is nobody here who asks for a password",
            hint="listen on 127.0.0.1 and put a proxy that does in front; name its host with --allow-host",
        )
    listening = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)  # noqa: PLR2004
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((str(address), port))
    except OSError as error:
        listening.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}", hint="choose another --port") from None
    listening.listen(_BACKLOG)
    return listening


def _leave_at_once() -> None:
    """Let SIGINT and SIGTERM end the process where it stands: it only reads, and the wait for input has no end."""

    def leave(number: int, _frame: object) -> NoReturn:
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
