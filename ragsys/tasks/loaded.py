"""The models that engines work with: each loaded when it is first needed, once for all engines that share it.

Knows neither the index nor who is looking.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.config import Settings
    from ragsys.protocols import Embedder, Entailment, Generator, Reranker

__all__ = ["Models"]


class Models:
    """The models that the settings name, or those that are given in their place. Serves several threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        embedder: Embedder | None = None,
        generator: Generator | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._settings = settings
        self._embedder = embedder
        self._generator = generator
        self._reranker = reranker
        self._entailment: Entailment | None = None
        self._generator_name: str | None = None
        # Held while one is loaded; whoever needs another that is here does not wait.
        self._loading = RLock()

    def under(self, settings: Settings) -> Models:
        """These models under other settings; a generator that is not loaded yet is the one that those name."""
        return Models(settings, embedder=self.embedder, generator=self._generator, reranker=self.reranker)

    @property
    def embedder(self) -> Embedder:
        """The embedder."""
        if self._embedder is None:
            with self._loading:
                if self._embedder is None:
                    from ragsys.models import load_embedder

                    self._embedder = load_embedder(self._settings)
        return self._embedder

    @property
    def generator(self) -> Generator:
        """The generator."""
        if self._generator is None:
            with self._loading:
                if self._generator is None:
                    from ragsys.generate import load_generator

                    self._generator = load_generator(self._settings)
        return self._generator

    @property
    def generator_name(self) -> str:
        """The generator's name, without loading it. Raises `AdapterError` where its adapter cannot be used."""
        if self._generator is not None:
            return self._generator.name
        if self._generator_name is None:
            from ragsys.generate.adapting import name_of_generator

            self._generator_name = name_of_generator(self._settings)
        return self._generator_name

    @property
    def reranker(self) -> Reranker | None:
        """The cross-encoder; None where none is configured."""
        if self._reranker is None and self._settings.reranker:
            with self._loading:
                if self._reranker is None:
                    from ragsys.retrieve import load_reranker

                    self._reranker = load_reranker(self._settings)
        return self._reranker

    @property
    def entailment(self) -> Entailment | None:
        """The entailment model; None where none is configured."""
        if self._entailment is None and self._settings.entailment:
            with self._loading:
                if self._entailment is None:
                    from ragsys.generate.entailment import load_entailment

                    self._entailment = load_entailment(self._settings)
        return self._entailment
