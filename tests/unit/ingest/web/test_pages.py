"""Pages and sitemaps through the engine: added, looked at again, removed; nothing is fetched unless that is allowed."""

from __future__ import annotations

import asyncio
import json
import socket
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from ragsys import AsyncQueryEngine, QueryEngine
from ragsys.config import Settings
from ragsys.errors import NetworkRefusedError, NotFoundError, OfflineError, UrlError, UsageError
from ragsys.ingest import inspect_file
from ragsys.ingest.web.pages import Pages
from ragsys.testing import HashEmbedder


@pytest.fixture
def engine(tmp_path, settings):
    """An engine over an empty index, which may fetch from the site."""
    with QueryEngine.open(tmp_path / "index", settings=settings, embedder=HashEmbedder()) as opened:
        yield opened


@pytest.fixture(autouse=True)
def in_this_process(request, monkeypatch):
    """Read pages here, which is quicker; a test that says `real_reader` has the process that reads them elsewhere."""
    import in_process

    if "real_reader" not in request.fixturenames:
        monkeypatch.setattr("ragsys.ingest.pipeline.Reader", in_process.InProcessReader)


@pytest.fixture
def real_reader():
    """See `in_this_process`."""


def page(title, text, **headers):
    """A page of HTML."""
    html = f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{text}</p>"
    return 200, {"Content-Type": "text/html; charset=utf-8", **headers}, html


def sitemap(*urls, kind="urlset"):
    """A sitemap of pages, or of sitemaps."""
    entry = "url" if kind == "urlset" else "sitemap"
    rows = "".join(f"<{entry}><loc>{url}</loc></{entry}>" for url in urls)
    namespace = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    return 200, {"Content-Type": "application/xml"}, f'<?xml version="1.0"?><{kind} {namespace}>{rows}</{kind}>'


def sources(engine, site):
    """The paths of what is in the index."""
    return [document.source.removeprefix(site.url) for document in engine.documents()]


def codes(report):
    """What failed, by path's last part."""
    return {failure.source.rpartition("/")[2]: failure.code for failure in report.failed}


def test_a_page_is_a_document(engine, site):
    """Its source is its address in normal form, its title its own; a hit and a citation carry both."""
    site.pages["/tea?x=1"] = page("Tea", "Green tea is brewed at eighty degrees.")
    report = engine.add(f"{site.url}/tea?x=1#top", tags={"topic": "tea"}, acl=["*"])
    assert (report.added, report.failed) == (1, ())
    (found,) = engine.documents(where="topic = tea")
    assert (found.source, found.title) == (f"{site.url}/tea?x=1", "Tea")
    hit = engine.search("how hot is green tea").hits[0]
    assert hit.document.source == found.source
    assert engine.text(found.source)[hit.start : hit.end] == hit.text
    assert [root.path for root in engine.roots()] == [found.source]


@pytest.fixture
def no_sockets(monkeypatch):
    """Whoever asks for one fails."""

    def forbidden(*_arguments, **_named):
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(socket, "create_connection", forbidden)


@pytest.mark.parametrize("settings", [Settings(), Settings(allowed_hosts="127.0.0.1")])
def test_nothing_is_fetched_unless_that_is_allowed(engine, site, tmp_path, no_sockets):
    """A typed error before anything is done, and no socket."""
    (tmp_path / "a.txt").write_text("A text.")
    for attempt in (engine.add, engine.rehearse):
        with pytest.raises(NetworkRefusedError):
            attempt(tmp_path / "a.txt", f"{site.url}/")
    with pytest.raises(NetworkRefusedError):
        inspect_file(f"{site.url}/", engine.settings)
    assert (engine.documents(), engine.roots(), engine.status().failed) == ([], [], ())


@pytest.mark.parametrize("allowed", [False, True])
def test_offline_wins(site, no_sockets, allowed):
    """Whatever else is allowed."""
    settings = Settings(offline=True, allow_network=allowed, allowed_hosts="127.0.0.1")
    with pytest.raises(OfflineError):
        inspect_file(f"{site.url}/", settings)
    with pytest.raises(OfflineError):
        Pages([f"{site.url}/"], settings)


def test_an_argument_comes_before_the_setting(engine, site):
    """`allow_network` of one call holds for that call."""
    site.pages["/"] = page("Home", "The home of it all.")
    with pytest.raises(NetworkRefusedError) as refused:
        engine.add(f"{site.url}/", allow_network=False)
    assert "--allow-network" in refused.value.hint
    assert engine.add(f"{site.url}/", allow_network=True).added == 1


