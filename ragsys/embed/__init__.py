"""Texts to vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.embed.load import load_embedder

__all__ = ["load_embedder"]


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    if name != "load_embedder":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ragsys.embed.load import load_embedder

    return load_embedder
