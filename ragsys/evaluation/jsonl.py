"""Lines of JSON, read one by one, with the number of each for whoever has to mend it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ragsys.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["numbered_lines", "read_jsonl", "text_of"]


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file that are not blank, without their ends, numbered from 1.

    Raises:
        DatasetError: a file that cannot be read, or a line that is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                except UnicodeDecodeError:
                    raise DatasetError(f"{path}, line {number}: not UTF-8", hint="convert it to UTF-8") from None
                if text.strip():
                    yield number, text
    except OSError as error:
        raise DatasetError(f"cannot read {path}: {error.strerror}") from None


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON lines file with their line numbers.

    Raises:
        DatasetError: a line that is not a JSON object.
    """
    for number, line in numbered_lines(path):
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            raise DatasetError(f"{path}, line {number}: not JSON") from None
        if not isinstance(row, dict):
            raise DatasetError(f"{path}, line {number}: not an object")
        yield number, row


def text_of(row: Mapping[str, Any], names: tuple[str, ...], where: str, *, default: str | None = None) -> str:
    """The first of the named fields that is there, as text; a number counts as its digits.

    Raises:
        DatasetError: none is there and there is no default, or the value is no text.
    """
    for name in names:
        if name in row:
            value = row[name]
            if value is None and default is not None:
                return default
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise DatasetError(f"{where}: {name!r} is no text")
            text = str(value)
            try:
                text.encode()
            except UnicodeEncodeError:
                raise DatasetError(f"{where}: {name!r} is not valid Unicode") from None
            return text
    if default is None:
        raise DatasetError(f"{where}: no {names[0]!r}")
    return default