def test_an_address_that_is_none(engine):
    """Is a typed error, before anything is stored; a password is in no message."""
    with pytest.raises(UrlError) as refused:
        engine.add("https://ann:s3cret@example.org/")
    assert "s3cret" not in str(refused.value)


def test_files_and_pages_together(engine, site, tmp_path):
    """One report for both."""
    (tmp_path / "a.txt").write_text("The text of a file.")
    site.pages["/"] = page("Home", "The text of a page.")
    assert engine.add(tmp_path / "a.txt", f"{site.url}/").added == 2
    report = engine.update()
    assert (report.unchanged, report.failed, report.warnings) == (2, (), ())
    assert all(root.synced_at for root in engine.roots())


def test_update_asks_whether_a_page_has_changed(engine, site):
    """With what the server said; 304 costs nothing, a change is embedded anew, and another ETag alone is only noted."""
    site.pages["/"] = page("Home", "The first text.", ETag='"1"')
    engine.add(f"{site.url}/")
    assert "if-none-match" not in site.requests[-1].headers
    report = engine.update()
    assert (report.unchanged, report.embedded, site.requests[-1].headers["if-none-match"]) == (1, 0, '"1"')
    site.pages["/"] = page("Home", "The second text.", ETag='"2"')
    assert engine.update().updated == 1
    assert "second" in engine.text(f"{site.url}/")
    site.pages["/"] = page("Home", "The second text.", ETag='"3"')
    report = engine.update()
    assert (report.unchanged, report.updated, report.embedded) == (1, 0, 0)
    engine.update()
    assert [request.headers.get("if-none-match") for request in site.requests] == [None, '"1"', '"1"', '"2"', '"3"']


def test_everything_is_asked_for_again_where_it_is_chunked_in_another_way(tmp_path, site, settings):
    """No condition is sent where the index could not use the answer; nor with `force`."""
    site.pages["/"] = page("Home", "The first text.", ETag='"1"')
    for chunk_tokens, force in ((256, False), (64, False), (64, True), (64, False)):
        chosen = replace(settings, chunk_tokens=chunk_tokens)
        with QueryEngine.open(tmp_path / "index", settings=chosen, embedder=HashEmbedder()) as opened:
            assert opened.add(f"{site.url}/", force=force).failed == ()
    assert ["if-none-match" in request.headers for request in site.requests] == [False, False, False, True]


def test_update_without_permission_leaves_pages_as_they_are(engine, site, tmp_path):
    """Files are looked at, pages stay, and that is said."""
    (tmp_path / "a.txt").write_text("The text of a file.")
    site.pages["/"] = page("Home", "The text of a page.")
    engine.add(tmp_path / "a.txt", f"{site.url}/")
    del site.pages["/"]
    (tmp_path / "a.txt").write_text("Another text.")
    asked = len(site.requests)
    report = engine.update(allow_network=False)
    assert (report.updated, report.deleted, [notice.code for notice in report.warnings]) == (1, 0, ["pages-left"])
    assert len(site.requests) == asked
    assert f"{site.url}/" in [document.source for document in engine.documents()]


@pytest.mark.parametrize("status", [404, 410])
def test_what_the_server_says_is_gone_is_gone(engine, site, status):
    """As a file that vanished: removed by `update`, only reported with `prune` False."""
    site.pages["/"] = page("Home", "The text of a page.")
    engine.add(f"{site.url}/")
    site.pages["/"] = (status, {}, b"")
    report = engine.update(prune=False)
    assert (report.vanished, report.failed, sources(engine, site)) == ((f"{site.url}/",), (), ["/"])
    report = engine.update()
    assert (report.deleted, report.failed, sources(engine, site)) == (1, (), [])
    report = engine.update()
    assert (report.deleted, report.failed, engine.status().failed) == (0, (), ())
    assert codes(engine.add(f"{site.url}/")) == {"": "page-gone"}


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b""),
        (403, {}, b""),
        (200, {"Content-Length": "9"}, b""),
        b"",
        (200, {"Content-Type": "image/gif"}, b"GIF89a"),
    ],
)
def test_whatever_else_goes_wrong_leaves_what_is_there(engine, site, answer):
    """An outcome, until the page is there again."""
    site.pages["/"] = page("Home", "The text of a page.")
    engine.add(f"{site.url}/")
    site.pages["/"] = answer
    report = engine.update()
    assert (len(report.failed), report.deleted, sources(engine, site)) == (1, 0, ["/"])
    assert "kept" in report.failed[0].message
    assert len(engine.status().failed) == 1
    site.pages["/"] = page("Home", "The text of a page.")
    assert engine.update().unchanged == 1
    assert engine.status().failed == ()


