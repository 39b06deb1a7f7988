"""JSON and JSON Lines: one record a paragraph, what it holds as lines of "path: value".

Records are the items of a list, the lines of a file, or the one value that there is. Which fields are text and which
is the title can be said; a corpus in BEIR's shape (Thakur et al., 2021: `_id`, `title`, `text`) says so itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from ragsys.errors import NestedTooDeeplyError, NoTextError
from ragsys.ingest.encoding import decode
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.ingest.parsers.text import TextParser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ragsys.config import Settings
    from ragsys.types import Extraction

__all__ = ["Fields", "JsonLinesParser", "JsonParser"]

_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of a record are its text and its title: paths with dots, such as "post.body".

    Where a path meets a list, it goes on in each of the items. Without text fields, everything is text.
    """

    text: tuple[str, ...] = ()
    title: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The fields that the settings name."""
        text = (path.strip() for path in settings.json_text_fields.split(","))
        return cls(tuple(filter(None, text)), settings.json_title_field.strip())


_BEIR = Fields(("text",), "title")


class JsonParser:
    """A JSON file; what is none is read as plain text."""

    name = "json"

    def __init__(self, fields: Fields | None = None) -> None:
        self._fields = fields or Fields()

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The records. Raises `NoTextError` where they hold nothing, `DocumentError` where they are nested too deep."""
        text = decode(data, name)
        try:
            value = _load(text, name)
        except ValueError:
            lines = list(_lines(text, name))
            # Several values, one a line, under the name of one.
            if len(lines) < 2 or not all(isinstance(value, dict) for value in lines):  # noqa: PLR2004
                return TextParser().parse(data, name=name)
            return _written(enumerate(lines, 1), self._fields, name)
        return _written(_records(value), self._fields, name)


class JsonLinesParser:
    """A record a line; a line that is no JSON is kept as it is."""

    name = "jsonl"

    def __init__(self, fields: Fields | None = None) -> None:
        self._fields = fields or Fields()

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The records. Raises as `JsonParser` does."""
        return _written(enumerate(_lines(decode(data, name), name), 1), self._fields, name)


def _load(text: str, name: str) -> Any:
    """A value whose numbers are the text that they are. Raises `ValueError`, `DocumentError`."""
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise NestedTooDeeplyError(f"{name} nests its values too deep") from None


def _lines(text: str, name: str) -> Iterator[Any]:
    for line in text.split("\n"):
        if line.strip():
            try:
                yield _load(line, name)
            except ValueError:
                yield line.strip()


def _records(value: Any) -> Iterator[tuple[int | None, Any]]:
    """The numbered items of a list; of an object around one list of objects, what is beside it and then its items."""
    if isinstance(value, list):
        yield from enumerate(value, 1)
        return
    lists = [key for key, held in value.items() if _is_table(held)] if isinstance(value, dict) else []
    if len(lists) != 1:
        yield None, value
        return
    yield None, {key: held for key, held in value.items() if key != lists[0]}
    yield from enumerate(value[lists[0]], 1)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _written(records: Iterable[tuple[int | None, Any]], fields: Fields, name: str) -> Extraction:
    pieces = Pieces()
    for number, record in records:
        chosen = _BEIR if not fields.text and _is_beir(record) else fields
        if number is not None:
            pieces.place("record", (_one_line(record["_id"]) if chosen is _BEIR else "") or number)
        title = next(_at(record, chosen.title), "") if chosen.title else ""
        pieces.heading(1, title)
        if chosen.text:
            for value in (value for path in chosen.text for value in _at(record, path)):
                pieces.paragraph(value)
        else:
            pieces.paragraph("\n".join(_leaves(record, name)))
    if not pieces:
        raise NoTextError(f"{name} holds no text in the fields that were asked for")
    return pieces.result(pieces.headings[0].title if len(pieces.places) <= 1 and pieces.headings else None)


def _is_beir(record: Any) -> bool:
    return isinstance(record, dict) and all(isinstance(record.get(key), str) for key in ("_id", "text"))


def _leaves(value: Any, name: str, path: str = "", depth: int = 0) -> Iterator[str]:
    """Every value that is text, a number or a truth, after its path; a list of them on one line."""
    if depth > _DEEPEST:
        raise NestedTooDeeplyError(f"{name} nests its values more than {_DEEPEST} deep")
    if isinstance(value, dict):
        for key, held in value.items():
            yield from _leaves(held, name, f"{path}.{_one_line(key)}" if path else _one_line(key), depth + 1)
    elif isinstance(value, list):
        plain = [shown for item in value if (shown := _shown(item)) is not None]
        if len(plain) == len(value):
            if any(plain):
                yield _labelled(path, ", ".join(filter(None, plain)))
        else:
            for index, item in enumerate(value):
                yield from _leaves(item, name, f"{path}[{index}]", depth + 1)
    else:
        held = _shown(value)
        if held:
            yield _labelled(path, held)


def _labelled(path: str, value: str) -> str:
    return f"{path}: {value}" if path else value


def _shown(value: Any) -> str | None:
    """A value that is no container, as text; nothing for null."""
    if isinstance(value, str):
        return _storable(value).strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else None


def _at(record: Any, path: str) -> Iterator[str]:
    """What is at a path, as text: whole objects as their leaves."""
    found = [record]
    for key in path.split("."):
        inside = [item[key] for item in found if isinstance(item, dict) and key in item]
        found = [item for held in inside for item in (held if isinstance(held, list) else [held])]
    for item in found:
        text = "\n".join(_leaves(item, path)).strip()
        if text:
            yield text


def _one_line(text: str) -> str:
    return " ".join(_storable(text).split())


def _storable(text: str) -> str:
    """Escapes may write half characters and NULs, which no text holds."""
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
