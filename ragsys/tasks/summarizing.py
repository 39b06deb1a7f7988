"""Documents to a summary: read, extract or write, cite. Owns the order, the choice of the mode and what is reported.

Documents are read one after the other, so memory grows with the longest of them and not with the collection.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, cast

from ragsys.errors import ConfigError, NoTextError, UsageError
from ragsys.generate.composer import EXTRACT
from ragsys.generate.evidence import content_terms
from ragsys.generate.extractive import candidates_of, choose, rank_for, shortlist
from ragsys.generate.lines import compose_lines, count_lines, quoted
from ragsys.generate.profile import profile_of
from ragsys.language import base, detect
from ragsys.tasks.summary import Summary, SummaryCoverage, SummaryProfile, SummaryProgress
from ragsys.types import Decoding, ModelNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.config import Settings
    from ragsys.generate.abstractive import Writer
    from ragsys.generate.citations import Unsupported
    from ragsys.generate.extractive import Candidate
    from ragsys.generate.lines import Line
    from ragsys.protocols import Embedder, Generator
    from ragsys.tasks.summary import SummaryMode
    from ragsys.types import DocumentRef, IndexRef, SourceText

    Mode = Literal["auto", "extractive", "abstractive"]

__all__ = ["CHARACTERS", "NOTHING_HELD", "WORDS", "Material", "Models", "Request", "summarize"]

# How long a summary is where nobody says: words, or where each character counts as one, characters.
WORDS = 150
CHARACTERS = 250
_BY_CHARACTER = frozenset({"zh", "ja", "ko"})
NOTHING_HELD = "too little of what the generator wrote is supported by the text: these are the text's own sentences"
_METHOD = "extract/1"
# Where what holds of the generator's is less than this part of what was asked for, an extract says more.
_TOO_LITTLE = 5
# With a question, a generator is given the sentences that are nearest to it: about so many passages of them.
_FOCUSED_WORDS = 1200
_EMBEDDED_TOGETHER = 64
_SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Material:
    """What is summarised: documents in order, how each is read, and the index that they are from, if any."""

    documents: Sequence[DocumentRef]
    read: Callable[[DocumentRef], SourceText]
    index: IndexRef | None = None


@dataclass(frozen=True, slots=True)
class Models:
    """How the models are had when they are needed: an extract without a question needs none."""

    embedder: Callable[[], Embedder]
    generator: Callable[[], Generator]
    generator_name: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted. `words` None is `WORDS` or `CHARACTERS`, `language` None is that of the documents."""

    words: int | None = None
    focus: str | None = None
    mode: Mode = "auto"
    language: str | None = None
    decoding: Decoding | None = None


def summarize(
    material: Material,
    models: Models,
    settings: Settings,
    request: Request,
    *,
    progress: Callable[[SummaryProgress], None] | None = None,
) -> Summary:
    """Summarise the documents of `material` together. Raises as `QueryEngine.summarize`."""
    return _Run(material, models, settings, request, progress or (lambda _: None)).result()


