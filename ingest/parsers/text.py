"""Plain text: kept as it is."""

from __future__ import annotations

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode
from ragsys.types import Extraction

__all__ = ["TextParser"]

_LONGEST_TITLE = 120
_CUT_SHORT = (",", ";", ":", "，", "；", "：", "、", "。")


class TextParser:
    """Any text file; a first line that stands alone is its title."""

    name = "text"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text as it is."""
        text = decode(data, name)
        if not text.strip():
            raise NoTextError(f"{name} holds nothing but white space")
        return Extraction(text, _title(text))


def _title(text: str) -> str | None:
    """The first line, where it is short, no part of a sentence, and a blank line follows it."""
    first, _, rest = text.lstrip().partition("\n")
    second, newline, _ = rest.partition("\n")
    first = first.strip()
    alone = len(first) <= _LONGEST_TITLE and newline and not second.strip()
    return first if alone and not first.endswith(_CUT_SHORT) else None
