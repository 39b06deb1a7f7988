"""Ask your own documents, on your own machine, and check every answer.

The public API. What is heavy is imported when it is first used, so `import ragsys` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ragsys._version import __version__

if TYPE_CHECKING:
    from ragsys.aio import AsyncConversation, AsyncQueryEngine
    from ragsys.config import Settings
    from ragsys.engine import QueryEngine
    from ragsys.errors import RagsysError
    from ragsys.indexes.records import Session
    from ragsys.tasks.conversation import Conversation
    from ragsys.tasks.recall import Turn
    from ragsys.tasks.summary import Summary
    from ragsys.types import AddReport, Answer, Citation, Decoding, Document, Hit, SearchResult, Status, TextDocument

__all__ = [
    "AddReport",
    "Answer",
    "AsyncConversation",
    "AsyncQueryEngine",
    "Citation",
    "Conversation",
    "Decoding",
    "Document",
    "Hit",
    "QueryEngine",
    "RagsysError",
    "SearchResult",
    "Session",
    "Settings",
    "Status",
    "Summary",
    "TextDocument",
    "Turn",
    "__version__",
]

_HOME = {
    "AsyncConversation": "ragsys.aio",
    "AsyncQueryEngine": "ragsys.aio",
    "Conversation": "ragsys.tasks.conversation",
    "QueryEngine": "ragsys.engine",
    "RagsysError": "ragsys.errors",
    "Session": "ragsys.indexes.records",
    "Settings": "ragsys.config",
    "Turn": "ragsys.tasks.recall",
    "Summary": "ragsys.tasks.summary",
}


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'ragsys' has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "ragsys.types")), name)


def __dir__() -> list[str]:
    return __all__
