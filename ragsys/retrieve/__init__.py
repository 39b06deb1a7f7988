"""Retrieval: both legs for every query, fused on calibrated scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.retrieve.filters import compile_filter
    from ragsys.retrieve.retriever import Retriever

__all__ = ["Retriever", "compile_filter"]


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'retriever' if name == 'Retriever' else 'filters'}"), name)