def test_what_never_came_is_not_looked_at_again(engine, site):
    """A page that was not there when it was added is an outcome and no root."""
    assert codes(engine.add(f"{site.url}/nothing")) == {"nothing": "page-gone"}
    assert engine.roots() == []
    site.pages["/ok"] = page("Home", "The text of a page.")
    engine.add(f"{site.url}/ok")
    site.pages["/ok"] = (500, {}, b"")
    assert codes(engine.add(f"{site.url}/ok")) == {"ok": "page-failed"}
    assert [root.path for root in engine.roots()] == [f"{site.url}/ok"]


def test_a_redirected_page_keeps_the_address_that_was_added(engine, site):
    """That is what is asked for the next time."""
    site.pages["/old"] = (301, {"Location": "/new"}, b"")
    site.pages["/new"] = page("New", "The text of a page.", ETag='"1"')
    engine.add(f"{site.url}/old")
    assert sources(engine, site) == ["/old"]
    assert engine.update().unchanged == 1


def test_a_sitemap_leads_to_its_pages(engine, site):
    """Those of its own site, once each; its tags and rights hold for them, also for those that come later."""
    site.pages["/a"], site.pages["/b"] = page("A", "The text of a."), page("B", "The text of b.")
    listed = [f"{site.url}/a", f"{site.url}/b#part", f"{site.url}/b", "http://other.example/", "ftp://x/"]
    site.pages["/map"] = sitemap(*listed)
    report = engine.add(f"{site.url}/map", tags={"topic": "x"}, acl=["user:ann"])
    assert (report.added, report.failed) == (2, ())
    assert [(notice.code, notice.message[0]) for notice in report.warnings] == [("pages-elsewhere", "2")]
    assert site.paths == ["/map", "/robots.txt", "/a", "/b"]
    site.pages["/c"], site.pages["/map"] = page("C", "The text of c."), sitemap(*listed, f"{site.url}/c")
    assert engine.update().added == 1
    assert len(engine.documents(where="topic = x")) == 3
    with engine._index.read() as view:
        assert {known.acl for known in view.known().values()} == {("user:ann",)}
    assert [root.path for root in engine.roots()] == [f"{site.url}/map"]


def test_pages_of_a_sitemap_are_kept_while_they_are_there(engine, site):
    """One that is not listed any more is asked for; only what the server says is gone is removed."""
    site.pages |= {f"/{name}": page(name, f"The text of {name}.", ETag=f'"{name}"') for name in "abc"}
    site.pages["/map"] = sitemap(*(f"{site.url}/{name}" for name in "abc"))
    engine.add(f"{site.url}/map")
    site.pages["/map"] = sitemap(f"{site.url}/c")
    del site.pages["/a"]
    report = engine.update()
    assert (report.deleted, report.unchanged, report.embedded, sources(engine, site)) == (1, 2, 0, ["/b", "/c"])


def test_a_sitemap_that_is_gone_takes_nothing_with_it(engine, site):
    """A site may be down as a disk may not be mounted: its pages are kept, and that is said."""
    site.pages |= {"/a": page("A", "The text of a."), "/map": sitemap(f"{site.url}/a")}
    engine.add(f"{site.url}/map")
    site.pages.clear()
    report = engine.update()
    assert (report.deleted, report.failed, [notice.code for notice in report.warnings]) == (0, (), ["root-missing"])
    assert sources(engine, site) == ["/a"]


def test_sitemaps_of_sitemaps(engine, site):
    """Also deeper than the protocol knows, but not without end; one that cannot be read is an outcome."""
    site.pages |= {f"/{name}": page(name, f"The text of {name}.") for name in "abc"}
    site.pages["/map"] = sitemap(*(f"{site.url}/{n}" for n in ("map", "1", "2", "3", "4")), kind="sitemapindex")
    site.pages["/1"] = (200, {"Content-Type": "text/plain"}, f"{site.url}/a\n{site.url}/b")
    site.pages["/2"] = sitemap(f"{site.url}/2a", kind="sitemapindex")
    site.pages["/2a"] = sitemap(f"{site.url}/c")
    site.pages["/3"] = page("No", "This is no sitemap.")
    report = engine.add(f"{site.url}/map")
    assert codes(report) == {"3": "document", "4": "page-gone"}
    assert sources(engine, site) == ["/a", "/b", "/c"]


