"""Storage: SQLite is the truth; the vector and the lexical index are checked derivatives of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.indexes.fsck import Finding
    from ragsys.indexes.index import Index
    from ragsys.indexes.view import View

__all__ = ["Finding", "Index", "View"]

_HOME = {"Finding": "ragsys.indexes.fsck", "Index": "ragsys.indexes.index", "View": "ragsys.indexes.view"}


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
