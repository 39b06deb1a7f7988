"""Books are read in the order of their spine, within limits."""

import pytest
from manuscripts import WRITERS, zipped

from ragsys.errors import DocumentError
from ragsys.ingest.parsers import epub
from ragsys.ingest.parsers.epub import EpubParser

_PAGE = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{}</body></html>'
_CONTAINER = '<container><rootfiles><rootfile full-path="o/p.opf"/></rootfiles></container>'
_ITEM = '<item id="{0}" href="{0}.xhtml" media-type="application/xhtml+xml"/>'


def book(chapters, *, contents="", extra=None):
    """A book whose spine is reversed against its manifest; `contents` are the entries of a table of contents."""
    items = "".join(_ITEM.format(name) for name in chapters)
    spine = "".join(f'<itemref idref="{name}"/>' for name in reversed(chapters))
    ncx = '<item id="toc" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    about = '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Book</dc:title><dc:creator>A</dc:creator>'
    about += "<dc:creator>B</dc:creator><dc:language>zh-CN</dc:language><dc:date>2020-01-02</dc:date></metadata>"
    files = {
        "META-INF/container.xml": _CONTAINER,
        "o/p.opf": f"<package>{about}<manifest>{items}{ncx}</manifest><spine>{spine}</spine></package>",
        "o/toc.ncx": f"<ncx><navMap>{contents}</navMap></ncx>",
    }
    return zipped(
        {**files, **{f"o/{name}.xhtml": _PAGE.format(body) for name, body in chapters.items()}, **(extra or {})}
    )


def parse(data):
    """A book's text."""
    return EpubParser().parse(data, name="a.epub")


def test_chapters_follow_the_spine_and_metadata_is_the_packages():
    """The order of reading is the spine's, not the archive's; title, authors, date and language are its own."""
    found = parse(book({"a": "<h1>Second</h1><p>two", "b": "<h1>First</h1><p>one", "cover": "<img src='x'/>"}))
    assert found.text == "First\n\none\n\nSecond\n\ntwo\n"
    assert found.title == "Book"
    assert found.metadata == {"author": "A, B", "date": "2020-01-02", "lang": "zh"}


def test_the_contents_name_chapters_that_do_not_name_themselves():
    """A chapter without a heading gets the words of the table of contents, once."""
    point = '<navPoint><navLabel><text>{}</text></navLabel><content src="{}.xhtml#x"/></navPoint>'
    contents = point.format("第一章", "a") + point.format("Two", "b")
    found = parse(book({"b": "<p>two", "a": "<p class='big'>第一章</p><p>水"}, contents=contents))
    assert found.text == "第一章\n\n水\n\nTwo\n\ntwo\n"
    assert [heading.title for heading in found.headings] == ["第一章", "Two"]


def test_locked_and_oversized_books_are_refused(monkeypatch):
    """Chapters behind DRM are an outcome, encrypted fonts are none; sizes are counted, not believed."""
    rights = '<encryption><CipherReference URI="o/{}"/></encryption>'
    assert parse(book({"a": "<p>x"}, extra={"META-INF/encryption.xml": rights.format("font.otf")})).text == "x\n"
    with pytest.raises(DocumentError, match="locked"):
        parse(book({"a": "<p>x"}, extra={"META-INF/encryption.xml": rights.format("a.xhtml")}))
    monkeypatch.setattr(epub, "_MOST_BYTES", 2000)
    with pytest.raises(DocumentError, match="bytes"):
        parse(book({"a": "x" * 3000}))


def test_entities_are_refused():
    """A package that declares entities is refused, not expanded."""
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><container><rootfile full-path="&b;"/></container>'
    with pytest.raises(DocumentError, match="entities"):
        parse(zipped({"META-INF/container.xml": bomb}))


def test_an_archive_that_is_no_book_is_refused():
    """Without a package, or cut, it is an outcome."""
    with pytest.raises(DocumentError, match="package"):
        parse(zipped({"a.txt": "x"}))
    with pytest.raises(DocumentError):
        parse(WRITERS["epub"][1]([("A", "b")])[:200])
