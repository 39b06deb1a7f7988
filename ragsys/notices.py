"""What is no error and should be known all the same. Knows nothing of who says it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Notice"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A stable code, a sentence for people, and the languages that it is about, where it is about any."""

    code: str
    message: str
    languages: tuple[str, ...] = ()
