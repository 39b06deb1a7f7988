"""Listening: the address, the rule that nobody listens publicly without a token, and an end that drains."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import TYPE_CHECKING

from ragsys.errors import AddressError, ExtraMissingError, TokenRequiredError
from ragsys.server.log import log_event, log_to

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import uvicorn
    from fastapi import FastAPI

    from ragsys.config import Settings

__all__ = ["configured", "listen", "require_extra", "serve"]

_EXTRA = ("fastapi", "uvicorn", "httptools", "prometheus_client", "python_multipart")
_BACKLOG = 128
_MOST_CONNECTIONS = 512
_DRAIN = 20


def require_extra() -> None:
    """Raises `ExtraMissingError` where what a server needs is not installed."""
    from importlib.util import find_spec

    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise ExtraMissingError(
            f"a server needs {', '.join(missing)}", hint="install it with: pip install 'ragsys[server]'"
        )


def serve(indexes: Mapping[str, tuple[Path, Settings]], settings: Settings, *, create: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; requests that are under way then have 20 seconds to end.

    Raises:
        ExtraMissingError: FastAPI or uvicorn is not installed.
        TokenRequiredError: the address can be reached from elsewhere, and there is no token.
        AddressError: nobody can listen there.
        IndexNotFoundError: an index is not there, and `create` is false.
    """
    require_extra()
    from pathlib import Path

    import uvicorn

    from ragsys.server.app import create_app
    from ragsys.server.service import Service
    from ragsys.server.tokens import TokenFile

    if not _is_loopback(settings.server_host) and not TokenFile(Path(settings.server_tokens)).tokens():
        raise TokenRequiredError(f"{settings.server_host} can be reached from elsewhere, and there is no token yet")
    service = Service(indexes, settings, create=create)
    try:
        listening = listen(settings.server_host, settings.server_port)
    except BaseException:
        service.close()
        raise
    log_to(sys.stderr)
    config = configured(create_app(service))
    host, port = listening.getsockname()[:2]
    log_event("listening", {"host": host, "port": port, "indexes": sorted(indexes)})
    uvicorn.Server(config).run(sockets=[listening])


def configured(app: FastAPI, *, drain: int = _DRAIN) -> uvicorn.Config:
    """How uvicorn serves the application; what is under way when it is to end has `drain` seconds."""
    import uvicorn

    from ragsys.server.protocol import BoundedProtocol

    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=drain,
        lifespan="on",
    )


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. A name is never looked up: an address, or localhost. Raises `AddressError`."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET  # noqa: PLR2004
    except ValueError:
        raise AddressError(f"{host} is no address") from None
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise AddressError(f"cannot listen on {host}:{port}: {reason}") from None
    return listening


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
