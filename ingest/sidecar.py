"""A side-car: metadata of files that lies in a file beside them, one JSON object a line.

    {"path": "reports/2024.pdf", "author": "Finance", "year": 2024, "keywords": ["budget", "draft"]}

`path` counts from the side-car's folder; `source` does, too, or is the name of a document that is no file. Lines about
one document add up, and what is said last holds.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import UsageError
from ragsys.ingest.given import checked_field
from ragsys.notices import Notice

if TYPE_CHECKING:
    from ragsys.types import Metadata, Scalar

__all__ = ["Sidecar", "notice_of_unused", "read_sidecar"]

_NAMES = ("path", "source")
_SHOWN = 3
_LONGEST = 64 * 1024 * 1024
_HINT = "one JSON object a line, with the path of a file and what to say of it: ragsys add --help"


class Sidecar:
    """What a side-car says of each document. `used` are the sources that have been asked for and are in it."""

    def __init__(self, path: Path, said: dict[str, dict[str, Scalar]], names: dict[str, str]) -> None:
        self.path = path
        self._said = said
        self._names = names
        self.used: set[str] = set()

    def values(self, source: str) -> Metadata:
        """What is said of a document; nothing where there is no line about it."""
        found = self._said.get(source)
        if found is None:
            return {}
        self.used.add(source)
        return found

    @property
    def unused(self) -> list[str]:
        """The names, as they stand in the side-car, of what nobody has asked for."""
        used = {id(self._said[source]) for source in self.used}
        return [name for source, name in self._names.items() if id(self._said[source]) not in used]


def read_sidecar(path: Path) -> Sidecar:
    """Read a side-car whole.

    Raises:
        UsageError: it cannot be read, or a line is not as it should be; the message says which.
    """
    resolved = Path(os.path.realpath(path.expanduser()))
    try:
        if resolved.stat().st_size > _LONGEST:
            raise UsageError(f"{path} has more than {_LONGEST} bytes", hint=_HINT)
        lines = resolved.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8", hint="convert it, for example with iconv -t UTF-8") from None
    said: dict[str, dict[str, Scalar]] = {}
    names: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            name, fields = _read_line(line, f"line {number} of {path}")
            source = os.path.realpath(resolved.parent / name)
            names.setdefault(source, name)
            here = said.setdefault(source, {})
            said[name] = here  # a document that is no file has its name alone
            here.update(fields)
    return Sidecar(resolved, said, names)


def notice_of_unused(sidecar: Sidecar) -> Notice | None:
    """That a side-car speaks of what was not found; None where all of it was."""
    unused = sidecar.unused
    if not unused:
        return None
    some = ", ".join(unused[:_SHOWN]) + (" ..." if len(unused) > _SHOWN else "")
    return Notice("metadata-unmatched", f"{sidecar.path.name} speaks of {len(unused)} files not found here: {some}")


def _read_line(line: str, where: str) -> tuple[str, dict[str, Scalar]]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(f"{where} is not JSON", hint=_HINT) from None
    name = next((found[key] for key in _NAMES if key in found), None) if isinstance(found, dict) else None
    if not isinstance(name, str) or not name or "\0" in name:
        raise UsageError(f"{where} does not say which file it is about", hint=_HINT)
    fields: dict[str, Scalar] = {}
    for key, value in found.items():
        if key not in _NAMES and value is not None:
            try:
                name_of, kept = checked_field(key, _scalar(value))
            except UsageError as error:
                raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
            fields[name_of] = kept
    return name, fields


def _scalar(value: object) -> Scalar:
    """A value as it is stored; lists are joined as front matter's are. Raises `UsageError` for anything else."""
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(map(str, value))
    if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise UsageError("a value is text, a number, true or false, or a list of these", hint=_HINT)
    return value
