"""The index, the models and the settings of one engine, and who is looking: what every task works with.

Models are loaded when they are first needed, so listing documents never loads one, and a search never loads the
generator.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from ragsys.errors import ConfigError, FilterError, SpaceMismatchError
from ragsys.tasks.loaded import Loaded, Models

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement

    from ragsys.config import Settings
    from ragsys.generate.meaning import Meaning
    from ragsys.indexes import Index, View
    from ragsys.notices import Notice
    from ragsys.protocols import Embedder, Entailment, Generator, Reranker
    from ragsys.retrieve import Retriever, Selection
    from ragsys.types import SearchResult

__all__ = ["Workspace", "compile_where", "named"]


class Workspace:
    """One index and its models, seen by `principals` (None where nobody in particular is looking)."""

    def __init__(
        self,
        index: Index,
        settings: Settings,
        *,
        models: Models | None = None,
        principals: Iterable[str] | None = None,
    ) -> None:
        self.index = index
        self.settings = settings
        self._models = models or Models(settings, Loaded())
        self._principals = None if principals is None else named(principals)

    @property
    def principals(self) -> tuple[str, ...] | None:
        """Who is looking; None where nobody in particular is."""
        return self._principals

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded when it is first asked for."""
        return self._models.embedder

    @property
    def meaning(self) -> Meaning:
        """How near texts are in meaning to this embedder, which remembers what it has embedded."""
        return self._models.meaning

    @property
    def entailment(self) -> Entailment | None:
        """The entailment model, loaded when it is first asked for; None where none is configured."""
        return self._models.entailment

    @property
    def reranker(self) -> Reranker | None:
        """The cross-encoder, loaded when it is first asked for; None where none is configured."""
        return self._models.reranker

    def variant(self, settings: Settings) -> Workspace:
        """The same index, models and principals with other settings."""
        return Workspace(self.index, settings, models=self._models.under(settings), principals=self._principals)

    def over(self, index: Index) -> Workspace:
        """The same models, settings and principals over the same index, opened once more: for another thread."""
        return Workspace(index, self.settings, models=self._models, principals=self._principals)

    def retriever(self) -> Retriever:
        """A retriever on these models."""
        from ragsys.retrieve import Retriever

        return Retriever(
            self.embedder,
            self.reranker,
            rerank_depth=self.settings.rerank_depth,
            lexical_weight=self.settings.lexical_weight,
        )

    @property
    def selection(self) -> Selection:
        """What the settings want of hits beyond their scores. Raises `ConfigError`."""
        from ragsys.retrieve import Selection

        if self.settings.diversity > 1:
            raise ConfigError(f"diversity cannot be {self.settings.diversity}: it is between 0 and 1")
        return Selection(self.settings.per_source, self.settings.diversity, self.settings.context)

    @property
    def generator(self) -> Generator:
        """The generator, loaded when it is first asked for."""
        return self._models.generator

    @property
    def generator_name(self) -> str:
        """The generator's name, without loading it. Raises `AdapterError` where its adapter cannot be used."""
        return self._models.generator_name

    def read(self) -> AbstractContextManager[View]:
        """A read transaction that sees what the principals may see: everything where there are none."""
        if self._principals is None:
            return self.index.read()
        from ragsys.retrieve import visible

        return self.index.read(only=visible(self._principals))

    def answering(self) -> AbstractContextManager[View]:
        """A read transaction that sees what may be answered from, as `view`, and needs no embedder."""
        from ragsys.retrieve import visible

        return self.index.read(only=visible(self._principals or ()))

    @contextmanager
    def view(self) -> Iterator[View]:
        """A read transaction to search in: the vectors are the embedder's, and a stranger is nobody.

        Raises:
            SpaceMismatchError: the index holds vectors of another embedder.
        """
        with self.answering() as view:
            if view.space is not None and view.space.digest != self.embedder.space.digest:
                raise SpaceMismatchError(
                    f"the index holds vectors of {view.space.model}, and the embedder is {self.embedder.space.model}"
                )
            yield view

    def search(
        self, view: View, query: str, *, top_k: int | None, where: str | None, explain: bool = False
    ) -> SearchResult:
        """Search inside a transaction; `top_k` None is the setting's. Raises as `QueryEngine.search`."""
        began = time.perf_counter()
        condition = compile_where(where)
        k = self.settings.top_k if top_k is None else top_k
        selection = self.selection
        result = self.retriever().search(view, query, k, where=condition, explain=explain, selection=selection)
        warnings = self._warnings(query)
        total = time.perf_counter() - began
        return replace(result, timings={**result.timings, "total": total}, warnings=warnings)

    def _warnings(self, query: str) -> tuple[Notice, ...]:
        """What the asker should know of a query: that the embedder does not read its language."""
        from ragsys.models.languages import notice_of_query, reads_everything

        model = self.embedder.space.model
        if reads_everything(model):
            return ()
        from ragsys.language import detect

        notice = notice_of_query(model, detect(query).code)
        return () if notice is None else (notice,)


def named(names: Iterable[str]) -> tuple[str, ...]:
    """Principals that are well formed. Raises `UsageError` for one that is not."""
    from ragsys.retrieve import check_principals

    return check_principals(names)


def compile_where(where: str | None) -> ColumnElement[bool] | None:
    """A filter expression as SQL, or None where there is none. Raises `FilterError`."""
    if where is None:
        return None
    if not where.strip():
        raise FilterError("the filter is empty")
    from ragsys.retrieve import compile_filter

    return compile_filter(where)
