"""The chat in a page of another site: for the origins that are named, and for no other."""

import functools
import http.server
import threading

import chromium
import pytest
import web

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = chromium.NEEDED


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, without a word."""

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def site(tmp_path):
    """Another site on this machine: its folder and its origin."""
    folder = tmp_path / "site"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    """A browser with an empty profile."""
    with chromium.started() as running:
        yield running


def page_of(folder, running, **data):
    """A page of the site that holds the chat."""
    attributes = " ".join(f'data-{key}="{value}"' for key, value in data.items())
    script = f'<script src="{running.url}/widget.js" {attributes} defer></script>'
    (folder / "index.html").write_text(f"<!doctype html><title>Shop</title><h1>Shop</h1>{script}")


def test_a_named_site_holds_the_chat(browser, site, tmp_path):
    """The chat opens in its page, answers with citations, and keeps its token out of the page's storage."""
    folder, origin = site
    index = web.fill(tmp_path, acl=["*"])
    tokens = {"shop": ("read", ("user:shop",))}
    with web.serving(tmp_path, {"notes": index}, tokens=tokens, server_origins=origin) as running:
        page_of(folder, running, index="notes", token=running.tokens["shop"])
        page = browser.new_page(locale="en-GB")
        page.goto(origin)
        page.get_by_role("button", name="Ask").click()
        page.get_by_label("Question").fill(web.QUESTION)
        page.keyboard.press("Enter")
        page.locator("#ragsys-chat .text").wait_for()
        assert "after every ride in the rain" in page.locator("#ragsys-chat q").first.inner_text()
        assert page.evaluate("() => Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []
        page.keyboard.press("Escape")
        assert page.locator("#ragsys-chat .panel").is_hidden()
        page.close()


@pytest.mark.parametrize("origins", ["", "https://other.example"])
def test_no_other_site_does(browser, site, tmp_path, origins):
    """Its script does not load, or its requests are refused: the page stays as it was."""
    folder, origin = site
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, server_origins=origins) as running:
        page_of(folder, running)
        page = browser.new_page()
        with page.expect_console_message(lambda said: said.type == "error"):
            page.goto(origin)
        assert page.locator("#ragsys-chat").count() == 0
        found = page.evaluate(
            """async url => {
              const headers = { "Content-Type": "application/json" };
              const ask = { method: "POST", body: '{"question": "x"}', headers };
              const answer = await fetch(url + "/v1/ask", ask).catch(error => error.name);
              return answer.status ?? answer;
            }""",
            running.url,
        )
        assert found == "TypeError"
        page.close()


@pytest.mark.parametrize(
    ("path", "origin", "status"),
    [
        ("/v1/ask", "https://docs.example.org", 204),
        ("/v1/sessions/abc/ask", "https://docs.example.org", 204),
        ("/v1/documents", "https://docs.example.org", 403),
        ("/v1/ask", "https://docs.example.org.evil.example", 403),
        ("/v1/ask", "null", 403),
    ],
)
def test_a_browser_that_asks_first_is_told(tmp_path, path, origin, status):
    """Named origins, and the chat's routes only; nobody is ever allowed credentials."""
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, server_origins="https://Docs.example.org/") as running:
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Sec-Fetch-Site": "cross-site"}
        with running.client() as client:
            answer = client.options(path, headers=asked)
        assert answer.status_code == status
        assert answer.headers.get("access-control-allow-origin") == (origin if status == 204 else None)
        assert "access-control-allow-credentials" not in answer.headers
