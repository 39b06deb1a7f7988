"""Sitemaps are told by what they hold, and read without building a tree of it."""

from __future__ import annotations

import gzip

import pytest

from ragsys.errors import DocumentError
from ragsys.ingest.web.fetching import Page, Validators
from ragsys.ingest.web.sitemaps import Sitemap, read_sitemap

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def page(data, kind="application/xml"):
    """A page as it was fetched."""
    return Page("http://h/sitemap.xml", data if isinstance(data, bytes) else data.encode(), kind, "", Validators())


@pytest.mark.parametrize(
    "before",
    ["", '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet href="a.xsl"?>', "\ufeff \n<!-- a --><!-- > b -->"],
)
@pytest.mark.parametrize("kind", ["application/xml", "text/xml", "text/html", ""])
def test_a_list_of_pages(before, kind):
    """Whatever the server calls it, whatever stands before it."""
    text = (
        f"{before}<urlset {NS}><url><loc> http://h/a </loc><lastmod>2026-11-24</lastmod></url>"
        "<url><loc>HTTP://H/b?x=1&amp;y=2#c</loc></url><url><loc>http://h/a</loc></url>"
        "<url><loc>/relative</loc></url><url><loc>http://u:p@h/</loc></url><url/><other/></urlset>"
    )
    expected = Sitemap(("http://h/a", "HTTP://H/b?x=1&y=2#c", "/relative", "http://u:p@h/"))
    assert read_sitemap(page(text, kind)) == expected
    assert read_sitemap(page(gzip.compress(text.encode()), "application/gzip")) == expected


def test_a_list_of_lists():
    """With a prefix for its namespace, as some write it."""
    text = f"<s:sitemapindex {NS.replace('xmlns', 'xmlns:s')}><s:sitemap><s:loc>http://h/1.xml</s:loc></s:sitemap></s:sitemapindex>"
    assert read_sitemap(page(text)) == Sitemap(sitemaps=("http://h/1.xml",))


def test_a_list_in_plain_text():
    """One address a line and nothing else."""
    assert read_sitemap(page("\ufeffhttp://h/a\r\n\r\nhttp://h/b\n", "text/plain")) == Sitemap(
        ("http://h/a", "http://h/b")
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("<html><body>urlset</body></html>", "text/html"),
        ("<urlsets/>", "text/xml"),
        ("<rss><urlset/></rss>", "text/xml"),
        ("see http://h/a", "text/plain"),
        ("http://h/a is a page", "text/plain"),
        ("http://h/a\nhttp://h/b", "text/html"),
        ("", "text/plain"),
        (b"\x1f\x8bnot packed", "application/gzip"),
        (gzip.compress(b"a text"), "application/gzip"),
        (gzip.compress(bytes(60 * 1024 * 1024)), "application/gzip"),
        ("<!---->" * 2000 + "x", "text/html"),
    ],
)
def test_what_is_none(data, kind):
    """Pages that speak of sitemaps, texts with addresses in them, archives, and one that would take long to tell."""
    assert read_sitemap(page(data, kind)) is None


def test_broken_and_hostile_ones():
    """They are outcomes of their own; one that begins with a document type is a document, and refused as that."""
    with pytest.raises(DocumentError, match="not well-formed"):
        read_sitemap(page(f"<urlset {NS}><url>"))
    assert read_sitemap(page('<!DOCTYPE urlset [<!ENTITY a "aaaa">]><urlset>&a;</urlset>')) is None


def test_a_sitemap_without_end():
    """More entries than the protocol allows are cut, more elements than that takes are refused; no tree is kept."""
    entry = "<url><loc>http://h/%d</loc></url>"
    found = read_sitemap(page("<urlset>" + "".join(entry % n for n in range(50_001)) + "</urlset>"))
    assert (len(found.pages), found.cut) == (50_000, True)
    found = read_sitemap(page("\n".join(f"http://h/{n}" for n in range(50_001)), "text/plain"))
    assert (len(found.pages), found.cut) == (50_000, True)
    with pytest.raises(DocumentError, match="elements"):
        read_sitemap(page("<urlset>" + "<a/>" * 2_000_001 + "</urlset>"))


def test_only_the_address_of_an_entry_counts():
    """Those of its pictures are not pages, nor is an address that is cut in pieces lost."""
    text = (
        "<urlset><loc>http://h/0</loc><url><image><loc>http://h/1</loc></image>"
        "<loc>http://<!-- -->h/2&amp;<![CDATA[3]]></loc></url><other><loc>http://h/4</loc></other></urlset>"
    )
    assert read_sitemap(page(text)) == Sitemap(("http://h/2&3",))
