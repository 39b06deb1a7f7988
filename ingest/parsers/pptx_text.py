"""The text of a shape of a presentation: paragraphs, and lists with the bullets that its styles give it.

Whether a paragraph has a bullet is looked up as PowerPoint does (ECMA-376, part 1, section 21.1.2.4): in the
paragraph, the shape, its placeholder in the layout and in the master, and the master's styles for all text.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ragsys.ingest.parsers.equations import latex
from ragsys.ingest.parsers.list_numbers import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["lines_of", "shape_styles"]

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_BULLETS = {f"{_A}buNone": "", f"{_A}buChar": "-", f"{_A}buBlip": "-", f"{_A}buAutoNum": "1"}
_DEEPEST = 8
_INDENT = "  "
_SPACES = re.compile(r"[ \t\u00a0]+")
# Names such as "romanLcPeriod" to what Word calls them.
_NUMBERS = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"}
_NUMBERS |= {"ea1Chs": "chineseCounting", "ea1Cht": "chineseCounting", "circleNum": "decimalEnclosedCircle"}
_SCHEME = re.compile(
    r"(alphaLc|alphaUc|romanLc|romanUc|ea1Chs|ea1Cht|circleNum|\w*?)(ParenBoth|ParenR|Period|Plain|\w*)$"
)
_AROUND = {"ParenBoth": ("(", ")"), "ParenR": ("", ")"), "Plain": ("", "")}


def lines_of(body: Any, styles: Sequence[Any]) -> list[str]:
    """The blocks of a text body: paragraphs one by one, items of a list that follow each other together."""
    blocks: list[str] = []
    items = list(_items(body, styles))
    for is_item, run in groupby(items, key=lambda entry: entry[0]):
        texts = [text for _, text in run]
        blocks += ["\n".join(texts)] if is_item else texts
    return blocks


def shape_styles(shape: Any, slide: Any) -> list[Any]:
    """What gives the paragraphs of a shape their levels, the nearest first."""
    found = [shape._element.find(f"{_P}txBody/{_A}lstStyle")]  # noqa: SLF001
    if not getattr(shape, "is_placeholder", False):
        return [one for one in found if one is not None]
    kind = shape._element.find(f".//{_P}nvPr/{_P}ph")  # noqa: SLF001
    role = kind.get("type", "obj")
    layout = slide.slide_layout
    master = layout.slide_master._element  # noqa: SLF001
    holders = [
        *_placeholders(layout, kind.get("idx", "0"), role),
        *_placeholders(layout.slide_master, None, "body" if role in {"obj", "subTitle"} else role),
    ]
    found += [holder.find(f"{_P}txBody/{_A}lstStyle") for holder in holders]
    style = "titleStyle" if role in {"title", "ctrTitle"} else "bodyStyle"
    found.append(master.find(f"{_P}txStyles/{_P}{style}"))
    return [one for one in found if one is not None]


def _placeholders(page: Any, index: str | None, role: str) -> Iterator[Any]:
    for element in page._element.iter(f"{_P}sp"):  # noqa: SLF001
        holder = element.find(f".//{_P}nvPr/{_P}ph")
        if holder is not None and (
            holder.get("type", "obj") == role if index is None else holder.get("idx", "0") == index
        ):
            yield element
            return


def _items(body: Any, styles: Sequence[Any]) -> Iterator[tuple[bool, str]]:
    """Each paragraph with text, and whether it is an item of a list."""
    counts = [0] * (_DEEPEST + 1)
    own = body.find(f"{_A}lstStyle")
    levels = [*([] if own is None or own in styles else [own]), *styles]
    for paragraph in body.findall(f"{_A}p"):
        text = _text(paragraph)
        if not text:
            continue
        level = _level(paragraph)
        bullet = _bullet(paragraph, levels, level)
        kind = "" if bullet is None else _BULLETS[bullet.tag]
        if kind != "1":
            counts[level:] = [0] * (len(counts) - level)
        if not kind:
            yield False, text
            continue
        mark = "-"
        if kind == "1":
            start = bullet.get("startAt", "1")
            counts[level] = counts[level] + 1 if counts[level] else int(start) if start.isdigit() else 1
            counts[level + 1 :] = [0] * (len(counts) - level - 1)
            mark = _number(counts[level], bullet.get("type", ""))
        indent = _INDENT * level
        yield True, f"{indent}{mark} " + text.replace("\n", "\n" + indent + " " * (len(mark) + 1))


def _level(paragraph: Any) -> int:
    found = paragraph.find(f"{_A}pPr")
    value = "0" if found is None else found.get("lvl", "0")
    return min(int(value), _DEEPEST) if value.isdigit() else 0


def _bullet(paragraph: Any, styles: Sequence[Any], level: int) -> Any:
    """The element that gives a paragraph its bullet or takes it away, the nearest; None where there is none."""
    sources = [paragraph.find(f"{_A}pPr"), *(style.find(f"{_A}lvl{level + 1}pPr") for style in styles)]
    for source in sources:
        for child in [] if source is None else source:
            if child.tag in _BULLETS:
                return child
    return None


def _number(value: int, scheme: str) -> str:
    match = _SCHEME.match(scheme)
    style, ending = match.groups() if match else ("", "")
    before, after = _AROUND.get(ending, ("", "."))
    return f"{before}{written(value, _NUMBERS.get(style, 'decimal'))}{after}"


def _text(paragraph: Any) -> str:
    """The words of a paragraph, its line breaks kept."""
    found: list[str] = []
    for element in paragraph.iter("*"):
        name = element.tag.rpartition("}")[2]
        if name == "t" and element.tag.startswith(_A):
            found.append(element.text or "")
        elif name == "br" and element.tag.startswith(_A):
            found.append("\n")
        elif name == "oMath" and element.getparent().tag.rpartition("}")[2] != "oMath":
            found.append(f"${latex(element)}$")
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(found).replace("\x0b", "\n").split("\n"))
    return "\n".join(lines).strip()
