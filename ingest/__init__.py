"""Ingestion: from folders of files to documents in the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.ingest.pipeline import Pipeline, Progress

__all__ = ["Pipeline", "Progress"]


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ragsys.ingest import pipeline

    return getattr(pipeline, name)
