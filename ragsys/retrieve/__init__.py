"""Retrieval: both legs for every query, fused on absolute scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.retrieve.absence import LostPassage, WhyNot, why_not
    from ragsys.retrieve.access import check_principals, visible
    from ragsys.retrieve.copies import copy_groups
    from ragsys.retrieve.filters import compile_filter
    from ragsys.retrieve.rerank import load_reranker
    from ragsys.retrieve.retriever import Retriever
    from ragsys.retrieve.selection import Selection

__all__ = [
    "LostPassage",
    "Retriever",
    "Selection",
    "WhyNot",
    "check_principals",
    "compile_filter",
    "copy_groups",
    "load_reranker",
    "visible",
    "why_not",
]

_HOME = {"Retriever": "retriever", "check_principals": "access", "compile_filter": "filters", "visible": "access"}
_HOME |= {"Selection": "selection", "copy_groups": "copies", "load_reranker": "rerank"}


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'absence')}"), name)