class _Run:
    """One summary in the making."""

    def __init__(
        self,
        material: Material,
        models: Models,
        settings: Settings,
        request: Request,
        report: Callable[[SummaryProgress], None],
    ) -> None:
        self._unsupported = _checked(request, settings)
        if not material.documents:
            raise UsageError("there is no document to summarise", hint="run `ragsys list` to see what is indexed")
        self._material, self._models, self._request, self._report = material, models, request, report
        # A document that was just read is read again for its citations.
        self._read = lru_cache(maxsize=2)(lambda number: material.read(material.documents[number]))
        self._number = {document.id: number for number, document in enumerate(material.documents)}
        self._characters = self._in_sentences = self._sentences = 0
        self._passages: int | None = None
        self._given: int | None = None
        self._writer: Writer | None = None
        self._embedder = "none"
        self._began = time.perf_counter()

    def result(self) -> Summary:
        """Read, extract or write, cite."""
        source_language = base(detect(self._read(0).text[:_SAMPLE]).code)
        language = self._request.language or source_language
        writes = self._writes(foreign=language != source_language)
        words = self._request.words or (CHARACTERS if language in _BY_CHARACTER else WORDS)
        pool = self._pool(words)
        extracted = time.perf_counter()
        decoding = self._request.decoding or Decoding()
        lines = self._written(pool, words, language, decoding) if writes else []
        said = count_lines(line for line in lines if line.supported)
        mode: SummaryMode = "abstractive"
        if said * _TOO_LITTLE < min(words, sum(candidate.words for candidate in pool)):
            mode, lines = "extractive", self._extract(pool, words)
        written = time.perf_counter()
        cited = compose_lines(lines, self._text_of, self._unsupported)
        return Summary(
            text=cited.text,
            mode=mode,
            citations=cited.citations,
            sentences=cited.sentences,
            words=count_lines(lines),
            documents=tuple(self._material.documents),
            coverage=self._coverage(len({citation.document.id for citation in cited.citations})),
            models=ModelNames(self._embedder, self._models.generator_name if mode == "abstractive" else EXTRACT),
            index=self._material.index,
            timings={
                "read": extracted - self._began,
                "write": written - extracted,
                "total": time.perf_counter() - self._began,
            },
            profile=self._profile(words, language, decoding if writes else None),
            reason=NOTHING_HELD if writes and mode == "extractive" else None,
        )

    def _writes(self, *, foreign: bool) -> bool:
        """Whether the generator is asked: where it is better, or where the summary is to be in a `foreign` language."""
        mode = self._request.mode
        if mode == "extractive" and foreign:
            raise UsageError(
                "an extract is in the language of its documents", hint="ask for --abstractive, or leave --lang out"
            )
        by_itself = profile_of(self._models.generator_name).summary == "generate" or foreign
        return mode == "abstractive" or (mode == "auto" and by_itself)

    def _coverage(self, cited: int) -> SummaryCoverage:
        return SummaryCoverage(
            documents=len(self._material.documents),
            cited=cited,
            characters=self._characters,
            in_sentences=self._in_sentences,
            sentences=self._sentences,
            passages=self._passages,
            read=self._given,
            written=self._writer.written if self._writer else None,
            supported=self._writer.supported if self._writer else None,
        )

    def _pool(self, words: int) -> list[Candidate]:
        """The candidates of all documents: the best of each, or with a question those that are nearest to it."""
        pool: list[Candidate] = []
        total = len(self._material.documents)
        for number in range(total):
            self._report(SummaryProgress("reading", number, total))
            found = self._candidates(number)
            self._characters += len(self._read(number).text)
            self._in_sentences += sum(candidate.end - candidate.start for candidate in found)
            self._sentences += len(found)
            pool += self._kept(found, words)
        if not pool:
            raise NoTextError("there is no sentence in it to summarise")
        self._report(SummaryProgress("reading", total, total))
        return rank_for(self._request.focus, pool, self._similarity()) if self._request.focus else pool

    def _kept(self, found: list[Candidate], words: int) -> list[Candidate]:
        """What of one document can matter: the most central sentences.

        With a question all of a single document, and of each of several also those that share a word with it.
        """
        best = shortlist(found, words)
        if self._request.focus is None or len(self._material.documents) == 1:
            return best if self._request.focus is None else found
        asked = content_terms(self._request.focus)
        chosen = {candidate.start for candidate in best}
        return [candidate for candidate in found if candidate.start in chosen or asked & candidate.terms]

    def _candidates(self, number: int) -> list[Candidate]:
        return candidates_of(self._material.documents[number], self._read(number), number)

    def _extract(self, pool: Sequence[Candidate], words: int) -> list[Line]:
        chosen = choose(pool, words, fair=self._request.focus is None)
        if not chosen:
            shortest = min(candidate.words for candidate in pool)
            raise UsageError(
                f"no sentence of it has {words} words or fewer", hint=f"the shortest has {shortest}: ask for more"
            )
        return [quoted(candidate) for candidate in chosen]

    def _written(self, pool: Sequence[Candidate], words: int, language: str, decoding: Decoding) -> list[Line]:
        """The generator's lines: over every passage, or with a question over those made of the nearest sentences."""
        from ragsys.generate.abstractive import Writer

        writer = self._writer = Writer(
            self._models.generator(),
            self._text_of,
            language="zh" if language == "zh" else "en",
            focus=self._request.focus,
            decoding=decoding,
            unsupported=self._unsupported,
        )
        total = self._passages = sum(1 for _ in writer.passages(self._every()))
        chosen: Iterator[Candidate] = self._every()
        if self._request.focus:
            near = choose(pool, _FOCUSED_WORDS, fair=False)
            chosen, total = iter(near), sum(1 for _ in writer.passages(near))
        lines: list[Line] = []
        self._given = 0
        for passage in writer.passages(chosen):
            self._report(SummaryProgress("writing", self._given, total))
            lines += writer.write(passage)
            self._given += 1
        return writer.reduce(lines, words, lambda done: self._report(SummaryProgress("shortening", done, None)))

    def _every(self) -> Iterator[Candidate]:
        for number in range(len(self._material.documents)):
            yield from self._candidates(number)

    def _text_of(self, document_id: str) -> SourceText:
        return self._read(self._number[document_id])

    def _similarity(self) -> Callable[[Sequence[str]], NDArray[np.float32]]:
        """The cosine of texts to the question, by the embedder, to which a text that is too long is its beginning."""
        import numpy as np

        embedder = self._models.embedder()
        self._embedder = embedder.space.model
        vector = embedder.embed_queries([self._request.focus or ""])[0]

        def similarity(texts: Sequence[str]) -> NDArray[np.float32]:
            parts = []
            for start in range(0, len(texts), _EMBEDDED_TOGETHER):
                self._report(SummaryProgress("comparing", start, len(texts)))
                some = [_beginning(text, embedder) for text in texts[start : start + _EMBEDDED_TOGETHER]]
                parts.append(embedder.embed_passages(some) @ vector)
            return np.concatenate(parts)

        return similarity

    def _profile(self, words: int, language: str, decoding: Decoding | None) -> SummaryProfile:
        from ragsys.generate.summary_prompt import summary_prompt_digest

        return SummaryProfile(
            name=_METHOD if decoding is None else f"{profile_of(self._models.generator_name).name}, {_METHOD}",
            mode=self._request.mode,
            words=words,
            focus=self._request.focus,
            language=language,
            unsupported=self._unsupported,
            prompt=None if decoding is None else summary_prompt_digest(),
            decoding=decoding,
        )


def _beginning(text: str, embedder: Embedder) -> str:
    """As much of a text as the embedder reads."""
    while embedder.count_tokens([text])[0] > embedder.max_tokens:
        starts = embedder.token_starts(text)
        text = text[: min(starts[min(embedder.max_tokens, len(starts)) - 1], len(text) - 1)]
    return text


def _checked(request: Request, settings: Settings) -> Unsupported:
    """The setting `unsupported`; refuses a request that cannot be carried out."""
    if settings.unsupported not in {"drop", "mark", "keep"}:
        raise ConfigError(f"unsupported cannot be {settings.unsupported!r}: it is drop, mark or keep")
    if request.mode not in {"auto", "extractive", "abstractive"}:
        raise UsageError(f"mode cannot be {request.mode!r}: it is auto, extractive or abstractive")
    if request.language not in {None, "en", "zh"}:
        raise UsageError(f"language cannot be {request.language!r}: it is en or zh")
    if request.words is not None and request.words < 1:
        raise UsageError("words cannot be less than 1")
    if request.focus is not None and not request.focus.strip():
        raise UsageError("the focus is empty: it is a question")
    return cast("Unsupported", settings.unsupported)
