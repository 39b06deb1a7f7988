"""Evidence to a value of the type that a field asks for, by rules: what stands in the quote, or nothing.

A value is read out of its quote, never out of the draft alone: the draft only says which of several candidates is
meant. Where the quote leaves it open, there is no value, and the reason is given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragsys.generate.dates import dates
from ragsys.generate.evidence import content_terms
from ragsys.generate.numerals import numerals
from ragsys.visible import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.generate.schema import Leaf

__all__ = ["Cast", "Uncast", "cast"]

_LONGEST = 80  # characters that a pattern is tried on
_CLAUSE = re.compile(r"[,;:，；：、。]\s*|\s(?:and|but|while|和|而)\s")
_TOKEN = re.compile(r"[^\s,;:!?()\[\]{}\"'\u201c\u201d\u2018\u2019，。；：！？（）《》、\u3400-\u9fff]+")
_SEPARATOR = re.compile(r"\s*(?:,\s*(?:and|or)\s|,|、|;|；|，|\band\b|\bor\b|\n|以及|和|及|与|或)\s*")
_BEFORE_LIST = re.compile(
    r"(?:\b(?:of|are|is|were|was|with|from|include|includes|including|only)\b|[:：]|包括|分别是|有|是|为)\s*"
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|without|cannot|neither|nor|forbidden|prohibited)\b|n['\u2019]t\b|"
    r"不(?![仅过同断久管])|无(?![论线])|未(?!来)|[没禁勿莫]",
    re.IGNORECASE,
)
_YES = re.compile(r"\s*(?:yes|true|是的?|可以|有|对)(?!\w)", re.IGNORECASE)
_NO = re.compile(r"\s*(?:no|false|不|否|没有)", re.IGNORECASE)
_EDGES = " \t\n.,;:!?。，；：！？、\"'\u201c\u201d\u2018\u2019"
_TIME = re.compile(r"\b(?:when|year)\b|哪一?年|何时|什么时[候间]|年份", re.IGNORECASE)
_COUNT = re.compile(r"\bhow (?:many|much|long|old|far)\b|多少(?!年$)|几(?!年)", re.IGNORECASE)
_YEAR = 4
_SAME_WORDS = 0.5


@dataclass(frozen=True, slots=True)
class Cast:
    """A value, and the span of the quote that it was read from."""

    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Uncast:
    """Why there is no value."""

    reason: str


def cast(leaf: Leaf, asked: str, said: str, quote: str) -> Cast | Uncast:
    """The value of `leaf` in `quote`. `asked` is the question's text, `said` the answer's, which rests on the quote."""
    found = _many(leaf, said, quote) if leaf.many else _one(leaf, asked, said, quote)
    if isinstance(found, Cast) and isinstance(found.value, str | list) and UNSEEN.search(str(found.value)):
        return Uncast("the evidence holds characters that cannot be seen")
    return found


def _one(leaf: Leaf, asked: str, said: str, quote: str) -> Cast | Uncast:
    if leaf.options:
        return _option(leaf, said, quote)
    if leaf.kind == "boolean":
        return _boolean(asked, said, quote)
    if leaf.kind in {"number", "integer"}:
        return _choose(_meant(_numbers(leaf, quote), asked, quote), asked, said, quote, "number")
    if leaf.limits.get("format") == "date":
        found = [Cast(date.value, date.start, date.end) for date in dates(quote) if _fits(leaf, date.value)]
        return _choose(found, asked, said, quote, "date")
    return _string(leaf, asked, said, quote)


def _many(leaf: Leaf, said: str, quote: str) -> Cast | Uncast:
    """The items of a list, each once."""
    if leaf.options:
        items = [Cast(option, *span) for option in leaf.options if (span := _where(str(option), quote)) is not None]
        items.sort(key=lambda item: item.start)
    elif leaf.kind in {"number", "integer"}:
        items = _longest_run(_numbers(leaf, quote), quote)
    elif leaf.limits.get("format") == "date":
        items = [Cast(date.value, date.start, date.end) for date in dates(quote)]
    elif leaf.kind == "boolean":
        return Uncast("a list of booleans cannot be read out of a sentence")
    else:
        items = _strings(leaf, said, quote)
    values = list(dict.fromkeys(item.value for item in items))
    least = max(1, int(leaf.items.get("minItems", 1)))
    if not least <= len(values) <= int(leaf.items.get("maxItems", len(values))):
        return Uncast(f"the evidence holds {len(values)} items of the list")
    return Cast(values, min(item.start for item in items), max(item.end for item in items))


def _choose(found: Sequence[Cast], asked: str, said: str, quote: str, name: str) -> Cast | Uncast:
    """The one candidate that the draft says, that carries the unit asked for, or whose clause is about the question."""
    if not found:
        return Uncast(f"the evidence holds no {name} that fits")
    terms = content_terms(asked)
    known = {number.value for number in numerals(asked)}
    if all(item.value in known for item in found):
        return Uncast(f"the evidence repeats the question's {name} and holds no other")
    narrowings: tuple[Callable[[Cast], float], ...] = (
        lambda item: item.value not in known,
        lambda item: said != quote and quote[item.start : item.end] in said,
        lambda item: bool(terms & content_terms(_following(quote, item.end))) or _counted(asked, quote, item.end),
        lambda item: len(terms & content_terms(_clause(quote, item.start))),
    )
    left = list(found)
    for rate in narrowings:
        if len({item.value for item in left}) == 1:
            return left[0]
        best = max(rate(item) for item in left)
        left = [item for item in left if rate(item) == best]
    if len({item.value for item in left}) == 1:
        return left[0]
    return Uncast(f"the evidence holds several {name}s, and it is open which is meant")


def _numbers(leaf: Leaf, quote: str) -> list[Cast]:
    """The numbers of a quote that are no part of a date, and that the field may have."""
    spans = [(date.start, date.end) for date in dates(quote)]
    return [
        Cast(number.value, number.start, number.end)
        for number in numerals(quote)
        if not any(start <= number.start < end for start, end in spans) and _fits(leaf, number.value)
    ]


def _meant(found: Sequence[Cast], asked: str, quote: str) -> list[Cast]:
    """Of the numbers, years only where a time is asked for, and none where a count is and there are others."""
    years = [item for item in found if _is_year(item, quote)]
    if _COUNT.search(asked):
        return [item for item in found if item not in years] or list(found)
    return years if _TIME.search(asked) else list(found)


def _is_year(item: Cast, quote: str) -> bool:
    text = quote[item.start : item.end]
    return quote.startswith("年", item.end) or (len(text) == _YEAR and text.isdigit() and text[0] in "12")


def _fits(leaf: Leaf, value: str | float) -> bool:
    """Whether a value keeps the field's limits."""
    limits = leaf.limits
    if isinstance(value, str):
        short = limits.get("minLength", 0) <= len(value) <= limits.get("maxLength", len(value))
        pattern = limits.get("pattern")
        return short and (pattern is None or (len(value) <= _LONGEST and re.search(pattern, value) is not None))
    return (
        (leaf.kind != "integer" or isinstance(value, int))
        and limits.get("minimum", value) <= value <= limits.get("maximum", value)
        and ("exclusiveMinimum" not in limits or value > limits["exclusiveMinimum"])
        and ("exclusiveMaximum" not in limits or value < limits["exclusiveMaximum"])
    )


