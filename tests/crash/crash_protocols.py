"""Deliberately broken storage protocols. The harness has to catch every one of them, or it proves nothing."""

from __future__ import annotations

import io
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from sqlalchemy import delete

from ragsys.indexes import derived, schema, snapshot, store, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where a broken protocol is most likely to be seen, so that few kills are enough.
WEAK_STEPS = {
    "sound": None,
    "no-replay": "collected",
    "no-tombstones": "collected",
    "split-replace": "between",
    "in-place": "point",
    "early-acknowledgement": "acknowledged",
}


@contextmanager
def protocol(name: str) -> Iterator[None]:
    """Run the block with the named protocol in place of the sound one, in this process and those it forks."""
    with ExitStack() as stack:
        for target, attribute, replacement in _REPLACEMENTS.get(name, ()):
            stack.enter_context(patch.object(target, attribute, replacement))
        yield


_apply = derived.Derived._apply
_put = store.Writer.put
_from_bytes = vectors.VectorIndex.from_bytes.__func__


def _no_replay(self, connection, kind, space, position, seq):  # noqa: PLR0917 - the signature it replaces
    """Trust a snapshot as it is: changes after it are never applied."""
    return _apply(self, connection, kind, space, position, seq) if position[0] == 0 else (seq, position[1])


def _no_tombstones(connection, ids, seq):
    """Delete rows and leave no word of it to the derivatives."""
    connection.execute(delete(schema.document).where(schema.document.c.id.in_(list(ids))))


def _split_replace(self, documents):
    """Replace in two transactions: first the old ones out, then the new ones in."""
    self.remove([document.id for document in documents])
    self._snapshots._step("between")
    return _put(self, documents)


def _in_place(self, kind, write, ntotal, seq, last_passage, factory, *, recall=None):  # noqa: PLR0917 - as it replaces
    """Write over the old file, under a fixed name; what it is now is recorded afterwards."""
    path = self._folder / f"{kind}{snapshot.SUFFIXES[kind]}"
    buffer = io.BytesIO()
    write(buffer)
    data = buffer.getvalue()
    with path.open("wb") as file:
        file.write(data[: len(data) // 2])
        self._step("half")
        file.write(data[len(data) // 2 :])
    return snapshot.Staged(kind, path.name, "", len(data), ntotal, seq, last_passage, factory, recall)


def _unchecked_load(self, record):
    """Whatever the file holds."""
    return (self._folder / record.file).read_bytes()


def _unchecked_vectors(cls, data, dim, ntotal, kind):
    """Whatever FAISS makes of it."""
    import faiss
    import numpy as np

    try:
        found = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8)).ntotal
    except RuntimeError:
        found = ntotal
    return _from_bytes(cls, data, dim, found, kind)


_REPLACEMENTS = {
    "no-replay": [(derived.Derived, "_apply", _no_replay)],
    "no-tombstones": [(store, "_bury", _no_tombstones)],
    "split-replace": [(store.Writer, "put", _split_replace)],
    "in-place": [
        (snapshot.SnapshotStore, "stage", _in_place),
        (snapshot.SnapshotStore, "load", _unchecked_load),
        (snapshot.SnapshotStore, "collect", lambda self: None),
        (vectors.VectorIndex, "from_bytes", classmethod(_unchecked_vectors)),
    ],
}
