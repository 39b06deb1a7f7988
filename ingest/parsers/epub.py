"""EPUB books (2 and 3): the chapters of the spine in its order, their headings, and the package's own metadata."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ragsys.errors import ArchiveTooLargeError, FileDamagedError, FileEncryptedError, NoTextError, TooManyMembersError
from ragsys.ingest.parsers.html import HtmlParser
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.ingest.parsers.xml_source import local, parse_xml, words
from ragsys.language import base

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ragsys.types import Extraction, Scalar

__all__ = ["EpubParser"]

_CONTAINER, _RIGHTS = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/xml", "text/x-oeb1-document"})
_FIELDS = {"creator": "author", "date": "date", "publisher": "publisher", "subject": "subject"}
_MOST_ENTRIES = 20_000
# What all parts of a book may come to when they are inflated; text of this size is a library.
_MOST_BYTES = 256 * 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, KeyError)


class EpubParser:
    """A chapter without a heading of its own gets the one that the table of contents has for it."""

    name = "epub"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The book's text. Raises `NoTextError`, or `DocumentError` where it is damaged, locked or a bomb."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return _Book(archive, name).extraction()
        except _BROKEN as error:
            raise FileDamagedError(f"{name} cannot be opened as an EPUB book") from error


class _Book:
    """One package of an archive, read within limits."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name, self._room = archive, name, _MOST_BYTES
        if len(archive.namelist()) > _MOST_ENTRIES:
            raise TooManyMembersError(f"{name} has more than {_MOST_ENTRIES} entries")
        self._entries = frozenset(archive.namelist())

    def extraction(self) -> Extraction:
        """The chapters, one after the other."""
        path = self._package()
        package = self._xml(path)
        if package is None:
            raise FileDamagedError(f"{self._name} has no package document that can be read")
        spine, contents = _spine(package, path)
        labels = self._labels(contents)
        self._refuse_locked(spine)
        pieces = Pieces()
        for chapter in spine:
            self._write(pieces, chapter, labels.get(chapter, ""))
        if not pieces:
            raise NoTextError(f"{self._name} shows no text")
        title, metadata = _metadata(package)
        return pieces.result(title or (pieces.headings[0].title if pieces.headings else None), metadata)

    def _write(self, pieces: Pieces, chapter: str, label: str) -> None:
        """A chapter; one that shows nothing (a cover) is passed over."""
        try:
            found = HtmlParser().parse(self._read(chapter), name=posixpath.basename(chapter))
        except NoTextError:
            return
        if not found.headings and label:
            # The words of the table of contents often begin the chapter in a paragraph that only looks like a heading.
            if " ".join(found.text[: 2 * len(label)].split()).startswith(label):
                pieces.heading(1, label)
                found = replace(found, text=found.text.lstrip()[len(label) :])
            else:
                pieces.heading(1, label)
        pieces.graft(found)

    def _package(self) -> str:
        container = self._xml(_CONTAINER)
        roots = [] if container is None else [e for e in container.iter() if local(e) == "rootfile"]
        named = [path for e in roots if (path := e.get("full-path", "")) in self._entries]
        found = named or sorted(entry for entry in self._entries if entry.endswith(".opf"))
        if not found:
            raise FileDamagedError(f"{self._name} names no package document")
        return found[0]

    def _labels(self, contents: list[str]) -> dict[str, str]:
        """The words that the table of contents has for the beginning of each file."""
        labels: dict[str, str] = {}
        for path in contents:
            root = self._xml(path)
            for target, label in _links(root) if root is not None else ():
                file, _, fragment = target.partition("#")
                if label and file and not (fragment and labels.get(_join(path, file))):
                    labels.setdefault(_join(path, file), label)
        return labels

    def _refuse_locked(self, spine: list[str]) -> None:
        """Fonts are often encrypted, chapters only where somebody has to pay for a key."""
        rights = self._xml(_RIGHTS)
        locked = set() if rights is None else {unquote(e.get("URI", "")) for e in rights.iter()}
        if locked.intersection(spine):
            raise FileEncryptedError(f"{self._name} is locked by its publisher (DRM)")

    def _xml(self, path: str) -> Element | None:
        return parse_xml(self._read(path), self._name) if path in self._entries else None

    def _read(self, path: str) -> bytes:
        """The bytes of an entry, counted while they are inflated: what its header says proves nothing."""
        if path not in self._entries:
            raise NoTextError(f"{self._name} has no {path}")
        with self._archive.open(path) as entry:
            data = entry.read(self._room + 1)
        self._room -= len(data)
        if self._room < 0:
            raise ArchiveTooLargeError(f"{self._name} holds more than {_MOST_BYTES} bytes")
        return data


def _spine(package: Element, path: str) -> tuple[list[str], list[str]]:
    """The chapters in reading order, and the tables of contents (EPUB 3's and EPUB 2's), as paths in the archive."""
    items = {e.get("id", ""): e for e in package.iter() if local(e) == "item"}
    chapters = [
        _join(path, item.get("href", ""))
        for e in package.iter()
        if local(e) == "itemref" and (item := items.get(e.get("idref", ""))) is not None
        if item.get("media-type", "") in _PAGES and "nav" not in item.get("properties", "").split()
    ]
    contents = [
        _join(path, item.get("href", ""))
        for item in items.values()
        if "nav" in item.get("properties", "").split() or item.get("media-type") == "application/x-dtbncx+xml"
    ]
    return list(dict.fromkeys(chapters)), contents


def _links(root: Element) -> list[tuple[str, str]]:
    """Targets and words of a table of contents: `a` in EPUB 3, `navPoint` in EPUB 2."""
    found = [(e.get("href", ""), words(e)) for e in root.iter() if local(e) == "a"]
    for point in root.iter():
        if local(point) == "navPoint":
            label = next((words(e) for e in point if local(e) == "navLabel"), "")
            target = next((e.get("src", "") for e in point if local(e) == "content"), "")
            found.append((target, label))
    return found


def _join(path: str, href: str) -> str:
    """A path in the archive, from a link in the file at `path`."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(href.partition("#")[0])))


def _metadata(package: Element) -> tuple[str, dict[str, Scalar]]:
    """Title and fields of the Dublin Core elements; several of one kind are joined."""
    held: dict[str, list[str]] = {}
    for element in package.iter():
        if "purl.org/dc/" in str(element.tag) and (value := words(element)):
            held.setdefault(local(element).lower(), []).append(value)
    fields: dict[str, Scalar] = {ours: ", ".join(held[key]) for key, ours in _FIELDS.items() if key in held}
    if "date" in held:
        fields["date"] = held["date"][0]
    language = base(held.get("language", [""])[0])
    return held.get("title", [""])[0], {**fields, "lang": language} if language else fields