def _string(leaf: Leaf, asked: str, said: str, quote: str) -> Cast | Uncast:
    """The drafted words as they stand in the quote, a token of the pattern, or the whole quote."""
    phrase = _where(said.strip(_EDGES), quote)
    if phrase is not None and _fits(leaf, quote[slice(*phrase)]):
        return Cast(quote[slice(*phrase)], *phrase)
    if "pattern" in leaf.limits:
        tokens = [
            (match.start(), match.start() + len(match.group().rstrip(_EDGES))) for match in _TOKEN.finditer(quote)
        ]
        found = [Cast(quote[start:end], start, end) for start, end in tokens if _fits(leaf, quote[start:end])]
        return _choose(found, asked, said, quote, "text")
    if quote.strip() and _fits(leaf, quote):
        return Cast(quote, 0, len(quote))
    return Uncast("the evidence holds no text that fits")


def _strings(leaf: Leaf, said: str, quote: str) -> list[Cast]:
    """The items of the drafted list as they stand in the quote, or else those of a list in the quote."""
    parts = [part.strip(_EDGES) for part in _SEPARATOR.split(said) if part.strip(_EDGES)]
    spans = [_where(part, quote) for part in parts] if said != quote else []
    found = [Cast(quote[slice(*span)], *span) for span in spans if span is not None]
    if not found or len(found) < len(parts):
        found = _enumeration(quote)
    return [item for item in found if _fits(leaf, item.value)]


