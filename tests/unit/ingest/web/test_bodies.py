"""What a server sends becomes what a file would hold."""

from __future__ import annotations

import codecs
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys.errors import PageTooLargeError, PageUnreachableError
from ragsys.ingest.parsers import parser_for
from ragsys.ingest.web.bodies import content_type, file_name, gathered, in_utf8, inflated


@settings(deadline=None)
@given(st.binary(max_size=5000), st.integers(1, 700))
def test_unpacking_gives_what_was_packed(data, step):
    """In whatever pieces it comes."""
    packed = gzip.compress(data)
    pieces = [packed[at : at + step] for at in range(0, len(packed), step)]
    assert b"".join(inflated(pieces)) == data


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_unpacked_or_refused(data):
    """Nothing but the typed errors comes of damage."""
    for broken in (data, gzip.compress(data)[:-1], gzip.compress(data)[:12] + data):
        try:
            gathered([broken], 1000, packed=True)
        except (PageTooLargeError, PageUnreachableError):
            continue


def test_a_bomb_comes_in_pieces():
    """No piece is large, so that the sum is seen in time."""
    assert max(map(len, inflated([gzip.compress(bytes(50_000_000))]))) <= 1 << 20


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/html; charset=GBK", ("text/html", "GBK")),
        ('Text/HTML;charset="utf-8"', ("text/html", "utf-8")),
        ("text/plain", ("text/plain", "")),
        ("", ("", "")),
        ("nonsense", ("", "")),
        ("text/html; charset*=x''y%FF", ("text/html", "")),
    ],
)
def test_content_types(header, expected):
    """The kind in small letters, and the encoding as it stands there."""
    assert content_type(header) == expected


GERMAN, CHINESE = "größer als früher, schöner", "一个中文的网页，有的字不多"


@pytest.mark.parametrize(
    ("data", "kind", "charset", "text"),
    [
        (CHINESE.encode("gbk"), "text/html", "gb2312", CHINESE),
        (CHINESE.encode("big5", "ignore"), "text/plain", "big5", CHINESE.encode("big5", "ignore").decode("big5")),
        (GERMAN.encode("latin-1"), "text/html", "iso-8859-1", GERMAN),
        (b"\x93quoted\x94", "text/plain", "iso-8859-1", "“quoted”"),
    ],
)
def test_another_encoding_is_believed_where_it_is_true(data, kind, charset, text):
    """Such a text becomes UTF-8 and says so."""
    assert in_utf8(data, kind, charset) == codecs.BOM_UTF8 + text.encode()


@pytest.mark.parametrize(
    ("data", "kind", "charset"),
    [
        (CHINESE.encode(), "text/html", "iso-8859-1"),
        (CHINESE.encode(), "text/html", "utf-8"),
        (CHINESE.encode(), "text/html", ""),
        (CHINESE.encode("gbk"), "text/html", "utf-8"),
        (CHINESE.encode("gbk"), "text/html", "no-such-thing"),
        (CHINESE.encode("gbk"), "text/html", "hex"),
        (CHINESE.encode("gbk"), "text/html", "\0"),
        (CHINESE.encode("gbk"), "text/xml", "gbk"),
        (CHINESE.encode("utf-16"), "text/plain", "latin-1"),
        (b"%PDF-1.7 \xff\xfe", "application/pdf", "latin-1"),
    ],
)
def test_else_the_bytes_stay(data, kind, charset):
    """What is UTF-8 in truth, what no text is, what says its encoding itself, and what nobody knows."""
    assert in_utf8(data, kind, charset) == data


def test_the_header_is_believed_more_than_the_page():
    """A page that declares another encoding than its server is read by the server's."""
    page = f'<html><meta charset="utf-8"><p>{GERMAN}</p></html>'.encode("latin-1")
    found = parser_for(page, "a.html").parse(in_utf8(page, "text/html", "latin-1"), name="a.html")
    assert GERMAN in found.text
    page = '<html><meta charset="iso-8859-1"><p>一</p></html>'.encode("gbk")
    found = parser_for(page, "a.html").parse(in_utf8(page, "text/html", "gbk"), name="a.html")
    assert found.text.strip() == "一"


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("/", "text/html", "h.org.html"),
        ("/a/b.php", "text/html", "b.php.html"),
        ("/a/b.HTML", "text/html", "b.HTML"),
        ("/a/b.md", "text/plain", "b.md"),
        ("/a/%E4%BD%A0", "text/markdown", "你.md"),
        ("/a/b.zip", "application/octet-stream", "b.zip"),
        ("/%00", "", "h.org"),
        ("/a%2Fb", "", "b"),
    ],
)
def test_names(path, kind, name):
    """The last part of the path, with the ending of its kind, so that a page of PHP is no program."""
    assert file_name(path, "h.org", kind) == name
