"""Which language each document is in, kept as its metadata `lang`: what it says of itself, else what its text shows.

A text that no language is sure of has "und", so that every document has one and a filter can name them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import NotFoundError
from ragsys.language import detect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.indexes import Index
    from ragsys.indexes.store import Writer
    from ragsys.types import Metadata

__all__ = ["LANG", "label_earlier", "with_language"]

LANG = "lang"
_TOGETHER = 500


def with_language(metadata: Metadata, text: str) -> Metadata:
    """`metadata` with the text's language, where it does not name one."""
    return metadata if str(metadata.get(LANG, "")).strip() else {**metadata, LANG: detect(text).code}


def label_earlier(writer: Writer, index: Index, ids: Sequence[str]) -> None:
    """Name the language of documents that were stored before languages were, from the text in the database.

    One text is held at a time. Interrupted, it goes on with the rest at the next `add`.
    """
    for start in range(0, len(ids), _TOGETHER):
        found: dict[str, str] = {}
        with index.read() as view:
            for identity in ids[start : start + _TOGETHER]:
                try:
                    found[identity] = detect(view.text(identity)).code
                except NotFoundError:  # this run has removed it
                    continue
        writer.label(found)
