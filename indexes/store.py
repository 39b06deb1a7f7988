"""The writer: whole documents in and out, one transaction a batch, and snapshots of what follows from them.

The commit of a transaction is the only point of acknowledgement. Holds the writer's lock for its lifetime.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update

from ragsys.errors import SpaceMismatchError
from ragsys.indexes import relabelling, reuse, schema
from ragsys.indexes.derived import position, stage_lexical, stage_vectors
from ragsys.indexes.rows import bags_of, insert_document, validate
from ragsys.indexes.snapshot import SUFFIXES
from ragsys.indexes.vectors import FLAT, check_kind, kind_for
from ragsys.members import inside
from ragsys.types import Space

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from ragsys.indexes.database import Database
    from ragsys.indexes.records import KnownFile, NewDocument, NewPassage
    from ragsys.indexes.snapshot import Kind, Published, SnapshotStore, Staged
    from ragsys.types import Failure

__all__ = ["Writer", "bury", "next_seq", "read_space", "stale"]

# A snapshot is rewritten when what it lacks is a tenth of it, and not for less than this many changes.
_FEW_CHANGES = 256
_PARAMETERS = 500


def read_space(connection: Connection) -> Space | None:
    """The vector space of the index, or None before the first document."""
    row = connection.execute(
        select(schema.space.c.model, schema.space.c.digest, schema.space.c.dim, schema.space.c.metric)
    ).one_or_none()
    return None if row is None else Space(*row)


class Writer:
    """Changes an index. Make one with `Index.writer()`."""

    def __init__(self, database: Database, snapshots: SnapshotStore, vector_index: str) -> None:
        self._database = database
        self._snapshots = snapshots
        self._vector_index = vector_index
        with database.read() as connection:
            self.space = read_space(connection)

    def set_space(self, space: Space) -> None:
        """Record the space of the first document; check it for every later one.

        Raises:
            ConfigError: `vector_index` is nothing that FAISS knows.
            SpaceMismatchError: the index holds vectors of another space.
        """
        check_kind(self._vector_index, space.dim)
        if self.space is None:
            with self._database.write() as connection:
                connection.execute(
                    insert(schema.space).values(
                        one=1, model=space.model, digest=space.digest, dim=space.dim, metric=space.metric
                    )
                )
            self.space = space
        elif self.space.digest != space.digest:
            raise SpaceMismatchError(
                f"the index holds vectors of {self.space.model}, and the embedder is {space.model}"
            )

    def put(self, documents: Sequence[NewDocument]) -> int:
        """Store documents, replacing those of the same id, in one transaction; the failures of their sources clear.

        Returns the new `seq`. When this returns, the documents survive a crash.

        Raises:
            EncodingError: a text that is not valid Unicode, or holds NUL (SQLite's `substr` stops there).
            SpaceMismatchError: a vector of another dimension than the space's, or with a value that is not finite.
            ValueError: a passage that is no span of its document's text.
            DiskFullError: nothing of the batch was stored.
        """
        space = self.space
        if space is None:
            raise SpaceMismatchError("no vector space is set for this index")
        for document in documents:
            validate(document, space)
        bags = [bags_of(document) for document in documents]
        with self._database.write() as connection:
            seq = next_seq(connection)
            bury(connection, [document.id for document in documents], seq)
            next_id = position(connection)[1] + 1
            for document, document_bags in zip(documents, bags, strict=True):
                next_id = insert_document(connection, document, document_bags, seq, next_id)
            sources = [document.source for document in documents]
            for some in _slices(sources):
                connection.execute(delete(schema.outcome).where(schema.outcome.c.source.in_(some)))
            for some in _slices([document.id for document in documents]):
                connection.execute(delete(schema.excluded).where(schema.excluded.c.id.in_(some)))
        return seq

    def remove(self, ids: Sequence[str], *, exclude: bool = False) -> int:
        """Remove documents, and the failures recorded for their sources, in one transaction. Returns the new `seq`.

        With `exclude`, it is remembered that they are not to be taken again unless somebody adds them.
        """
        with self._database.write() as connection:
            seq = next_seq(connection)
            for some in _slices(ids):
                sources = select(schema.document.c.source).where(schema.document.c.id.in_(some))
                connection.execute(delete(schema.outcome).where(schema.outcome.c.source.in_(sources)))
            bury(connection, ids, seq)
            for identity in dict.fromkeys(ids) if exclude else ():
                connection.execute(delete(schema.excluded).where(schema.excluded.c.id == identity))
                connection.execute(insert(schema.excluded).values(id=identity))
        return seq

    def record_failures(self, failures: Sequence[Failure]) -> None:
        """Keep why sources failed, until they succeed or are removed."""
        now = _now()
        with self._database.write() as connection:
            for failure in failures:
                connection.execute(delete(schema.outcome).where(schema.outcome.c.source == failure.source))
                connection.execute(
                    insert(schema.outcome).values(
                        source=failure.source, code=failure.code, message=failure.message, at=now
                    )
                )

    def readmit(self, ids: Sequence[str]) -> None:
        """Take back that documents are not to be taken again: somebody has just tried to."""
        with self._database.write() as connection:
            for some in _slices(ids):
                connection.execute(delete(schema.excluded).where(schema.excluded.c.id.in_(some)))

    def note_speed(self, passages_per_second: float) -> None:
        """Remember how quickly passages are embedded here."""
        with self._database.write() as connection:
            connection.execute(update(schema.space).values(speed=passages_per_second))

    def forget_failures(self, sources: Sequence[str]) -> None:
        """Drop the failures of sources that are gone."""
        with self._database.write() as connection:
            for some in _slices(sources):
                connection.execute(delete(schema.outcome).where(schema.outcome.c.source.in_(some)))

    def touch(self, document_id: str, size: int, mtime_ns: int) -> None:
        """Remember a file's new size and time where its content is the same. Not a change: `seq` stays."""
        with self._database.write() as connection:
            connection.execute(
                update(schema.document).where(schema.document.c.id == document_id).values(size=size, mtime_ns=mtime_ns)
            )

    def remember(self, containers: Sequence[KnownFile]) -> None:
        """Remember files with documents in them as they were. Not a change: `seq` stays.

        As they are, to be called after what is in them was stored; before it, as ones to be looked at again.
        """
        with self._database.write() as connection:
            for known in containers:
                connection.execute(delete(schema.container).where(schema.container.c.source == known.source))
                connection.execute(
                    insert(schema.container).values(
                        source=known.source,
                        sha256=known.sha256,
                        size=known.size,
                        mtime_ns=known.mtime_ns,
                        chunking=known.chunking,
                    )
                )

    def forget(self, sources: Sequence[str]) -> None:
        """Drop what is remembered of files with documents in them, and the failures in them; the documents stay."""
        source = schema.outcome.c.source
        with self._database.write() as connection:
            for container in sources:
                connection.execute(delete(schema.container).where(schema.container.c.source == container))
                prefix = inside(container)
                connection.execute(delete(schema.outcome).where(func.substr(source, 1, len(prefix)) == prefix))

    def doubt(self, sources: Sequence[str]) -> None:
        """Have files looked at again at the next `add`, where documents are in them: something in them was removed."""
        with self._database.write() as connection:
            for some in _slices(sources):
                connection.execute(
                    update(schema.container)
                    .where(schema.container.c.source.in_(some))
                    .values(sha256="", size=-1, mtime_ns=-1)
                )

    def grant(self, document_id: str, acl: Sequence[str]) -> None:
        """Name who may see a document. Its passages stay: `seq` does too."""
        with self._database.write() as connection:
            connection.execute(
                update(schema.document)
                .where(schema.document.c.id == document_id)
                .values(acl=json.dumps(list(acl), ensure_ascii=False))
            )

    def label(self, languages: Mapping[str, str]) -> None:
        """Name the language of documents, by id, that name none. Their passages stay: `seq` does too."""
        table = schema.document.c
        labelled = func.json_set(table.metadata, "$.lang", bindparam("code"))
        unlabelled = schema.language().is_(None)
        with self._database.write() as connection:
            connection.execute(
                update(schema.document).where(table.id == bindparam("which"), unlabelled).values(metadata=labelled),
                [{"which": identity, "code": code} for identity, code in languages.items()],
            )

    def move(self, moved: Sequence[tuple[str, NewDocument]]) -> int:
        """Give stored documents, by id, the sources, titles and metadata that they have now, in one transaction.

        Texts and passages stay as they are, so nothing that derives from them changes. Returns the new `seq`.

        Raises:
            EncodingError: as `put`.
        """
        for _, document in moved:
            validate(document, None)
        with self._database.write() as connection:
            seq = next_seq(connection)
            relabelling.move(connection, moved, seq)
            same = relabelling.relabel(connection, [now for _, now in moved])
        self._put_again([now for _, now in moved if now.id not in same])
        return seq

    def described(self, ids: Sequence[str]) -> list[NewDocument]:
        """Documents as they were put, without their passages; those that are there."""
        with self._database.read() as connection:
            found = (reuse.stored_document(connection, identity, passages=False) for identity in ids)
            return [document for document in found if document is not None]

    def relabel(self, documents: Sequence[NewDocument]) -> None:
        """Give stored documents the title and the metadata that they have here. Not a change: `seq` stays.

        Where the language is another one, words are other terms: such a document is put again, its vectors as they are.

        Raises:
            EncodingError: as `put`.
        """
        for document in documents:
            validate(document, None)
        with self._database.write() as connection:
            same = relabelling.relabel(connection, documents)
        self._put_again([document for document in documents if document.id not in same])

    def _put_again(self, documents: Sequence[NewDocument]) -> None:
        """Put what is stored of documents with their new titles and metadata: passages get new ids, no new vectors."""
        for document in documents:
            with self._database.read() as connection:
                stored = reuse.stored_document(connection, document.id)
            if stored is not None:
                said = {name: getattr(document, name) for name in ("title", "metadata", "own", "given")}
                self.put([replace(stored, **said)])

    def vectors_of(self, sha256: str, chunking: str) -> list[NewPassage] | None:
        """The passages of a document with the same content and chunking, vectors included; None where there is none."""
        with self._database.read() as connection:
            return reuse.passages_of_content(connection, sha256, chunking)

    def vectors_by_text(self, document_id: str) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """The text and the vector of each passage of a document; none where there is no such document."""
        with self._database.read() as connection:
            yield from reuse.vectors_by_text(connection, document_id)

    def publish(self, *, force: bool = False) -> None:
        """Write snapshots of the derivatives that have fallen behind the truth, then collect old ones.

        A vector index that takes long to build is written by `Index.refine`; until then an exact one stands in for it.
        """
        if self.space is None:
            return
        with self._database.read() as connection:
            behind = [kind for kind in SUFFIXES if force or self._behind(connection, kind)]
            staged = [stage_lexical(self._snapshots, connection)] if "lexical" in behind else []
        if "vectors" in behind:
            staged.append(stage_vectors(self._snapshots, self._database, self.space, FLAT))
        for snapshot in staged:
            self._snapshots.publish(snapshot)
        if staged or self._snapshots.orphans():
            self.collect()

    def adopt(self, staged: Staged) -> bool:
        """Point to a snapshot that was built without the lock, unless it has been overtaken meanwhile."""
        with self._database.read() as connection:
            floor = connection.execute(select(schema.state.c.floor)).scalar_one()
            newest = self._snapshots.newest(connection, staged.kind)
        # Before the floor tombstones are gone, and without them it would bring the dead back.
        overtaken = staged.seq < floor or (newest is not None and newest.seq > staged.seq)
        if not overtaken:
            self._snapshots.publish(staged)
        return not overtaken

    def collect(self) -> None:
        """Drop old generations, files that nothing points to, and tombstones that every kept snapshot has seen.

        A reader that is older than the tombstones starts afresh.
        """
        self._snapshots.collect()
        with self._database.write() as connection:
            floor = connection.execute(select(func.min(schema.snapshot.c.seq))).scalar_one() or 0
            connection.execute(delete(schema.tombstone).where(schema.tombstone.c.seq <= floor))
            connection.execute(update(schema.state).values(floor=floor))

    def _behind(self, connection: Connection, kind: Kind) -> bool:
        newest = self._snapshots.newest(connection, kind)
        if newest is None or not self._snapshots.intact(newest):
            return True
        if kind == "vectors":
            count = connection.execute(select(func.count()).select_from(schema.vector)).scalar_one()
            wanted = kind_for(self._vector_index, count)
            if newest.factory not in {FLAT, wanted}:
                return True
            if newest.factory == wanted != FLAT:
                return False  # `Index.refine` keeps it fresh
        return stale(connection, newest)


def bury(connection: Connection, ids: Sequence[str], seq: int) -> None:
    """Delete documents and leave a tombstone for each of their passages."""
    for some in _slices(ids):
        keys = connection.scalars(select(schema.document.c.key).where(schema.document.c.id.in_(some))).all()
        dead = connection.scalars(select(schema.passage.c.id).where(schema.passage.c.document.in_(keys))).all()
        if dead:
            connection.execute(insert(schema.tombstone), [{"passage": passage, "seq": seq} for passage in dead])
        connection.execute(delete(schema.document).where(schema.document.c.key.in_(keys)))


def stale(connection: Connection, snapshot: Published) -> bool:
    """Whether enough has changed since a snapshot for it to be written again."""
    passage, tombstone = schema.passage.c, schema.tombstone.c
    new = connection.execute(select(func.count()).where(passage.id > snapshot.last_passage)).scalar_one()
    dead = connection.execute(select(func.count()).where(tombstone.seq > snapshot.seq)).scalar_one()
    return bool(new + dead >= max(_FEW_CHANGES, snapshot.ntotal // 10))


def next_seq(connection: Connection) -> int:
    """Count a change; returns its number."""
    connection.execute(update(schema.state).values(seq=schema.state.c.seq + 1))
    return int(connection.execute(select(schema.state.c.seq)).scalar_one())


def _slices(items: Sequence[str]) -> Iterable[Sequence[str]]:
    """Slices short enough for SQLite's limit on bound parameters."""
    return (items[i : i + _PARAMETERS] for i in range(0, len(items), _PARAMETERS))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
