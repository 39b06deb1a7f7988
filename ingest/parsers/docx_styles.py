"""Word's styles and numbering: what a paragraph is by its style, and the number or bullet that stands before it.

The style's inheritance and the counters of lists follow ECMA-376, part 1, sections 17.7 and 17.9. A heading is told by
its outline level, which no translation of style names touches. Knows nothing about text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ragsys.ingest.parsers.list_numbers import written

__all__ = ["Kind", "Numbering", "Styles", "W", "is_on"]

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VAL = f"{W}val"
_BODY_LEVEL = 9
_DEEPEST = 9
_HEADING = re.compile(r"(?:heading|标题|標題|überschrift|titre|título|titolo|заголовок|見出し) ?([1-9])", re.IGNORECASE)
_TITLES = frozenset({"title", "标题", "標題", "titel"})
_CODE = re.compile(
    r"(?:source[ _-]?code|code|code[ _-]?block|html preformatted|preformatted(?: text)?|macro|verbatim|listing)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a style makes of a paragraph: a level from 1 for a heading, whether code, which list it belongs to."""

    level: int | None = None
    is_title: bool = False
    is_code: bool = False
    num_id: str | None = None
    list_level: int | None = None


class Styles:
    """The styles of a document by their ids."""

    def __init__(self, root: Any) -> None:
        self._styles = {} if root is None else {style.get(f"{W}styleId"): style for style in root.iter(f"{W}style")}
        self._default = next((key for key, style in self._styles.items() if _is_default(style)), None)
        self._kinds: dict[str | None, Kind] = {}

    def kind(self, style_id: str | None) -> Kind:
        """What a paragraph of this style is."""
        key = self._default if style_id is None else style_id
        if key not in self._kinds:
            self._kinds[key] = self._resolve(key)
        return self._kinds[key]

    def is_hidden(self, style_id: str | None) -> bool:
        """Whether a character style hides its text."""
        return any(is_on(style.find(f"{W}rPr/{W}vanish")) for style in self._chain(style_id))

    def _chain(self, style_id: str | None) -> list[Any]:
        """A style and what it is based on, the nearest first; a circle ends where it closes."""
        chain: list[Any] = []
        while (style := self._styles.get(style_id)) is not None and style not in chain:
            chain.append(style)
            style_id = _text_of(style.find(f"{W}basedOn"))
        return chain

    def _resolve(self, style_id: str | None) -> Kind:
        chain = self._chain(style_id)
        names = [(_text_of(style.find(f"{W}name")) or "").strip().lower() for style in chain]
        outline = _first(chain, f"{W}pPr/{W}outlineLvl")
        match = next(filter(None, map(_HEADING.fullmatch, names)), None)
        if outline is not None and outline.isdigit():
            level = int(outline) + 1 if int(outline) < _BODY_LEVEL else None
        else:
            level = int(match.group(1)) if match else None
        depth = _first(chain, f"{W}pPr/{W}numPr/{W}ilvl")
        return Kind(
            level=level,
            is_title=bool(names) and names[0] in _TITLES,
            is_code=any(map(_CODE.fullmatch, names)),
            num_id=_first(chain, f"{W}pPr/{W}numPr/{W}numId"),
            list_level=int(depth) if depth is not None and depth.isdigit() else None,
        )


class Numbering:
    """The lists of a document, and where each of them is counted to."""

    def __init__(self, root: Any) -> None:
        self._levels: dict[str, dict[int, Any]] = {}
        self._abstract: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()
        if root is None:
            return
        definitions = {one.get(f"{W}abstractNumId"): one for one in root.findall(f"{W}abstractNum")}
        for num in root.findall(f"{W}num"):
            key, abstract = num.get(f"{W}numId"), _text_of(num.find(f"{W}abstractNumId"))
            definition = definitions.get(abstract)
            levels = {} if definition is None else _by_level(definition.findall(f"{W}lvl"))
            for override in num.findall(f"{W}lvlOverride"):
                at = override.get(f"{W}ilvl", "")
                start = _text_of(override.find(f"{W}startOverride"))
                if at.isdigit() and start is not None and start.isdigit():
                    self._starts[key, int(at)] = int(start)
                levels |= _by_level(override.findall(f"{W}lvl"))
            self._levels[key], self._abstract[key] = levels, abstract or key

    def label(self, num_id: str | None, level: int) -> str | None:
        """What stands before the next paragraph of a list: "-" for a bullet, "2.1." for a number; None for no list."""
        levels = self._levels.get(num_id or "")
        if not levels or num_id is None or not 0 <= level < _DEEPEST:
            return None
        # Lists of one definition count on, except where one of them says where it starts.
        counts = self._counts.setdefault(self._abstract[num_id], [None] * _DEEPEST)
        counts[level + 1 :] = [None] * (_DEEPEST - level - 1)
        override = self._starts.get((num_id, level))
        if override is not None and (num_id, level) not in self._begun:
            counts[level] = override
        else:
            count = counts[level]
            counts[level] = self._start(levels, level) if count is None else count + 1
        self._begun.add((num_id, level))
        definition = levels.get(level)
        if definition is None or _text_of(definition.find(f"{W}numFmt")) == "bullet":
            return "-"
        if _text_of(definition.find(f"{W}numFmt")) == "none":
            return ""
        pattern = _text_of(definition.find(f"{W}lvlText")) or ""
        legal = is_on(definition.find(f"{W}isLgl"))

        def number(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            count = counts[at]
            value = self._start(levels, at) if count is None else count
            style = "decimal" if legal else _text_of(levels[at].find(f"{W}numFmt")) if at in levels else None
            return written(value, style or "decimal")

        return _PLACEHOLDER.sub(number, pattern).strip()

    @staticmethod
    def _start(levels: dict[int, Any], level: int) -> int:
        start = _text_of(levels[level].find(f"{W}start")) if level in levels else None
        return int(start) if start is not None and start.isdigit() else 1


def is_on(element: Any) -> bool:
    """Whether a switch such as `w:vanish` is there and not turned off."""
    return element is not None and element.get(_VAL, "1").lower() not in {"0", "false", "off"}


def _is_default(style: Any) -> bool:
    return style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in {"1", "true", "on"}


def _text_of(element: Any) -> str | None:
    return None if element is None else element.get(_VAL)


def _first(chain: list[Any], path: str) -> str | None:
    return next((value for style in chain if (value := _text_of(style.find(path))) is not None), None)


def _by_level(levels: list[Any]) -> dict[int, Any]:
    return {int(level.get(f"{W}ilvl")): level for level in levels if level.get(f"{W}ilvl", "").isdigit()}
