"""Where sentences end, in English and Chinese: spans that tile a text. Knows nothing of models or documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["iter_sentence_spans", "sentence_spans"]

# A sentence ends after Chinese end marks (with closing quotes), after Latin end marks before white space and something
# that can start a sentence, and at a blank line. A run of Latin marks is tried from its first one only, and no part of
# a match is tried twice: a line of a million dots takes a moment, not a day.
_END = re.compile(
    r"[。！？…]++[”’」』）》\"']*+\s*+"
    r"|(?<![.!?])[.!?]++[\"'”’)\]]*+\s++"
    r"|\n[ \t]*+\n\s*+"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|[Dd]r|[Mm]rs?|[Mm]s|[Pp]rof|[Ss]t|vs|etc|e\.g|i\.e|cf|al|[Nn]o|[Ff]igs?|[Ee]qs?|[Ss]ec|[Vv]ol|"
    r"pp?|[Ii]nc|[Ll]td|[Cc]o|[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Aa]ug|[Ss]ept?|[Oo]ct|[Nn]ov|[Dd]ec|approx|U\.S)\.$"
)
_LOOK_BACK = 12


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the sentences of `text`; together they cover it, trailing space with the sentence before."""
    return list(iter_sentence_spans(text, 0, len(text)))


def iter_sentence_spans(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The sentences of `text[start:stop]`, one after the other, as spans of `text`."""
    for match in _END.finditer(text, start, stop):
        end = match.end()
        mark = match.group().rstrip()
        if mark.endswith(".") and _ABBREVIATION.search(text, max(0, match.start() - _LOOK_BACK), match.start() + 1):
            continue
        if mark.endswith(".") and end < stop and text[end].islower():
            continue
        yield start, end
        start = end
    if start < stop:
        yield start, stop
