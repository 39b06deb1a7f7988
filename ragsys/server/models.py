"""The models of a server: each loaded once, however many indexes and threads use it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ragsys.tasks.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ragsys.config import Settings
    from ragsys.generate.meaning import Meaning
    from ragsys.indexes import Index
    from ragsys.protocols import Embedder, Entailment, Generator, Reranker

__all__ = ["Models", "SharedWorkspace"]

# What a model depends on: two indexes with the same settings of these share it.
_MODEL_SETTINGS = ("device", "threads", "models_dir", "offline")
_EMBEDDER = ("embedder", "embed_backend")
_GENERATOR = (
    "generator",
    "generator_model",
    "generator_api",
    "generator_key_env",
    "generator_context",
    "generator_timeout",
    "generator_deadline",
)


class Models:
    """Models by the settings that name them. One that is given takes the place of every configured one of its kind."""

    def __init__(
        self,
        *,
        embedder: Embedder | None = None,
        generator: Generator | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._given = {"embedder": embedder, "generator": generator, "reranker": reranker}
        self._loaded: dict[tuple[object, ...], Any] = {}
        self._lock = threading.RLock()  # what remembers sentences loads its embedder

    def embedder(self, settings: Settings) -> Embedder:
        """The embedder of an index. Raises as `ragsys.models.load_embedder`."""
        from ragsys import models

        found: Embedder = self._get("embedder", _EMBEDDER, settings, lambda: models.load_embedder(settings))
        return found

    def generator(self, settings: Settings) -> Generator:
        """The generator of an index. Raises as `ragsys.generate.load_generator`."""
        from ragsys import generate

        found: Generator = self._get("generator", _GENERATOR, settings, lambda: generate.load_generator(settings))
        return found

    def reranker(self, settings: Settings) -> Reranker | None:
        """The cross-encoder of an index, None where none is configured."""
        if self._given["reranker"] is None and not settings.reranker:
            return None
        from ragsys import retrieve

        found: Reranker = self._get("reranker", ("reranker",), settings, lambda: retrieve.load_reranker(settings))
        return found

    def entailment(self, settings: Settings) -> Entailment | None:
        """The entailment model of an index, None where none is configured."""
        if not settings.entailment:
            return None
        from ragsys.generate.entailment import load_entailment

        found: Entailment = self._get("entailment", ("entailment",), settings, lambda: load_entailment(settings))
        return found

    def meaning(self, settings: Settings) -> Meaning:
        """The vectors of sentences that the embedder of an index has embedded of late."""
        from ragsys.generate.meaning import Meaning

        found: Meaning = self._get("meaning", _EMBEDDER, settings, lambda: Meaning(self.embedder(settings)))
        return found

    def reused(self) -> dict[str, tuple[int, int]]:
        """Of each cache, how much was asked of it and how much it had: texts to embed, and tokens of prompts."""
        every = [*self._loaded.items()]
        texts = [(memory.asked, memory.asked - memory.embedded) for key, memory in every if key[0] == "meaning"]
        caches = [getattr(model, "prefixes", None) for key, model in every if key[0] == "generator"]
        tokens = [(cache.asked, cache.reused) for cache in caches if cache is not None]
        return {"texts": _sums(texts), "tokens": _sums(tokens)}

    def loaded_generator(self, settings: Settings) -> str | None:
        """The name of the generator, where it is loaded."""
        found: Any = self._given["generator"] or self._loaded.get(_key("generator", _GENERATOR, settings))
        return None if found is None else str(found.name)

    def _get(self, kind: str, names: Iterable[str], settings: Settings, load: Callable[[], Any]) -> Any:
        if (given := self._given.get(kind)) is not None:
            return given
        key = _key(kind, names, settings)
        if (found := self._loaded.get(key)) is not None:
            return found
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = load()
            return self._loaded[key]


class SharedWorkspace(Workspace):
    """A workspace on the models of a server; it loads none of its own."""

    def __init__(self, index: Index, settings: Settings, models: Models, principals: Iterable[str] | None) -> None:
        super().__init__(index, settings, principals=principals)
        self._models = models

    @property
    def embedder(self) -> Embedder:
        """The server's embedder."""
        return self._models.embedder(self.settings)

    @property
    def meaning(self) -> Meaning:
        """The server's memory of embedded sentences."""
        return self._models.meaning(self.settings)

    @property
    def generator(self) -> Generator:
        """The server's generator."""
        return self._models.generator(self.settings)

    @property
    def reranker(self) -> Reranker | None:
        """The server's cross-encoder."""
        return self._models.reranker(self.settings)

    @property
    def entailment(self) -> Entailment | None:
        """The server's entailment model."""
        return self._models.entailment(self.settings)

    @property
    def generator_name(self) -> str:
        """The generator's name, without loading it."""
        return self._models.loaded_generator(self.settings) or self.settings.generator


def _sums(pairs: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(asked for asked, _ in pairs), sum(had for _, had in pairs)


def _key(kind: str, names: Iterable[str], settings: Settings) -> tuple[object, ...]:
    return (kind, *(getattr(settings, name) for name in (*names, *_MODEL_SETTINGS)))
