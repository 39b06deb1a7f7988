"""A view: one read transaction, with both derivatives at exactly its `seq`.

Everything that a view returns belongs to one committed state, so an id that is gone cannot be cited. The derivatives
are brought up to it when they are first asked for: listing documents loads no vectors. Where documents name who may
see them, a view can be of some only; everything that it returns is then of those.
"""

from __future__ import annotations

import hashlib
import json
import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import exists, func, or_, select

from ragsys.errors import NotFoundError
from ragsys.indexes import schema
from ragsys.indexes.analyzer import VERSION, stemming_of, terms
from ragsys.indexes.inventory import inventory
from ragsys.indexes.records import Counts, KnownFile, StoredPassage
from ragsys.indexes.store import read_space
from ragsys.members import inside
from ragsys.types import Document, DocumentRef, Failure, Place, SourceText, Status, VectorsStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement, Connection

    from ragsys.indexes.derived import Derived
    from ragsys.indexes.inventory import Item
    from ragsys.types import Space

__all__ = ["View"]

_PARAMETERS = 500


class View:
    """What a search sees. Make one with `Index.read()`; it is valid inside that block only."""

    def __init__(
        self, connection: Connection, derived: Derived, folder: Path, only: ColumnElement[bool] | None = None
    ) -> None:
        self._connection = connection
        self._behind = derived
        self._folder = folder
        self.space: Space | None = read_space(connection)
        self._only = only if only is not None and self._restricted() else None
        self.seq: int = connection.execute(select(schema.state.c.seq)).scalar_one()

    @cached_property
    def _derived(self) -> Derived:
        """Both derivatives, at this view's `seq`."""
        self._behind.catch_up(self._connection, self.space)
        return self._behind

    def dense(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids and inner products of the `k` nearest passages to `query` (dim,), best first."""
        if self._derived.vectors is None:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        return self._derived.vectors.search(query, k, self._permitted(allowed))

    def dense_scores(self, query: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Exact inner products of `query` with live passages."""
        if self._derived.vectors is None or not len(ids):
            return np.empty(0, np.float32)
        return self._derived.vectors.scores(query, ids)

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of live passages, shape (n, dim), in their order."""
        if self._derived.vectors is None:
            return np.empty((0, 0), np.float32)
        return self._derived.vectors.vectors(ids)

    def dense_sample(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Inner products of `query` with up to a thousand passages spread over the index: what is usual for it."""
        if self._derived.vectors is None:
            return np.empty(0, np.float32)
        return self._derived.vectors.sample(query)

    def terms(self, query: str) -> list[str]:
        """The terms of a query, stemmed by each language that there is a document of."""
        return terms(query, stemming_of(self.all_languages()))

    def all_languages(self) -> Mapping[str, int]:
        """How many documents there are of each language, whether this view may see them or not; kept between searches.

        For what has to treat an index alike for everybody: how words are stemmed, and how a query is searched with.
        """
        return self._derived.languages(self._connection, self.seq)

    def lexical(
        self, terms: Sequence[str], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids and BM25 scores of the `k` best passages, best first."""
        return self._derived.lexical.search(terms, k, self._permitted(allowed))

    def lexical_scores(self, terms: Sequence[str], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """BM25 scores of the given passages; 0 where they hold no term."""
        return self._derived.lexical.scores(terms, ids)

    def lexical_contributions(
        self, terms: Sequence[str], ids: NDArray[np.int64]
    ) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """The distinct terms that occur, and what each adds to the BM25 score of each passage, (terms, ids)."""
        return self._derived.lexical.contributions(terms, ids)

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """The inverse document frequency of each term, as BM25 has it."""
        distinct = sorted(set(terms))
        count, frequencies = self.lexical_statistics(distinct)
        return {
            term: math.log1p((count - frequency + 0.5) / (frequency + 0.5))
            for term, frequency in zip(distinct, frequencies, strict=True)
        }

    def lexical_statistics(self, terms: Sequence[str]) -> tuple[int, list[int]]:
        """The number of live passages, and how many of them contain each term."""
        return self._derived.lexical.statistics(terms)

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The live passages among `ids`, each with the slice of text that it is."""
        passage, document = schema.passage, schema.document
        columns = (
            passage.c.id,
            passage.c.start,
            passage.c.end,
            passage.c.page,
            passage.c.heading,
            func.substr(document.c.text, passage.c.start + 1, passage.c.end - passage.c.start),
            document.c.id,
            document.c.source,
            document.c.title,
            document.c.sha256,
            document.c.metadata,
            passage.c.place,
        )
        found = {}
        for i in range(0, len(ids), _PARAMETERS):
            statement = select(*columns).join(document, document.c.key == passage.c.document)
            statement = statement.where(*self._also(None))
            for row in self._connection.execute(statement.where(passage.c.id.in_(ids[i : i + _PARAMETERS]))):
                reference = DocumentRef(row[6], row[7], row[8], row[9], json.loads(row[10]))
                found[row[0]] = StoredPassage(*row[:4], tuple(json.loads(row[4])), row[5], reference, row[11])
        return found

    def passages_of(self, document_id: str) -> list[StoredPassage]:
        """The passages of a document, in its order."""
        ids = self.select(schema.document.c.id == document_id).tolist()
        found = self.passages(ids)
        return [found[number] for number in ids]

    def around(self, passage_id: int, neighbours: int) -> tuple[int, int]:
        """Where in its document a passage lies, with so many neighbours on either side."""
        here, near = schema.passage.alias(), schema.passage
        apart = near.c.ordinal.between(here.c.ordinal - neighbours, here.c.ordinal + neighbours)
        statement = select(func.min(near.c.start), func.max(near.c.end)).join(
            here, (here.c.document == near.c.document) & apart
        )
        start, end = self._connection.execute(statement.where(here.c.id == passage_id)).one()
        return start, end

    def select(self, where: ColumnElement[bool] | None) -> NDArray[np.int64]:
        """The live passages of the documents that match, by ascending id."""
        statement = select(schema.passage.c.id).order_by(schema.passage.c.id)
        if conditions := self._also(where):
            statement = statement.join(schema.document, schema.document.c.key == schema.passage.c.document)
            statement = statement.where(*conditions)
        return np.array(self._connection.scalars(statement).all(), dtype=np.int64)

    def documents(self, where: ColumnElement[bool] | None = None) -> list[Document]:
        """The documents that match, by source."""
        statement = _documents().order_by(schema.document.c.source)
        return [_document(row) for row in self._connection.execute(statement.where(*self._also(where)))]

    def document(self, id_or_source: str) -> Document:
        """One document, by id or source. Raises `NotFoundError`."""
        statement = _documents().where(
            or_(schema.document.c.id == id_or_source, schema.document.c.source == id_or_source), *self._also(None)
        )
        row = self._connection.execute(statement).first()
        if row is None:
            raise NotFoundError(f"no document {id_or_source!r} in the index")
        return _document(row)

    def text(self, document_id: str) -> str:
        """The extracted text of a document. Raises `NotFoundError`."""
        table = schema.document.c
        found = self._connection.scalar(select(table.text).where(table.id == document_id, *self._also(None)))
        if found is None:
            raise NotFoundError(f"no document {document_id!r} in the index")
        return str(found)

    def source_text(self, document_id: str) -> SourceText:
        """The extracted text of a document with its pages and places. Raises `NotFoundError`."""
        table = schema.document.c
        statement = select(table.text, table.page_starts, table.places).where(
            table.id == document_id, *self._also(None)
        )
        row = self._connection.execute(statement).first()
        if row is None:
            raise NotFoundError(f"no document {document_id!r} in the index")
        places = tuple(Place(*place) for place in json.loads(row[2]))
        return SourceText(row[0], tuple(json.loads(row[1])), places)

    def known(self) -> dict[str, KnownFile]:
        """What is remembered of each file, by document id."""
        table = schema.document.c
        rows = self._connection.execute(
            select(
                table.id,
                table.source,
                table.sha256,
                table.size,
                table.mtime_ns,
                table.chunking,
                table.acl,
                schema.language().is_not(None),
                table.given,
            )
        )
        return {
            row[0]: KnownFile(
                source=row[1],
                sha256=row[2],
                size=row[3],
                mtime_ns=row[4],
                chunking=row[5],
                acl=None if row[6] is None else tuple(json.loads(row[6])),
                labelled=row[7],
                given=row[8],
            )
            for row in rows
        }

    def containers(self) -> dict[str, KnownFile]:
        """What is remembered of each file with documents in it, by its source."""
        table = schema.container.c
        rows = self._connection.execute(
            select(table.source, table.sha256, table.size, table.mtime_ns, table.chunking).order_by(table.source)
        )
        return {row[0]: KnownFile(*row) for row in rows}

    def members(self, container: str) -> list[Document]:
        """The documents in a file, by source; none where none was ever found in it."""
        if self._connection.scalar(select(exists().where(schema.container.c.source == container))):
            prefix = inside(container)
            return self.documents(func.substr(schema.document.c.source, 1, len(prefix)) == prefix)
        return []

    def _restricted(self) -> bool:
        """Whether any document names who may see it."""
        return bool(self._connection.scalar(select(exists().where(schema.document.c.acl.is_not(None)))))

    def _also(self, where: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
        """The conditions on documents that a caller's own condition comes to."""
        return [condition for condition in (self._only, where) if condition is not None]

    def _permitted(self, allowed: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
        """Those of `allowed` that this view may see; None where that is all of them."""
        if self._only is None:
            return allowed
        seen = self.select(None)
        return seen if allowed is None else np.intersect1d(seen, allowed, assume_unique=True)

    def failures(self) -> list[Failure]:
        """The files that failed and have not succeeded since, by source; a view of some documents is told of none."""
        if self._only is not None:
            return []
        table = schema.outcome.c
        rows = self._connection.execute(select(table.source, table.code, table.message).order_by(table.source))
        return [Failure(*row) for row in rows]

    def counts(self, where: ColumnElement[bool] | None = None) -> Counts:
        """How many documents match, and how many passages this view has in all."""
        statement = select(func.count()).select_from(schema.document)
        documents = self._connection.execute(statement.where(*self._also(where))).scalar_one()
        passages = select(func.count()).select_from(schema.passage)
        if hidden := self._also(None):
            passages = passages.join(schema.document, schema.document.c.key == schema.passage.c.document).where(*hidden)
        return Counts(documents, self._connection.execute(passages).scalar_one())

    def speed(self) -> float | None:
        """Passages embedded a second, as last measured here."""
        return self._connection.scalar(select(schema.space.c.speed))

    def _conversations(self) -> int:
        """How many conversations are kept; a view of some documents is told of none."""
        if self._only is not None:
            return 0
        return self._connection.execute(select(func.count()).select_from(schema.session)).scalar_one()

    def erasing(self) -> bool:
        """Whether something that was forgotten may still lie in a file."""
        return bool(self._connection.scalar(select(schema.state.c.erasing)))

    def inventory(self) -> Iterator[Item]:
        """Every document with what it holds, counted; by source."""
        return inventory(self._connection, *self._also(None))

    def languages(self) -> dict[str, int]:
        """How many documents there are of each language, the most first; those without one are left out."""
        statement = select(schema.language(), func.count()).where(schema.language().is_not(None), *self._also(None))
        rows = self._connection.execute(statement.group_by(schema.language())).all()
        return {str(code): n for code, n in sorted(rows, key=lambda row: (-row[1], str(row[0])))}

    def digest(self) -> str:
        """SHA-256 over the space and every document's id and content hash: equal digests, equal content."""
        table = schema.document.c
        total = hashlib.sha256((self.space.digest if self.space else "").encode())
        for identity, content, chunking in self._connection.execute(
            select(table.id, table.sha256, table.chunking).where(*self._also(None)).order_by(table.id)
        ):
            total.update(f"\n{identity} {content} {chunking}".encode())
        return total.hexdigest()

    def status(self) -> Status:
        """What the index holds and how it is searched."""
        counts = self.counts()
        vectors = self._derived.vectors
        return Status(
            path=str(self._folder),
            documents=counts.documents,
            passages=counts.passages,
            seq=self.seq,
            space=self.space,
            lexical={
                "kind": "bm25",
                "passages": counts.passages if self._only is not None else len(self._derived.lexical),
                "analyzer": VERSION,
                "generation": self._derived.generation["lexical"] or 0,
            },
            vectors=VectorsStatus(
                kind=vectors.kind if vectors else "none",
                ntotal=counts.passages if self._only is not None else len(vectors or ()),
                generation=self._derived.generation["vectors"],
                recall=vectors.recall if vectors else None,
            ),
            failed=tuple(self.failures()),
            bytes=sum(path.stat().st_size for path in self._folder.iterdir() if path.is_file()),
            languages=self.languages(),
            conversations=self._conversations(),
            erasing=self.erasing(),
        )


def _documents() -> Any:  # SQLAlchemy types a Select by its columns, of which there are ten
    table, passage = schema.document.c, schema.passage.c
    passages = select(func.count()).where(passage.document == table.key).scalar_subquery()
    return select(
        table.id,
        table.source,
        table.title,
        table.sha256,
        table.metadata,
        table.size,
        func.length(table.text),
        table.page_starts,
        passages,
        table.added_at,
    )


def _document(row: Any) -> Document:
    pages = len(json.loads(row[7]))
    return Document(
        id=row[0],
        source=row[1],
        title=row[2],
        sha256=row[3],
        metadata=json.loads(row[4]),
        size=row[5],
        characters=row[6],
        pages=pages or None,
        passages=row[8],
        added_at=row[9],
    )
