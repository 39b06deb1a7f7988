"""Where sentences end, in English and Chinese: spans that tile a text. Knows nothing of models or documents."""

from __future__ import annotations

import re

__all__ = ["sentence_spans"]

# A sentence ends after Chinese end marks (with closing quotes), after Latin end marks before white space and something
# that can start a sentence, and at a blank line.
_END = re.compile(
    r"[。！？…]+[”’」』）》\"']*\s*"
    r"|[.!?]+[\"'”’)\]]*(?=\s)\s+"
    r"|\n[ \t]*\n\s*"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|[Dd]r|[Mm]rs?|[Mm]s|[Pp]rof|[Ss]t|vs|etc|e\.g|i\.e|cf|al|[Nn]o|[Ff]igs?|[Ee]qs?|[Ss]ec|[Vv]ol|"
    r"pp?|[Ii]nc|[Ll]td|[Cc]o|[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Aa]ug|[Ss]ept?|[Oo]ct|[Nn]ov|[Dd]ec|approx|U\.S)\.$"
)
_LOOK_BACK = 12


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the sentences of `text`; together they cover it, trailing space with the sentence before."""
    spans = []
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        mark = match.group().rstrip()
        if mark.endswith(".") and _ABBREVIATION.search(text, max(0, match.start() - _LOOK_BACK), match.start() + 1):
            continue
        if mark.endswith(".") and end < len(text) and text[end].islower():
            continue
        spans.append((start, end))
        start = end
    if start < len(text):
        spans.append((start, len(text)))
    return spans
