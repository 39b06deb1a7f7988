"""What a file holds decides which parser reads it; its name decides between kinds of text only."""

import pytest

from ragsys.errors import UnsupportedTypeError
from ragsys.ingest.parsers import parser_for

_PAGE = "<!doctype html><title>t</title><p>text"


@pytest.mark.parametrize(
    ("name", "data", "parser"),
    [
        ("a.txt", b"%PDF-1.4\n...", "pdf"),
        ("a.pdf", b"junk before\n%PDF-1.4\n...", "pdf"),
        ("a.txt", b"junk before\n%PDF-1.4\n...startxref\n9\n%%EOF", "pdf"),
        ("about.md", b"# PDF\n\nA file begins with %PDF-1.7 and ends with %%EOF.", "markdown"),
        ("a.pdf", b"# no PDF at all", "text"),
        ("a.md", _PAGE.encode(), "html"),
        ("a.txt", b"\xef\xbb\xbf\n<!-- comment --> " + _PAGE.encode(), "html"),
        ("a.txt", _PAGE.encode("utf-16"), "html"),
        ("a.html", _PAGE.encode("utf-16"), "html"),
        ("a.xml", b'<?xml version="1.0"?>\n<html xmlns="x"><body>text', "html"),
        ("a.HTM", b"<p>a fragment", "html"),
        ("a.md", b"<p>a fragment", "markdown"),
        ("a.Markdown", b"text", "markdown"),
        ("a", b"text", "text"),
        ("a.html.txt", b"<p>a fragment", "text"),
        ("music.txt", b"ID3 tags are explained here", "text"),
        ("a.txt", b"RIFF raff", "text"),
        ("a.txt", b"BZhang wrote this", "text"),
        ("a.txt", b"{\\rtf1\\ansi", "rtf"),
        ("a.rtf", b"no RTF at all", "text"),
    ],
)
def test_the_content_decides(name, data, parser):
    """A wrong extension does not mislead, and a text that names a format is still text."""
    assert parser_for(data, name).name == parser


@pytest.mark.timeout(60)
def test_comments_are_told_in_one_pass():
    """A text of nothing but comments is told at once (doubling with each comment, it would take years)."""
    assert parser_for(b"<!---->" * 100 + b"x", "a.txt").name == "text"


_MAIL = b"Received: from x\nFrom: a@example.org\nSubject: s\nDate: today\n\nbody"
_LETTER = b"Subject: a letter\nFrom: me\nDate: today\n\nbody"
_BOX = b"From a Mon Jan  6 10:00:00 2025\n" + _MAIL
_CUE = b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n"
_NOTEBOOK = b'{"cells": [], "nbformat": 4}'


@pytest.mark.parametrize(
    ("name", "data", "parser"),
    [
        ("a.eml", b"no header at all", "eml"),
        ("a", _MAIL, "eml"),
        ("a.txt", _LETTER, "text"),
        ("a.eml", _BOX, "eml"),
        ("Inbox", _BOX, "mbox"),
        ("a.txt", b"From here on 10:00 was mine.\nAnd so on.\n", "text"),
        ("a.txt", b'<?xml version="1.0"?><a>b</a>', "xml"),
        ("a.xml", b"<a>b</a>", "xml"),
        ("a.txt", b"<a>b</a>", "text"),
        ("a.json", _NOTEBOOK, "notebook"),
        ("a.ipynb", b"{}", "notebook"),
        ("a", b'{"a": 1}', "json"),
        ("a.txt", b"[1] See below, and [2]", "json"),
        ("a.jsonl", b'{"a": 1}', "jsonl"),
        ("a.csv", b"a,b", "csv"),
        ("a.TSV", b"a\tb", "csv"),
        ("a.txt", b"WEBVTT\n\n", "subtitles"),
        ("a", _CUE, "subtitles"),
        ("a.srt", b"text", "subtitles"),
        ("a.txt", b"\\documentclass{article}", "latex"),
        ("a.tex", b"text", "latex"),
        ("a.rst", b"text", "rst"),
        ("a.adoc", b"text", "asciidoc"),
        ("a.py", b"x = 1", "source"),
        ("Makefile", b"all:\n\tx", "text"),
        ("a.md", _MAIL, "markdown"),
        ("a.zip", b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/epub+zip", "epub"),
        ("a.epub", b"PK\x03\x04" + bytes(99) + b"META-INF/container.xml", "epub"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__properties_version1.0".encode("utf-16-le"), "msg"),
    ],
)
def test_kinds_of_text_are_told_by_what_they_hold_and_then_by_name(name, data, parser):
    """What marks a text beyond doubt decides; a name decides between texts that nothing in them tells apart."""
    assert parser_for(data, name).name == parser


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"GIF89a\1\0\1\0", "GIF"),
        (b"PK\x03\x04\x14\0", "ZIP"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"BZh91AY&SY", "bzip2"),
        (b"\x7fELF\2\1\1", "program"),
        (b"SQLite format 3\0", "SQLite"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio"),
        (b"ID3\x03\0\0\0", "audio"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.pdf"])
def test_what_no_parser_reads_is_named(name, data, kind):
    """An archive, a sound or a program is refused as what it is, whatever its name says."""
    with pytest.raises(UnsupportedTypeError, match=kind):
        parser_for(data, name)
