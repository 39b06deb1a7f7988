"""Web addresses in their one form, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys.errors import UrlError
from ragsys.ingest.web.urls import is_url, joined, normal, parted, site_of
from ragsys.members import enclosing


@pytest.mark.parametrize(
    ("given_as", "kept_as"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a#part", "https://example.org/a"),
        ("http://example.org:8080", "http://example.org:8080/"),
        ("http://example.org/a/../b/./c", "http://example.org/b/c"),
        ("http://例子.cn/路?q=你", "http://xn--fsqu00a.cn/%E8%B7%AF?q=%E4%BD%A0"),
        (" http://example.org/a b ", "http://example.org/a%20b"),
        ("http://example.org/a!/b", "http://example.org/a%21/b"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
        ("http://example.org?x=1", "http://example.org/?x=1"),
    ],
)
def test_normal_form(given_as, kept_as):
    """One source for one page; and that form is its own."""
    assert normal(given_as) == kept_as == normal(kept_as)
    assert enclosing(kept_as) == ()


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/", "http:///x", "http:/x", "http://", "http://exa mple.org/", "http://h:0/", "http://h:70000/",
        "http://h:x/", "http://h\n.org/", "file:///etc/passwd", "http://" + "a" * 3000 + "/", "http://h/" + "a" * 3000,
        "http://h/\ud800", "http://[::1", "https://\x00/",
    ],
)  # fmt: skip
def test_what_is_no_web_address(address):
    """Other schemes, no host, a bad port, control characters, endless ones: a typed error."""
    with pytest.raises(UrlError) as refused:
        normal(address)
    assert len(refused.value.message) < 400
    refused.value.message.encode()


@pytest.mark.parametrize(
    "address", ["https://ann:s3cret@example.org/", "http://s3cret@example.org", "http://:s3cret@h/"]
)
def test_a_password_is_refused_and_not_repeated(address):
    """Nothing of it gets into a message, or an index."""
    with pytest.raises(UrlError) as refused:
        normal(address)
    assert "s3cret" not in refused.value.message


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_an_address_or_a_typed_error(text):
    """Nothing else comes out, and a normal form stays what it is."""
    try:
        found = normal(f"http://{text}")
    except UrlError:
        return
    assert found.isascii()
    assert is_url(found)
    assert normal(found) == found


def test_paths_and_addresses_are_told_apart():
    """A `Path` is never an address, and each address is taken once."""
    files, urls = parted(["a.txt", Path("b"), "http://h", "HTTP://h/#x", "https://h/"])
    assert files == [Path("a.txt"), Path("b")]
    assert urls == ["http://h/", "https://h/"]


def test_where_references_lead():
    """As a browser would go; out of http is nowhere."""
    assert joined("http://h/a/b?x", "../c#d") == "http://h/c"
    assert joined("https://h/", "//other/x") == "https://other/x"
    for reference in ("javascript:alert(1)", "file:///etc/passwd", "http://u:p@h/"):
        with pytest.raises(UrlError):
            joined("http://h/", reference)


def test_a_site_is_a_host_and_its_unusual_port():
    """With or without TLS it is the same one."""
    assert site_of("http://h/") == site_of("https://h/x") == "h"
    assert site_of("http://h:8080/") == "h:8080"
