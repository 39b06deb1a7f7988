"""The models that engines work with: each loaded when it is first needed, once for all that share it.

Knows neither indexes nor who is looking.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragsys.config import Settings
    from ragsys.generate.meaning import Meaning
    from ragsys.protocols import Embedder, Entailment, Generator, Reranker

__all__ = ["Loaded", "Models"]

# What a model depends on: wherever the settings of these names are the same, it is the same model.
_ALL = ("device", "threads", "models_dir", "offline")
_EMBEDDER = ("embedder", "embed_backend")
_SETTINGS = {
    "embedder": _EMBEDDER,
    "meaning": _EMBEDDER,
    "reranker": ("reranker",),
    "entailment": ("entailment",),
    "generator": (
        "generator",
        "adapter",
        "generator_model",
        "generator_api",
        "generator_key_env",
        "generator_context",
        "generator_timeout",
        "generator_deadline",
    ),
}


class Loaded:
    """Models by the settings that name them, for several threads. A given one takes the place of all of its kind."""

    def __init__(
        self,
        *,
        embedder: Embedder | None = None,
        generator: Generator | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._given = {"embedder": embedder, "generator": generator, "reranker": reranker}
        self._loaded: dict[tuple[object, ...], Any] = {}
        # Held while one is loaded, for which another may be needed; whoever needs one that is here does not wait.
        self._loading = RLock()

    def find(self, kind: str, settings: Settings) -> Any:
        """The model of a kind that the settings name, if it is here."""
        given = self._given.get(kind)
        return self._loaded.get(_key(kind, settings)) if given is None else given

    def get(self, kind: str, settings: Settings, load: Callable[[], Any]) -> Any:
        """The model of a kind that the settings name, by `load` where it is not here."""
        if (found := self.find(kind, settings)) is not None:
            return found
        with self._loading:
            if (found := self.find(kind, settings)) is None:
                found = self._loaded[_key(kind, settings)] = load()
            return found

    def reused(self) -> dict[str, tuple[int, int]]:
        """Of each cache, how much was asked of it and how much it had: texts to embed, and tokens of prompts."""
        every = [*self._loaded.items()]
        texts = [(memory.asked, memory.asked - memory.embedded) for key, memory in every if key[0] == "meaning"]
        caches = [getattr(model, "prefixes", None) for key, model in every if key[0] == "generator"]
        tokens = [(cache.asked, cache.reused) for cache in caches if cache is not None]
        return {"texts": _sums(texts), "tokens": _sums(tokens)}


class Models:
    """The models that some settings name."""

    def __init__(self, settings: Settings, loaded: Loaded) -> None:
        self._settings = settings
        self._loaded = loaded
        self._generator_name: str | None = None

    def under(self, settings: Settings) -> Models:
        """The models that other settings name, those that are the same loaded once."""
        return Models(settings, self._loaded)

    @property
    def embedder(self) -> Embedder:
        """The embedder. Raises as `ragsys.models.load_embedder`."""
        from ragsys import models

        found: Embedder = self._get("embedder", models.load_embedder)
        return found

    @property
    def meaning(self) -> Meaning:
        """How near texts are in meaning to the embedder, which remembers what it has embedded."""
        from ragsys.generate.meaning import Meaning

        found: Meaning = self._get("meaning", lambda _: Meaning(self.embedder))
        return found

    @property
    def generator(self) -> Generator:
        """The generator. Raises as `ragsys.generate.load_generator`."""
        from ragsys import generate

        found: Generator = self._get("generator", generate.load_generator)
        return found

    @property
    def generator_name(self) -> str:
        """The generator's name, without loading it. Raises `AdapterError` where its adapter cannot be used."""
        if (found := self._loaded.find("generator", self._settings)) is not None:
            return str(found.name)
        if self._generator_name is None:
            from ragsys.generate.adapting import name_of_generator

            self._generator_name = name_of_generator(self._settings)
        return self._generator_name

    @property
    def reranker(self) -> Reranker | None:
        """The cross-encoder; None where none is configured."""
        found: Reranker | None = self._loaded.find("reranker", self._settings)
        if found is None and self._settings.reranker:
            from ragsys.retrieve import load_reranker

            found = self._get("reranker", load_reranker)
        return found

    @property
    def entailment(self) -> Entailment | None:
        """The entailment model; None where none is configured."""
        if not self._settings.entailment:
            return None
        from ragsys.generate.entailment import load_entailment

        found: Entailment = self._get("entailment", load_entailment)
        return found

    def _get(self, kind: str, load: Callable[[Settings], Any]) -> Any:
        return self._loaded.get(kind, self._settings, lambda: load(self._settings))


def _key(kind: str, settings: Settings) -> tuple[object, ...]:
    return (kind, *(getattr(settings, name) for name in (*_SETTINGS[kind], *_ALL)))


def _sums(pairs: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(asked for asked, _ in pairs), sum(had for _, had in pairs)