def test_a_sitemap_without_end_is_cut(engine, site):
    """By depth, and by the number of pages; the outcome says what is missing."""
    site.pages |= {f"/{n}": sitemap(f"{site.url}/{n + 1}", kind="sitemapindex") for n in range(9)}
    assert codes(engine.add(f"{site.url}/0")) == {"0": "sitemap-cut"}
    assert site.paths == ["/0", "/1", "/2", "/3"]


def test_a_long_sitemap_is_cut(tmp_path, site, settings):
    """After `max_pages`; what was taken stays, and is looked at again."""
    site.pages |= {f"/{name}": page(name, f"The text of {name}.") for name in "abc"}
    site.pages["/map"] = sitemap(*(f"{site.url}/{name}" for name in "abc"))
    chosen = replace(settings, max_pages=2)
    with QueryEngine.open(tmp_path / "index", settings=chosen, embedder=HashEmbedder()) as engine:
        for _ in range(2):
            report = engine.add(f"{site.url}/map")
            assert codes(report) == {"map": "sitemap-cut"}
            assert "more than 2 pages" in report.failed[0].message
            assert sources(engine, site) == ["/a", "/b"]


def test_robots_are_heard_on_the_pages_of_a_sitemap(engine, site):
    """A page that it excludes is an outcome; one that somebody names is his own affair."""
    site.pages |= {f"/{name}": page(name, f"The text of {name}.") for name in "ab"}
    site.pages["/robots.txt"] = "User-agent: ragsys\nDisallow: /b\nCrawl-delay: 0\n\nUser-agent: *\nDisallow: /"
    site.pages["/map"] = sitemap(f"{site.url}/a", f"{site.url}/b")
    assert codes(engine.add(f"{site.url}/map")) == {"b": "robots-refused"}
    assert "/b" not in site.paths
    assert engine.add(f"{site.url}/b").added == 1


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        ((404, {}, b""), True),
        ((403, {}, b""), True),
        ((500, {}, b""), False),
        (b"x" * 600_000, False),
        (b"\xff\xfe", True),
    ],
)
def test_robots_that_cannot_be_read(engine, site, answer, allowed):
    """No rules are none; a server that cannot say which it has is left in peace (RFC 9309)."""
    site.pages |= {"/a": page("A", "The text of a."), "/map": sitemap(f"{site.url}/a"), "/robots.txt": answer}
    assert codes(engine.add(f"{site.url}/map")) == ({} if allowed else {"a": "robots-refused"})


def test_a_page_of_a_sitemap_may_not_lead_away(engine, site):
    """Neither to another site nor to what robots.txt excludes."""
    site.pages["/robots.txt"] = "User-agent: *\nDisallow: /c"
    site.pages["/map"] = sitemap(f"{site.url}/a", f"{site.url}/b")
    site.pages["/a"] = (302, {"Location": f"http://localhost:{site.port}/"}, b"")
    site.pages["/b"] = (302, {"Location": "/c"}, b"")
    assert codes(engine.add(f"{site.url}/map")) == {"a": "page-redirect", "b": "robots-refused"}
    assert "/c" not in site.paths


