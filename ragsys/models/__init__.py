"""Models: what the catalogue knows, how they get here, and that they are what they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.models.embedder import load_embedder
    from ragsys.models.entries import Entry, catalogue, entry
    from ragsys.models.fetch import Progress
    from ragsys.models.memory import machine_memory, memory_needed
    from ragsys.models.pulling import pull
    from ragsys.models.speeds import Speed, keep_speed, kept_speeds
    from ragsys.models.store import LocalModel, Manifest, VerifyResult, installed, local, remove, resolve, verify

__all__ = [
    "Entry",
    "LocalModel",
    "Manifest",
    "Progress",
    "Speed",
    "VerifyResult",
    "catalogue",
    "entry",
    "installed",
    "keep_speed",
    "kept_speeds",
    "load_embedder",
    "local",
    "machine_memory",
    "memory_needed",
    "pull",
    "remove",
    "resolve",
    "verify",
]

_HOME = {
    "Entry": "entries",
    "Progress": "fetch",
    "Speed": "speeds",
    "catalogue": "entries",
    "entry": "entries",
    "keep_speed": "speeds",
    "kept_speeds": "speeds",
    "load_embedder": "embedder",
    "machine_memory": "memory",
    "memory_needed": "memory",
    "pull": "pulling",
}


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'store')}"), name)
