"""Authors, dates and languages of XML documents, where they are said in the ways of articles and books."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.ingest.parsers.xml_source import local, words
from ragsys.language import base

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ragsys.types import Scalar

__all__ = ["metadata_of", "person"]

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_FEEDS = frozenset({"rss", "feed", "RDF"})
_DATES = frozenset({"pub-date", "pubdate", "date", "updated"})
_ISO = re.compile(r"\d{4}(?:-\d\d){0,2}")
_MOST_AUTHORS = 20


def metadata_of(root: Element) -> dict[str, Scalar]:
    """Authors, year and language, where they are said in the ways of articles and books."""
    found: dict[str, Scalar] = {}
    contributors = [e for e in root.iter() if local(e) == "contrib" and e.get("contrib-type", "author") == "author"]
    names = [person(name) for e in contributors for name in e if local(name) in {"name", "string-name", "collab"}]
    if not names and local(root) not in _FEEDS:
        names = [person(e) for e in root.iter() if local(e) in {"author", "creator"}][:_MOST_AUTHORS]
    if author := ", ".join(filter(None, names)):
        found["author"] = author
    if date := next((date for e in root.iter() if local(e) in _DATES and (date := _date(e))), ""):
        found["date"] = date
    declared = root.get(_LANG) or root.get("lang")
    declared = declared or next((words(e) for e in root.iter() if local(e) == "language"), "")
    language = base(declared)
    return {**found, "lang": language} if language else found


def _date(element: Element) -> str:
    """A date as ISO 8601, as far as it goes; "" where it is written otherwise."""
    parts = {local(part): words(part) for part in element}
    numbers = [parts[key].zfill(2) for key in ("year", "month", "day") if parts.get(key, "").isdecimal()]
    return "-".join(numbers) or (match.group() if (match := _ISO.match(words(element))) else "")


def person(element: Element) -> str:
    """A name as it is spoken: given names first."""
    element = next((part for part in element if local(part) in {"personname", "name"}), element)
    parts = {local(part): words(part) for part in element}
    given = parts.get("given-names") or parts.get("firstname") or parts.get("first-name") or ""
    family = parts.get("surname") or parts.get("lastname") or parts.get("last-name") or ""
    return f"{given} {family}".strip() or words(element)
