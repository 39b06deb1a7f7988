r"""Equations of Office Math (ECMA-376, part 1, section 22.1) in one line of LaTeX.

Structure becomes commands (`\frac{a}{b}`, `x^{2}`); symbols stay the characters that they are, so that a search for
them finds them. Knows nothing about documents.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["latex"]

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_OPERATORS = {
    "∑": r"\sum",
    "∫": r"\int",
    "∏": r"\prod",
    "∬": r"\iint",
    "∮": r"\oint",
    "\u22c3": r"\bigcup",
    "\u22c2": r"\bigcap",
}
_ACCENTS = {"\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0305": r"\bar", "\u20d7": r"\vec"}
_ACCENTS |= {"\u0307": r"\dot", "\u0308": r"\ddot"}
_SPACE = re.compile(r"\s+")


def latex(element: Any) -> str:
    """An `oMath` or `oMathPara` element in one line."""
    return _SPACE.sub(" ", _inside(element)).strip()


def _inside(element: Any) -> str:
    return "".join(map(_one, element)) if element is not None else ""


def _part(element: Any, name: str) -> str:
    return _inside(element.find(f"{_M}{name}"))


def _value(element: Any, name: str, default: str) -> str:
    found = element.find(f"{_M}{element.tag.removeprefix(_M)}Pr/{_M}{name}")
    return default if found is None else str(found.get(f"{_M}val", ""))


def _one(element: Any) -> str:
    """A part of an equation; of one that is not known, what is in it."""
    if not isinstance(element.tag, str) or element.tag.endswith("Pr"):
        return ""
    name = element.tag.rpartition("}")[2]
    if name == "t" or name in {"del", "moveFrom"}:
        return (element.text or "") if name == "t" else ""
    if name in {"sSup", "sSub", "sSubSup", "sPre"}:
        return _script(element)
    if name in {"d", "nary", "func", "limLow", "limUpp", "acc", "rad", "f"}:
        return _STRUCTURES[name](element)
    return _rows(element) if name in {"m", "eqArr"} else _inside(element)


def _script(element: Any) -> str:
    sub, sup = (f"{mark}{{{_part(element, name)}}}" for mark, name in (("_", "sub"), ("^", "sup")))
    scripts = (sub if element.find(f"{_M}sub") is not None else "") + (
        sup if element.find(f"{_M}sup") is not None else ""
    )
    base = _part(element, "e")
    return f"{{}}{scripts}{base}" if element.tag == f"{_M}sPre" else f"{base}{scripts}"


def _fraction(element: Any) -> str:
    over, under = _part(element, "num"), _part(element, "den")
    return f"\\binom{{{over}}}{{{under}}}" if _value(element, "type", "") == "noBar" else f"\\frac{{{over}}}{{{under}}}"


def _root(element: Any) -> str:
    degree = _part(element, "deg")
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e')}}}"


def _delimited(element: Any) -> str:
    inside = _value(element, "sepChr", "|").join(_inside(part) for part in element.findall(f"{_M}e"))
    return f"{_value(element, 'begChr', '(')}{inside}{_value(element, 'endChr', ')')}"


def _operator(element: Any) -> str:
    sign = _value(element, "chr", "∫")
    sub, sup = _part(element, "sub"), _part(element, "sup")
    bounds = (f"_{{{sub}}}" if sub else "") + (f"^{{{sup}}}" if sup else "")
    return f"{_OPERATORS.get(sign, sign)}{bounds} {_part(element, 'e')}"


def _limit(element: Any) -> str:
    mark = "_" if element.tag == f"{_M}limLow" else "^"
    return f"{_part(element, 'e')}{mark}{{{_part(element, 'lim')}}}"


def _accent(element: Any) -> str:
    return f"{_ACCENTS.get(_value(element, 'chr', chr(0x302)), chr(92) + 'hat')}{{{_part(element, 'e')}}}"


def _function(element: Any) -> str:
    return f" {_part(element, 'fName')} {_part(element, 'e')}"


def _rows(element: Any) -> str:
    rows = element.findall(f"{_M}mr") or [[entry] for entry in element.findall(f"{_M}e")]
    return r" \\ ".join(" & ".join(map(_inside, row)) for row in rows)


_STRUCTURES = {
    "acc": _accent, "d": _delimited, "f": _fraction, "func": _function, "limLow": _limit, "limUpp": _limit,
    "nary": _operator, "rad": _root,
}  # fmt: skip
