"""Standard input and output: JSON for machines, plain lines for people, and no terminal escapes out of documents."""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import TYPE_CHECKING, Any, TextIO

import click

from ragsys.errors import UsageError
from ragsys.plain import as_data
from ragsys.visible import UNSEEN, visible

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from ragsys.notices import Notice

__all__ = [
    "clean",
    "one_line",
    "place",
    "print_json",
    "prints_unicode",
    "read_input",
    "shown",
    "to_json",
    "warn",
]


def clean(text: str) -> str:
    """`text` without characters that could drive a terminal or hide something on it."""
    return visible(text)


def shown(path: str) -> str:
    """A path on one line: file names may hold newlines, and escapes for a terminal."""
    return clean(path).replace("\n", "\\n").replace("\t", "\\t")


def one_line(text: str, width: int) -> str:
    """`text` on one line of at most `width` terminal columns, where a wide character takes two."""
    line = " ".join(clean(text).split())
    used = 0
    for position, character in enumerate(line):
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > width:
            return line[: max(position - 1, 0)] + "…"
    return line


def print_json(value: Any) -> None:
    """Print `value` as one line of JSON on standard output."""
    click.echo(to_json(value))


def to_json(value: Any, *, ensure_ascii: bool | None = None, indent: int | None = None) -> str:
    """`value` as JSON in which nothing is unseen: such characters are written as their numbers.

    `ensure_ascii` None is what standard output takes.
    """
    ascii_only = not prints_unicode(sys.stdout) if ensure_ascii is None else ensure_ascii
    return UNSEEN.sub(_escaped, json.dumps(as_data(value), ensure_ascii=ascii_only, indent=indent))


def _escaped(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def prints_unicode(stream: TextIO | None) -> bool:
    """Whether a stream takes every character as it is."""
    return stream is None or (stream.encoding or "").lower().replace("-", "").startswith("utf")


def read_input() -> str:
    """All of standard input, as UTF-8. Raises `UsageError` where there is none, or it is not that."""
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("standard input is not UTF-8", hint="convert it, for example with iconv -t UTF-8") from None


def warn(notices: Iterable[Notice]) -> None:
    """What is no error and should be known, on standard error."""
    for notice in notices:
        click.echo(f"warning [{notice.code}]: {clean(notice.message)}", err=True)


def place(source: str, page: int | None, within: str | None, start: int, end: int) -> str:
    """Where a passage or a quote is, as a reader looks it up: file, page or what else it has, code points."""
    known = clean(within) if within else f"page {page}" if page is not None else ""
    return f"{shown(source)}{known and ', '}{known} [{start}:{end}]"
