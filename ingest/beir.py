"""Folders in BEIR's layout (Thakur et al., 2021): its questions and judgements are no documents.

Told by names alone; what is in the files is for the parsers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["about_corpus", "notice_of_left_out"]

_TOGETHER = frozenset({"corpus.jsonl", "queries.jsonl"})
_ABOUT = frozenset({"queries.jsonl", "answers.jsonl", "qrels"})
_SHOWN = 3


def about_corpus(names: Iterable[str]) -> frozenset[str]:
    """Those of the entries of a folder that say something of its corpus; none where it is no such folder."""
    here = frozenset(names)
    return _ABOUT & here if here >= _TOGETHER else frozenset()


def notice_of_left_out(paths: Sequence[Path]) -> Notice | None:
    """That files and folders were left out of data sets; None where none were."""
    folders: dict[Path, list[str]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path.name)
    if not folders:
        return None
    some = "; ".join(f"{folder} ({', '.join(names)})" for folder, names in list(folders.items())[:_SHOWN])
    more = f"; and {len(folders) - _SHOWN} more" if len(folders) > _SHOWN else ""
    return Notice(
        "questions-left-out",
        f"questions and judgements of data sets in BEIR's layout are no documents and were left out, the corpus beside "
        f"them was not: {some}{more}. Name such a file itself to add it",
    )
