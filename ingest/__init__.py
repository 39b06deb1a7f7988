"""Ingestion: from files and texts to documents in the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.ingest.given import parse_tags
    from ragsys.ingest.inspection import InspectedPassage, Inspection, inspect_file, passages_in
    from ragsys.ingest.intake import Progress
    from ragsys.ingest.pipeline import Pipeline, extract_file
    from ragsys.ingest.rehearsal import rehearse
    from ragsys.ingest.roots import Root, list_roots
    from ragsys.ingest.single import read_document
    from ragsys.ingest.stream import add_bytes
    from ragsys.ingest.syncing import Request, Syncing
    from ragsys.ingest.texts import add_texts
    from ragsys.ingest.watching import can_be_notified, changes

__all__ = [
    "InspectedPassage",
    "Inspection",
    "Pipeline",
    "Progress",
    "Request",
    "Root",
    "Syncing",
    "add_bytes",
    "add_texts",
    "can_be_notified",
    "changes",
    "extract_file",
    "inspect_file",
    "list_roots",
    "parse_tags",
    "passages_in",
    "read_document",
    "rehearse",
]

_HOME = {"Pipeline": "pipeline", "extract_file": "pipeline", "Progress": "intake", "add_texts": "texts"}
_HOME |= {"read_document": "single"}
_HOME |= {"Request": "syncing", "Syncing": "syncing", "add_bytes": "stream", "parse_tags": "given"}
_HOME |= dict.fromkeys(("can_be_notified", "changes"), "watching")
_HOME |= {"rehearse": "rehearsal", "Root": "roots", "list_roots": "roots"}
_HOME |= dict.fromkeys(("InspectedPassage", "Inspection", "inspect_file", "passages_in"), "inspection")


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
