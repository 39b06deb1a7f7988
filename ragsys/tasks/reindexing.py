"""An index from one embedder to another and back: the new vectors are made beside the old ones, then switched.

Owns the order: what is made before the switch, what is kept to go back, and what the configuration says. A crash before
the switch loses nothing and goes on; after it, the new space is complete.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import IndexStateError, UsageError
from ragsys.indexes import Index
from ragsys.indexes.spaces import SpareVectors, keep_present, switch_space

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ragsys.protocols import Embedder
    from ragsys.types import Space

__all__ = ["Respaced", "copy_in_space", "former_embedder", "prepare_space", "respace"]

_RECORD = "reindex.json"


@dataclass(frozen=True, slots=True)
class Respaced:
    """An index in another space: its passages, the spaces before and now, and the change that it is."""

    passages: int
    before: str | None
    now: str
    seq: int


def prepare_space(
    index: Index,
    embedder: Embedder,
    *,
    batch: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> int:
    """Make the vectors that are missing of the embedder's space, beside the index; returns how many were made.

    Others may read and write meanwhile. What was made is there after a crash.

    Raises:
        UsageError: a passage is longer than the embedder reads. Nothing is ever cut.
    """
    with SpareVectors(index.path, embedder.space) as spare:
        return _fill(index, embedder, spare, batch, progress)


def respace(
    index: Index,
    embedder: Embedder,
    *,
    setting: str,
    former: str,
    batch: int,
    timeout: float,
    progress: Callable[[str, int, int], None] | None = None,
) -> Respaced:
    """Switch the index to the embedder's space, keeping the old vectors to go back to.

    `setting` is what the embedder is configured as, `former` what the present one is.

    Raises:
        IndexStateError: the index holds no documents, or is in this space already.
        IndexBusyError: another process is writing.
        UsageError: as `prepare_space`.
    """
    with index.read() as view:
        before = view.space
    if before is None:
        raise IndexStateError("the index holds no documents yet", hint="add some with the embedder that you want")
    if before.digest == embedder.space.digest:
        raise IndexStateError(f"the index is in the space of {embedder.space.model} already", hint="nothing is to do")
    prepare_space(index, embedder, batch=batch, progress=progress)
    with SpareVectors(index.path, embedder.space) as spare:
        with index.writer(timeout=timeout) as writer:
            # What was added meanwhile; from here on nothing is.
            _fill(index, embedder, spare, batch, progress)
            with SpareVectors(index.path, before) as kept:
                keep_present(index.database, kept)
            _record(index.path, before, former, setting)
            seq = switch_space(index.database, spare)
            writer.space = embedder.space
            writer.publish(force=True)
            passages = len(spare.have())
        spent = spare.path
    spent.unlink(missing_ok=True)
    index.reload()
    return Respaced(passages, before.model, embedder.space.model, seq)


def copy_in_space(index: Index, embedder: Embedder, folder: Path) -> None:
    """A copy of the index in an empty folder, in the space that `prepare_space` made: to look at before a switch."""
    index.backup(folder / "ragsys.db")
    with Index.open(folder) as copy, copy.writer() as writer, SpareVectors(index.path, embedder.space) as spare:
        switch_space(copy.database, spare)
        writer.space = embedder.space
        writer.publish(force=True)


def former_embedder(folder: Path) -> str:
    """What the embedder was configured as before the last switch. Raises `UsageError` where there was none."""
    try:
        return str(json.loads((folder / _RECORD).read_text(encoding="utf-8"))["setting"])
    except (OSError, ValueError, KeyError):
        raise UsageError("there is no earlier vector space to go back to") from None


def _fill(
    index: Index, embedder: Embedder, spare: SpareVectors, batch: int, progress: Callable[[str, int, int], None] | None
) -> int:
    with index.read() as view:
        ids = view.select(None).tolist()
    have = spare.have()
    missing = [number for number in ids if number not in have]
    spare.drop(have - set(ids))
    for start in range(0, len(missing), batch):
        if progress is not None:
            progress(f"embedding with {embedder.space.model}", start, len(missing))
        some = missing[start : start + batch]
        with index.read() as view:
            found = view.passages(some)
        texts = {number: found[number].text for number in some if number in found}
        sizes = embedder.count_tokens(list(texts.values()))
        longest = max(sizes, default=0)
        if longest > embedder.max_tokens:
            raise UsageError(
                f"a passage has {longest} tokens, and {embedder.space.model} reads {embedder.max_tokens}",
                hint="add the documents to a new index with that embedder, which cuts them to its own measure",
            )
        spare.put(list(texts), embedder.embed_passages(list(texts.values())))
    return len(missing)


def _record(folder: Path, before: Space, former: str, setting: str) -> None:
    path = folder / _RECORD
    fresh = path.with_suffix(".tmp")
    values = {"setting": former, "model": before.model, "digest": before.digest, "now": setting}
    try:
        fresh.write_text(json.dumps(values, ensure_ascii=False) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise IndexStateError(f"cannot write {path}: {error.strerror}") from None
