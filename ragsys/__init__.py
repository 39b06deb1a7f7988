"""Ask your own documents, on your own machine, and check every answer.

The public API. What is heavy is imported when it is first used, so `import ragsys` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ragsys._version import __version__

if TYPE_CHECKING:
    from ragsys.config import Settings
    from ragsys.engine import QueryEngine
    from ragsys.errors import RagsysError
    from ragsys.tasks.summary import Summary
    from ragsys.types import AddReport, Answer, Citation, Decoding, Document, Hit, SearchResult, Status, TextDocument

__all__ = [
    "AddReport",
    "Answer",
    "Citation",
    "Decoding",
    "Document",
    "Hit",
    "QueryEngine",
    "RagsysError",
    "SearchResult",
    "Settings",
    "Status",
    "Summary",
    "TextDocument",
    "__version__",
]

_HOME = {
    "QueryEngine": "ragsys.engine",
    "RagsysError": "ragsys.errors",
    "Settings": "ragsys.config",
    "Summary": "ragsys.tasks.summary",
}


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'ragsys' has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "ragsys.types")), name)


def __dir__() -> list[str]:
    return __all__
