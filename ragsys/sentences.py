"""Where sentences end, in English and Chinese: spans that tile a text. Knows nothing of models or documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["iter_sentence_spans", "sentence_spans"]

_HAN = r"\u3005\u3007\u3400-\u9fff\uf900-\ufaff"
_CLOSING = r"”’」』）》】\"'"
_OPENING = r"“\u2018「『（《【"
# A sentence ends after Chinese end marks (with what closes behind them), after Latin end marks before white space and
# something that can start a sentence, at a blank line, after Latin end marks that stand between Chinese characters, and
# before a line that begins as an item of a list in a Chinese text. A run of Latin marks is tried from its first one
# only, and no part of a match is tried twice: a line of a million dots takes a moment, not a day.
_END = re.compile(
    rf"[。！？…｡][。！？…｡!?]*+[{_CLOSING}]*+\s*+"
    r"|(?<![.!?])[.!?]++[\"'”’)\]]*+\s++"
    r"|\n[ \t]*+\n\s*+"
    rf"|(?<=[{_HAN}”」』）》])[.\uff0e!?]++[{_CLOSING}]*+(?:(?=[{_HAN}{_OPENING}])|(?<=[!?])(?=[0-9A-Za-z]))"
    r"|\n[ \t]*+(?=[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十\d]{1,3}）|[\u2460-\u2473])"
    rf"|(?<=[{_HAN}：；，、）】\d])\n[ \t]*+(?=(?:\d{{1,3}}[.\uff0e、]|[-*•·])[ \t]*+[{_HAN}])"
)
_ABBREVIATION = re.compile(
    rf"(?:(?:^|[\s(])[A-Z]|(?:^|[\s({_HAN}])(?:[Dd]r|[Mm]rs?|[Mm]s|[Pp]rof|[Ss]t|vs|etc|e\.g|i\.e|cf|al|[Nn]o|[Ff]igs?|[Ee]qs?|[Ss]ec|[Vv]ol|"
    r"pp?|[Ii]nc|[Ll]td|[Cc]o|[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Aa]ug|[Ss]ept?|[Oo]ct|[Nn]ov|[Dd]ec|approx|U\.S))\.$"
)
_LOOK_BACK = 12
# After what closes a quotation, and after an ellipsis: the sentence around it goes on.
_GOES_ON = re.compile(r"\s*[，、；：,;:的]")
_HESITATES = re.compile(r"[都也等的地得了着过吗呢吧却而就才又还和与或，、；：,;:]")
_NUMBER = re.compile(rf"\d{{1,3}}\.[ \t]++(?=[{_HAN}])")
# A title's marks are its own, and so are those of a remark inside a sentence; brackets further away are none of these.
_TITLE, _REMARK = "《》", "（）"
_WITHIN, _QUOTED = 60, 400


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the sentences of `text`; together they cover it, trailing space with the sentence before."""
    return list(iter_sentence_spans(text, 0, len(text)))


def iter_sentence_spans(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The sentences of `text[start:stop]`, one after the other, as spans of `text`."""
    for match in _END.finditer(text, start, stop):
        mark = match.group().rstrip()
        end = _end(text, start, match, mark)
        if end <= start or (mark.endswith(".") and _stops_nothing(text, start, stop, match)):
            continue
        if mark and not mark.isascii() and _goes_on(text, start, stop, match.start(), end):
            continue
        yield start, end
        start = end
    if start < stop:
        yield start, stop


def _end(text: str, start: int, match: re.Match[str], mark: str) -> int:
    """Where the sentence ends: before a straight quotation mark that opens the next one."""
    at = match.start() + mark.find('"')
    if '"' in mark and text.count('"', max(start, at - _QUOTED), at) % 2 == 0 and not mark.isascii():
        return at
    return match.end()


def _stops_nothing(text: str, start: int, stop: int, match: re.Match[str]) -> bool:
    """Whether a full stop belongs to an abbreviation or to the number of an item, or what follows is no beginning."""
    at, end = match.start(), match.end()
    if _ABBREVIATION.search(text, max(0, at - _LOOK_BACK), at + 1):
        return True
    if end < stop and text[end].islower():
        return True
    number = _NUMBER.match(text, start, stop)
    return number is not None and number.end() == end


def _goes_on(text: str, start: int, stop: int, at: int, end: int) -> bool:
    """Whether a Chinese sentence goes on behind a mark inside it."""
    marks = text[at:end].rstrip()
    if "\n" in text[at:end]:
        return False
    if marks[-1] in _CLOSING and _GOES_ON.match(text, end, stop):
        return True
    if marks[-1] == "…" and end < stop and (_HESITATES.match(text, end) or (at > start and text[at - 1] == text[end])):
        return True
    return _is_inside(_TITLE, text, start, stop, at) or _is_inside(_REMARK, text, start + 1, stop, at)


def _is_inside(brackets: str, text: str, start: int, stop: int, at: int) -> bool:
    """Whether a place is between a bracket that opens at `start` or behind it and the one that closes it."""
    begun = text.rfind(brackets[0], max(start, at - _WITHIN), at)
    return (
        begun >= 0
        and begun < text.find(brackets[1], begun, min(stop, at + _WITHIN))
        and text.find(brackets[1], begun, at) < 0
    )
