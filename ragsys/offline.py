"""Offline means offline: after `forbid_network()`, no internet socket can be made in this process.

One exception can be made, by its port: a server on this machine's own loopback that the user named as the generator.
What is sent there stays on the machine as far as that server keeps it there, which is its user's to know.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

from ragsys.errors import OfflineError

__all__ = ["allow_loopback", "forbid_network", "is_loopback"]

_EVENTS = frozenset(
    f"socket.{call}" for call in ("connect", "getaddrinfo", "gethostbyaddr", "gethostbyname", "sendmsg", "sendto")
)
_ADDRESSED = frozenset({"socket.connect", "socket.sendmsg", "socket.sendto"})
_forbidden: list[bool] = []
_allowed: set[int] = set()


def forbid_network() -> None:
    """Refuse every internet connection and name look-up from now on, with `OfflineError`.

    An audit hook (PEP 578) sees what Python code does, in whatever library; it cannot be taken off again. The model
    libraries are told as well, so that they do not even try.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    if not _forbidden:
        _forbidden.append(True)
        sys.addaudithook(_refuse)


def allow_loopback(port: int) -> None:
    """Let connections to this port of 127.0.0.0/8 and ::1 through; whatever else is refused stays refused."""
    _allowed.add(port)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    if event == "socket.getaddrinfo" and arguments[1] in _allowed and _is_named_loopback(arguments[0]):
        return  # what the name stands for is looked at when it is connected to
    if event in _ADDRESSED and not isinstance(arguments[1], tuple):
        return  # a path leads nowhere outside, and what has no address was connected before
    if event == "socket.connect" and arguments[1][1] in _allowed and is_loopback(arguments[1][0]):
        return
    raise OfflineError(f"something asked for the network ({event}) while ragsys is offline")


def is_loopback(host: object) -> bool:
    """Whether it is an address of this machine's own loopback; a name never is."""
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _is_named_loopback(host: object) -> bool:
    return host in {"localhost", b"localhost"} or is_loopback(host.decode() if isinstance(host, bytes) else host)