def test_content_is_told_as_that_of_a_file(engine, site, real_reader):
    """By what it holds and what the server calls it, and read in the same process; an archive is one of documents."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/a.txt", "The text inside.")
    site.pages |= {
        "/data": (200, {"Content-Type": "text/csv"}, "name,year\nAnn,2020\n"),
        "/index.php": (200, {"Content-Type": "text/html; charset=gbk"}, "<p>一个中文的网页</p>".encode("gbk")),
        "/files.zip": (200, {"Content-Type": "application/zip", "ETag": '"1"'}, packed.getvalue()),
        "/image": (200, {"Content-Type": "text/html"}, b"GIF89a"),
    }
    report = engine.add(*(site.url + path for path in site.pages))
    assert codes(report) == {"image": "file-type-unsupported"}
    assert sources(engine, site) == ["/data", "/files.zip!/in/a.txt", "/index.php"]
    assert engine.text(f"{site.url}/index.php").strip() == "一个中文的网页"
    assert engine.update().unchanged == 3
    del site.pages["/files.zip"]
    assert engine.update().deleted == 1


def test_removed_pages_stay_away(engine, site):
    """`update` does not ask for them; `add` does. What is forgotten is in no file."""
    site.pages |= {f"/{name}": page(name, f"The text of {name}.") for name in "ab"}
    site.pages["/map"] = sitemap(f"{site.url}/a", f"{site.url}/b")
    engine.add(f"{site.url}/map")
    engine.remove(f"{site.url}/a")
    site.requests.clear()
    engine.update()
    assert site.paths == ["/map", "/robots.txt", "/b"]
    assert engine.add(f"{site.url}/a").added == 1
    engine.forget(f"{site.url}/a")
    with pytest.raises(NotFoundError):
        engine.document(f"{site.url}/a")
    held = b"".join(path.read_bytes() for path in engine.path.iterdir() if path.is_file())
    assert f"{site.url}/a".encode() not in held
    assert f"{site.url}/b".encode() in held


def test_only_the_named_page_is_looked_at(engine, site):
    """`update` and `drop_roots` know pages by their addresses, in whatever form."""
    site.pages |= {f"/{name}": page(name, f"The text of {name}.") for name in "ab"}
    engine.add(f"{site.url}/a", f"{site.url}/b")
    site.requests.clear()
    engine.update(f"{site.url}/a#x")
    assert site.paths == ["/a"]
    assert engine.drop_roots(f"{site.url}/a#y") == 1
    with pytest.raises(UsageError, match="nothing was added there"):
        engine.update(f"{site.url}/a")


def test_a_rehearsal_stores_nothing(engine, site):
    """It fetches, and says what would be."""
    site.pages |= {"/a": page("A", "The text of a."), "/map": sitemap(f"{site.url}/a", f"{site.url}/b")}
    found = engine.rehearse(f"{site.url}/map")
    assert (found.new, [failure.code for failure in found.failed]) == ((f"{site.url}/a",), ["page-gone"])
    assert (engine.documents(), engine.roots(), engine.status().failed) == ([], [], ())


def test_a_file_does_not_move_to_a_page(engine, site, tmp_path):
    """The same bytes at an address are another document, although the file is gone."""
    text = "<!doctype html><p>The same text in both.</p>"
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.html").write_text(text)
    (tmp_path / "docs" / "b.txt").write_text("Another text.")
    engine.add(tmp_path / "docs")
    (tmp_path / "docs" / "a.html").unlink()
    site.pages["/a.html"] = text
    report = engine.add(tmp_path / "docs", f"{site.url}/a.html")
    assert (report.added, report.moved, report.embedded) == (1, (), 0)
    assert report.vanished == (str(tmp_path / "docs" / "a.html"),)


def test_a_page_can_be_inspected(site, settings):
    """As `add` would take it, without an index."""
    site.pages["/a"] = page("Tea", "Green tea.")
    found = inspect_file(f"{site.url}/a#x", settings)
    assert (found.source, found.title, found.parser) == (f"{site.url}/a", "Tea", "html")
    site.pages["/a"] = (200, {"Content-Type": "text/html"}, b"")
    with pytest.raises(Exception, match="is empty"):
        inspect_file(f"{site.url}/a", settings)


def test_the_asynchronous_engine_takes_pages(tmp_path, site, settings):
    """With the same argument."""
    site.pages["/a"] = page("Tea", "Green tea.")

    async def work():
        async with AsyncQueryEngine(
            tmp_path / "index", settings=replace(settings, allow_network=False), embedder=HashEmbedder(), create=True
        ) as engine:
            with pytest.raises(NetworkRefusedError):
                await engine.add(f"{site.url}/a")
            return await engine.add(f"{site.url}/a", allow_network=True)

    assert asyncio.run(work()).added == 1


def test_what_the_server_said_is_kept_with_its_page_alone(engine, site):
    """And is no metadata that anybody sees or filters by."""
    site.pages |= {"/a": page("A", "The text of a.", ETag='"1"'), "/map": sitemap(f"{site.url}/a")}
    engine.add(f"{site.url}/map")
    with engine._index.read() as view:
        (known,) = view.known().values()
    assert json.loads(known.given) == {"web": {"etag": '"1"', "via": f"{site.url}/map"}}
    assert set(engine.documents()[0].metadata) == {"lang"}
