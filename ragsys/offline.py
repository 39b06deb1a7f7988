"""Offline means offline: after `forbid_network()`, no internet socket can be made in this process."""

from __future__ import annotations

import os
import sys
from typing import Any

from ragsys.errors import OfflineError

__all__ = ["forbid_network"]

_EVENTS = frozenset(
    f"socket.{call}" for call in ("connect", "getaddrinfo", "gethostbyaddr", "gethostbyname", "sendmsg", "sendto")
)
_ADDRESSED = frozenset({"socket.connect", "socket.sendmsg", "socket.sendto"})
_forbidden: list[bool] = []


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


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    if event in _ADDRESSED and not isinstance(arguments[1], tuple):
        return  # a path leads nowhere outside, and what has no address was connected before
    raise OfflineError(f"something asked for the network ({event}) while ragsys is offline")