def _enumeration(quote: str) -> list[Cast]:
    """The items of a list that a word such as "are" or a colon opens; nothing where it is not clear where it begins."""
    best: list[Cast] = []
    for opening in _BEFORE_LIST.finditer(quote):
        items, at = [], opening.end()
        stop = re.compile(r"[.!?。！？](?:\s|$)").search(quote, at)
        end = stop.start() if stop else len(quote)
        for separator in (*_SEPARATOR.finditer(quote, at, end), None):
            close = separator.start() if separator else end
            text = quote[at:close].strip(_EDGES)
            if text:
                start = quote.index(text, at)
                items.append(Cast(text, start, start + len(text)))
            at = separator.end() if separator else end
        if len(items) >= max(len(best), 2):
            best = items
    return best


def _longest_run(found: Sequence[Cast], quote: str) -> list[Cast]:
    """Of several numbers, the most that stand together with nothing but separators and units between them."""
    runs: list[list[Cast]] = []
    for item in found:
        between = quote[runs[-1][-1].end : item.start] if runs else ""
        if runs and _SEPARATOR.search(between) and len(_SEPARATOR.sub(" ", between).split()) <= 1:
            runs[-1].append(item)
        else:
            runs.append([item])
    return max(runs, key=len, default=[])


def _option(leaf: Leaf, said: str, quote: str) -> Cast | Uncast:
    """The one option that the draft names, or else the quote: by its words, or by their stems."""
    for text in (said, quote):
        found = [(option, span) for option in leaf.options if (span := _where(str(option), text)) is not None]
        # "dark green" is not also "green".
        longest = [
            option
            for option, (start, end) in found
            if not any(s <= start and end <= e and (s, e) != (start, end) for _, (s, e) in found)
        ]
        if len(longest) == 1:
            span = _where(str(longest[0]), quote)
            if span is not None:
                return Cast(longest[0], *span)
    words = content_terms(quote)
    stems = [option for option in leaf.options if content_terms(str(option)) and content_terms(str(option)) <= words]
    if len(stems) == 1:
        return Cast(stems[0], 0, len(quote))
    return Uncast("the evidence names none of the options, or several")


def _boolean(asked: str, said: str, quote: str) -> Cast | Uncast:
    """Yes where the quote says what is asked, no where one of the two denies it and the other does not."""
    terms = content_terms(asked)
    if not terms or len(terms & content_terms(quote)) / len(terms) < _SAME_WORDS:
        return Uncast("the evidence says too little of what is asked to mean yes or no")
    value = bool(_NEGATION.search(quote)) == bool(_NEGATION.search(asked))
    if said != quote and ((_YES.match(said) and not value) or (_NO.match(said) and value)):
        return Uncast("the draft and the evidence disagree")
    return Cast(value, 0, len(quote))


def _where(phrase: str, text: str) -> tuple[int, int] | None:
    """Where a phrase stands in a text, whatever its case, as whole words."""
    if not phrase:
        return None
    left = r"(?<![A-Za-z0-9])" if phrase[0].isascii() and phrase[0].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    match = re.search(left + re.escape(phrase) + right, text, re.IGNORECASE)
    return match.span() if match else None


def _following(quote: str, end: int) -> str:
    """The one or two words after a number: its unit."""
    return (re.compile(r"\s*[^\W\d]+(?:\s[^\W\d]+)?|\s*[^\s\w]").match(quote, end) or [""])[0]


def _counted(asked: str, quote: str, end: int) -> bool:
    """Whether a number is followed by what the question counts: 多少公里, 几座."""
    unit = re.search(r"(?:多少|几)([\u3400-\u9fff])", asked)
    return unit is not None and quote[end : end + 1] == unit.group(1)


def _clause(quote: str, at: int) -> str:
    """The part of a sentence that a place lies in."""
    start = max((match.end() for match in _CLAUSE.finditer(quote, 0, at)), default=0)
    end = _CLAUSE.search(quote, at)
    return quote[start : end.start() if end else len(quote)]
