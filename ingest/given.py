"""What is said of a document beside its file: tags and the lines of a side-car, and how they meet what the file says.

A tag comes before the side-car, and that before the file. Both are kept with the document, so a later `add` without
them changes nothing. Knows nothing about storage.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ragsys.errors import UsageError
from ragsys.ingest.labelling import LANG
from ragsys.ingest.parsers.front_matter import scalar
from ragsys.ingest.redaction import together
from ragsys.ingest.web.urls import is_url
from ragsys.language import base
from ragsys.members import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ragsys.ingest.sidecar import Sidecar
    from ragsys.types import Metadata, Scalar

__all__ = ["NOTHING", "Beside", "Given", "Says", "checked_field", "checked_tags", "merged", "parse_tags", "storable"]

_TITLE = "title"
# What a filter asks of the document itself.
_RESERVED = frozenset({"id", "source", "sha256", "added_at"})


@dataclass(frozen=True, slots=True)
class Given:
    """What has been said of one document, as it is kept with it. `redact` are the kinds that it was redacted of.

    `web` is what the server said of a page: its `etag`, when it was `modified`, and `via` which sitemap it was found.
    """

    tags: Metadata = field(default_factory=dict)
    sidecar: Metadata = field(default_factory=dict)
    redact: str = ""
    web: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str | None:
        """As it is stored; None where there is nothing."""
        found = {"tags": dict(self.tags), "sidecar": dict(self.sidecar), "redact": self.redact, "web": dict(self.web)}
        kept = {key: value for key, value in found.items() if value}
        return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else None

    @classmethod
    def from_json(cls, stored: str | None) -> Given:
        """What `to_json` made."""
        return cls(**json.loads(stored)) if stored else cls()


@dataclass(frozen=True, slots=True)
class Says:
    """What is said of all documents at and under a root; a tag of None takes one back."""

    tags: Mapping[str, Scalar | None] = field(default_factory=dict)
    sidecar: Sidecar | None = None
    acl: tuple[str, ...] | None = None
    redact: str | None = None


class Beside:
    """What one run says of the documents that it looks at, by root; `web` is what servers say of pages as they come."""

    def __init__(self, says: Mapping[str, Says], web: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._says = says
        self._web = {} if web is None else web

    @property
    def sidecars(self) -> list[Sidecar]:
        """The side-cars, each once."""
        return list({id(said.sidecar): said.sidecar for said in self._says.values() if said.sidecar}.values())

    def of(self, source: str, before: Given, redact: str = "") -> Given:
        """What holds for a document of which `before` was said: side-cars are replaced whole, tags one by one.

        What it was redacted of stays redacted, and so does what `redact`, said now, names; see `redaction.together`.
        """
        tags: dict[str, Scalar | None] = dict(before.tags)
        sidecar = rooted = None
        web = self._web.get(split(source)[0], before.web)
        for said in self._above(source, web):
            tags |= said.tags
            sidecar = said.sidecar or sidecar
            rooted = said.redact or rooted
        kept = {key: value for key, value in tags.items() if value is not None}
        said_of_file = before.sidecar if sidecar is None else sidecar.values(source)
        return Given(kept, said_of_file, together(redact, before.redact, rooted), web)

    def acl(self, source: str) -> tuple[str, ...] | None:
        """Who may see a document that is new."""
        web = self._web.get(split(source)[0], {})
        return next((said.acl for said in reversed(self._above(source, web)) if said.acl is not None), None)

    def _above(self, source: str, web: Mapping[str, str]) -> list[Says]:
        """What is said of the roots that a document is under, the nearest last: of a page, its sitemap and itself."""
        path = split(source)[0]
        if is_url(path):
            return [self._says[root] for root in (web.get("via", ""), path) if root in self._says]
        found = []
        while True:
            if path in self._says:
                found.append(self._says[path])
            folder = os.path.dirname(path)  # noqa: PTH120 - for every file of every run, and ten times as quick
            if folder in {"", path}:
                return found[::-1]
            path = folder


NOTHING = Beside({})


def merged(title: str | None, metadata: Metadata, given: Given) -> tuple[str | None, Metadata]:
    """The title and the metadata of a document of which the file says `title` and `metadata`."""
    said = {**given.sidecar, **given.tags}
    chosen = said.pop(_TITLE, title)
    return None if chosen is None else str(chosen), {**metadata, **said}


def parse_tags(words: Iterable[str]) -> dict[str, Scalar | None]:
    """Tags as they are typed, `key=value`; `key=` takes a tag back. Numbers, true and false are what they look like.

    Raises:
        UsageError: no "=", or a key that cannot be one.
    """
    tags: dict[str, Scalar | None] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise UsageError(f"the tag {word!r} has no value", hint="write it as key=value")
        value = scalar(text.strip()) if text.strip() else None
        name, checked = checked_field(key, "" if value is None else value)
        tags[name] = None if value is None else checked
    return tags


def checked_tags(tags: Mapping[str, Scalar | None]) -> dict[str, Scalar | None]:
    """Tags of a program as they are stored. Raises `UsageError`."""
    checked = [checked_field(key, "" if value is None else value) for key, value in tags.items()]
    return {name: None if said is None else value for (name, value), said in zip(checked, tags.values(), strict=True)}


def checked_field(key: str, value: Scalar) -> tuple[str, Scalar]:
    """A key and a value as they are stored, under the names that parsers use. Raises `UsageError` for a bad key."""
    name = str(storable(key))
    if not name or name in _RESERVED or '"' in name or "\\" in name:
        raise UsageError(f"{key!r} cannot be a key of metadata", hint="it is empty, reserved, or cannot be filtered by")
    if name in {LANG, "language"}:
        # Without its region, so that a filter for "zh" finds "zh-CN".
        return LANG, base(str(value))
    return name, str(storable(str(value))) if name == _TITLE else storable(value)


def storable(value: Scalar) -> Scalar:
    """Metadata comes from anywhere in a file: without the characters that the index refuses."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()
