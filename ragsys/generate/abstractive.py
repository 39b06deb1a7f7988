"""A summary in a generator's words, of any length of text: map over passages, reduce until it is short enough.

Every sentence that the generator writes is aligned by `cite` with the sentences that it was given, at every level: what
is reduced again is still checked against the documents, never against an earlier summary. A generator that repeats
itself is stopped. Which documents there are, and what stands in where nothing holds, is for its caller.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ragsys.generate.citations import cite
from ragsys.generate.lines import Line, count_lines, within
from ragsys.generate.prompt import STOP
from ragsys.generate.summary_prompt import build_summary_prompt
from ragsys.sentences import sentence_spans
from ragsys.types import Decoding, Hit, Scores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ragsys.generate.citations import Unsupported
    from ragsys.generate.extractive import Candidate
    from ragsys.generate.summary_prompt import Language
    from ragsys.protocols import Generator
    from ragsys.types import Message, SourceText

__all__ = ["Writer"]

# A passage for the prompt: small models lose the thread of more.
_PASSAGE_TOKENS = 800
_MARGIN = 64
# More than `cite` asks of an answer: a summary's sentence has no question that ties it to its source.
_LEAST_SUPPORT = 0.75
_SPACE = 1
# Each level has to be shorter than the one before; so many are enough for any text.
_LEVELS = 8
_ENDS = '.!?。！？…”"’」』）)'


class Writer:
    """Writes summaries with one generator. `source_of` gives a document's text by its id.

    Attributes:
        written: how many sentences the generator has written.
        supported: how many of them the documents support.
    """

    def __init__(
        self,
        generator: Generator,
        source_of: Callable[[str], SourceText],
        *,
        language: Language,
        focus: str | None,
        decoding: Decoding,
        unsupported: Unsupported,
    ) -> None:
        self.written = self.supported = 0
        self._generator, self._source_of = generator, source_of
        self._language, self._focus = language, focus
        self._decoding, self._unsupported = decoding, unsupported
        frame = sum(generator.count_tokens(m.content) for m in self._prompt([], "00000000"))
        room = generator.context_tokens - decoding.max_new_tokens - frame - _MARGIN
        self._budget = max(1, min(room, _PASSAGE_TOKENS))

    def passages(self, candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
        """Runs of sentences that fit into one prompt each; one that fits into none by itself is left out."""
        run: list[Candidate] = []
        size = 0
        for candidate in candidates:
            tokens = self._generator.count_tokens(candidate.text) + _SPACE
            if tokens > self._budget:
                continue
            if size + tokens > self._budget:
                yield run
                run, size = [], 0
            run.append(candidate)
            size += tokens
        if run:
            yield run

    def write(self, passage: Sequence[Candidate], known: Sequence[Line] = ()) -> list[Line]:
        """What the generator says of one passage, or, with `known`, of lines whose sources the passage are."""
        texts = [line.text for line in known] or [candidate.text for candidate in passage]
        draft = "".join(f"{sentence} " for sentence in self._draft(texts))
        hits = [_as_hit(candidate) for candidate in passage]
        by_place = {(c.document.id, c.start): c for c in passage}
        cited = cite(draft, self._focus or "", hits, self._source_of, unsupported="keep")
        found = {c.answer_start: c for c in cited.citations if c.support >= _LEAST_SUPPORT}
        lines = []
        for sentence in cited.sentences:
            citation = found.get(sentence.start)
            source = by_place.get((citation.document.id, citation.start)) if citation else None
            self.written += 1
            self.supported += source is not None
            if source is None and self._unsupported == "drop":
                continue
            body = cited.text[sentence.start : sentence.end].strip()
            lines.append(Line(body, source or passage[0], citation.support if citation and source else 0.0))
        return _once(lines)

    def reduce(self, lines: Sequence[Line], words: int, report: Callable[[int], None]) -> list[Line]:
        """Lines of at most `words` words: written again from these, and where that gets no shorter, chosen from them.

        `report` is told of each passage that was written.
        """
        current = _once(lines)
        for _ in range(_LEVELS):
            if count_lines(current) <= words:
                break
            written: list[Line] = []
            for number, group in enumerate(self._groups(current)):
                written += self.write(_sources(group), group)
                report(number + 1)
            written = _once(written)
            if not any(line.supported for line in written) or count_lines(written) >= count_lines(current):
                break
            current = written
        return within(current, words)

    def _groups(self, lines: Sequence[Line]) -> Iterator[list[Line]]:
        """Runs of lines that fit into one prompt each; a line alone always does, since one answer holds it."""
        run: list[Line] = []
        size = 0
        for line in lines:
            tokens = self._generator.count_tokens(line.text) + _SPACE
            if run and size + tokens > self._budget:
                yield run
                run, size = [], 0
            run.append(line)
            size += tokens
        if run:
            yield run

    def _prompt(self, texts: Sequence[str], fence: str) -> list[Message]:
        return build_summary_prompt(texts, fence, self._language, self._focus)

    def _draft(self, texts: Sequence[str]) -> Iterator[str]:
        """The generator's sentences up to the first that it has said before; one that it broke off is left out."""
        seed = self._decoding.seed
        # As in composer.py: drawn for each request, and the same where a seed makes the summary repeatable.
        fence = secrets.token_hex(4) if seed is None else f"{seed & 0xFFFFFFFF:08x}"
        stop = (*self._decoding.stop, *STOP, fence)
        decoding = Decoding(
            self._decoding.max_new_tokens,
            self._decoding.temperature,
            self._decoding.top_p,
            self._decoding.top_k,
            seed,
            stop,
        )
        said: set[str] = set()
        held = ""
        pieces = self._generator.stream(self._prompt(texts, fence), decoding)
        for piece in pieces:
            held += piece
            *done, last = sentence_spans(held) or [(0, 0)]
            for start, end in done:
                sentence = held[start:end].strip()
                if sentence in said:
                    return
                said.add(sentence)
                yield sentence
            held = held[last[0] :]
        if held.strip() and held.strip()[-1] in _ENDS and held.strip() not in said:
            yield held.strip()


def _as_hit(candidate: Candidate) -> Hit:
    """A sentence as `cite` wants its evidence."""
    return Hit(
        rank=1,
        score=0.0,
        passage_id=0,
        text=candidate.text,
        start=candidate.start,
        end=candidate.end,
        page=candidate.page,
        place=candidate.place,
        heading=(),
        document=candidate.document,
        scores=Scores(),
    )


def _sources(lines: Sequence[Line]) -> list[Candidate]:
    """The sentences that some lines rest on, each once."""
    return list({line.source.position: line.source for line in lines}.values())


def _once(lines: Sequence[Line]) -> list[Line]:
    """The lines without those whose words were there before."""
    kept: dict[str, Line] = {}
    for line in lines:
        kept.setdefault(line.text, line)
    return list(kept.values())
