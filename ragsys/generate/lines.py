"""The lines of a summary: sentences, each with the span that it rests on, and how they become one cited text.

Does not know who wrote them, the document or a generator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragsys.generate.citations import DOUBT, Cited
from ragsys.generate.evidence import content_terms
from ragsys.generate.extractive import choose
from ragsys.generate.inert import inert
from ragsys.generate.prose import count_words
from ragsys.types import Citation, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ragsys.generate.citations import Unsupported
    from ragsys.generate.extractive import Candidate
    from ragsys.types import SourceText

__all__ = ["Line", "compose_lines", "count_lines", "quoted", "within"]

_BREAK = re.compile(
    r"(?<=[\u3000-\u303f\u3040-\u30ff\u3400-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a summary. `support` in [0, 1] is how much of it `source` carries; 0 where nothing does.

    An unsupported line keeps as `source` a sentence of the passage that it was written from, which it does not cite.
    """

    text: str
    source: Candidate
    support: float

    @property
    def supported(self) -> bool:
        """Whether it cites its source."""
        return self.support > 0


def quoted(candidate: Candidate) -> Line:
    """A sentence of a document as a line: on one line, `inert`, and otherwise as it is."""
    # A line of Chinese is broken without a space.
    return Line(inert(" ".join(_BREAK.sub("", candidate.text).split())), candidate, 1.0)


def count_lines(lines: Iterable[Line]) -> int:
    """The words of all lines; markers are none."""
    return sum(count_words(line.text) for line in lines)


def within(lines: Sequence[Line], words: int) -> list[Line]:
    """The lines that make up at most `words` words, chosen and ordered by their sources as an extract is."""
    if count_lines(lines) <= words:
        return list(lines)
    stand_ins = [
        replace(
            line.source,
            start=line.source.start,
            text=line.text,
            words=count_words(line.text),
            terms=content_terms(line.text),
            score=line.source.score if line.supported else line.source.score - 1,
        )
        for line in lines
    ]
    by_stand_in = {id(stand_in): line for stand_in, line in zip(stand_ins, lines, strict=True)}
    return [by_stand_in[id(chosen)] for chosen in choose(stand_ins, words)]


def compose_lines(
    lines: Sequence[Line], source_of: Callable[[str], SourceText], unsupported: Unsupported = "drop"
) -> Cited:
    """One text with a marker after each sentence that a verified span supports; `unsupported` as in `cite`.

    What is emitted is `inert`, as in `cite`. Rows of tables stand on lines of their own.
    """
    markers: dict[tuple[str, int, int], int] = {}
    pieces: list[str] = []
    citations, sentences = [], []
    length = 0
    for line in lines:
        source, body = line.source, inert(line.text)
        verified = line.supported and source_of(source.document.id).text[source.start : source.end] == source.text
        marker = ""
        if verified:
            number = markers.setdefault((source.document.id, source.start, source.end), len(markers) + 1)
            marker = f" [{number}]"
            citations.append(
                Citation(
                    marker=number,
                    answer_start=length,
                    answer_end=length + len(body),
                    quote=source.text,
                    start=source.start,
                    end=source.end,
                    page=source.page,
                    place=source.place,
                    document=source.document,
                    support=round(line.support, 3),
                )
            )
        elif unsupported == "drop":
            continue
        elif unsupported == "mark":
            marker = f" {DOUBT}"
        sentences.append(Sentence(length, length + len(body), supported=verified))
        row = body.startswith("|")
        if row and pieces:
            pieces[-1] = f"{pieces[-1][:-1]}\n"
        pieces.append(f"{body}{marker}" + ("\n" if row else " "))
        length += len(pieces[-1])
    return Cited("".join(pieces).rstrip(), tuple(citations), tuple(sentences))
