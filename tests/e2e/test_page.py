"""The web page in a real browser: what people do with it, and that it fetches nothing from elsewhere.

No text of a document ever becomes markup.
"""

import chromium
import pytest
import web

from ragsys.testing import ScriptedGenerator

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = chromium.NEEDED

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> \u202egnihton"
NOTES = web.NOTES | {
    "attack.md": f"# Paint\n\nThe paint {HOSTILE} dries for six hours.\n",
    "shuihu.md": "# 水壶\n\n水壶每年除垢两次。\n",
    "mountains.md": "# Mountains\n\n" + "The path leads up. " * 2000 + "The summit is marked by a green stone.\n",
}
PHONE = {"width": 390, "height": 780}
WRITER = web.PatientGenerator(pause=0.02)


@pytest.fixture(scope="module")
def browser():
    """A browser with an empty profile."""
    with chromium.started() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server over one index whose answers come word by word."""
    home = tmp_path_factory.mktemp("page")
    with web.serving(home, {"notes": web.fill(home, notes=NOTES)}, generator=WRITER) as running:
        yield running


@pytest.fixture
def visit(browser, server):
    """Open the page; at the end, no request has left the host, and nothing was blocked or failed in a script."""
    contexts, foreign, faults = [], [], []

    def open_page(url=server.url, *, path="/", **options):
        context = browser.new_context(**{"locale": "en-GB", **options})
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(url) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Security Policy" in said.text else None)
        page.goto(url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert (foreign, faults) == ([], [])


def ask(page, question):
    """Type a question and wait for what comes of it; the last turn."""
    page.fill("#question", question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").last
    turn.locator(".about, .failure").wait_for()
    return turn


def test_an_answer_streams_and_its_citation_opens_the_source(visit, monkeypatch):
    """A draft is shown while it is written; the marker opens the document with the quote marked in its place."""
    page = visit()
    monkeypatch.setattr(WRITER, "pause", 0.3)
    page.fill("#question", web.QUESTION)
    page.keyboard.press("Enter")
    page.locator(".draft").wait_for()
    turn = page.locator(".turn").last
    turn.locator(".about").wait_for()
    assert "after every ride in the rain" in turn.locator(".text").inner_text()
    turn.locator(".marker").first.click()
    assert page.locator("#source mark").inner_text() == "The chain is oiled after every ride in the rain."
    assert page.locator("#source-check").inner_text() == "The quote stands there, letter for letter."
    page.keyboard.press("Escape")
    assert page.locator("#source").is_hidden()
    assert page.evaluate("() => document.activeElement.className") == "marker"


def test_a_quote_far_down_a_long_document_is_in_sight(visit):
    """The panel shows what stands around the quote, and the quote itself without scrolling."""
    page = visit(path="/#search")
    page.fill("#words", "summit marked by a green stone")
    page.click("#search-form button.main")
    page.locator("#hits .open", has_text="green stone").click()
    sync_api.expect(page.locator("#source mark", has_text="green stone")).to_be_in_viewport()
    assert page.locator("#source-text").inner_text().startswith("…")


def test_a_refusal_says_so_and_shows_what_is_nearest(visit):
    """What the documents do not answer is not answered; the reason and the nearest passages stand there."""
    turn = ask(visit(), "Who won the football world cup in 1998?")
    assert turn.locator(".refusal").inner_text() == "Not answered from your documents."
    assert 1 <= turn.locator(".nearest li").count() <= 3


def test_a_conversation_can_be_left_and_gone_on_with(visit):
    """It is kept with its answers, is listed under its first question, and can be deleted."""
    page = visit()
    ask(page, web.QUESTION)
    ask(page, "And in winter?")
    page.click("#new-talk")
    assert page.locator(".turn").count() == 0
    page.click("#sessions summary")
    kept = page.locator("#sessions li", has_text=web.QUESTION).first
    kept.locator("button").first.click()
    page.locator(".turn").nth(1).wait_for()
    assert page.locator(".turn h2").all_inner_texts() == [web.QUESTION, "And in winter?"]
    before = page.locator("#sessions li").count()
    page.click("#sessions summary")
    page.locator("#sessions li", has_text=web.QUESTION).first.locator(".danger").click()
    sync_api.expect(page.locator("#sessions li")).to_have_count(before - 1)


def test_an_answer_can_be_stopped(browser, tmp_path):
    """The button ends the request, and the generator behind it."""
    generator = web.PatientGenerator(reply=" ".join(f"word{n}" for n in range(200)), pause=0.2)
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, generator=generator) as running:
        page = browser.new_page(locale="en-GB")
        page.goto(running.url)
        page.fill("#question", web.QUESTION)
        page.keyboard.press("Enter")
        page.locator(".draft").wait_for()
        page.click("#ask-stop")
        assert page.locator(".turn .hint").inner_text() == "Stopped."
        web.until(lambda: generator.running == 0)
        page.close()
    assert generator.stopped == 1


def test_search_filters_and_explains(visit):
    """Hits with the parts of their scores; a filter that does not parse is an error with its code and the next step."""
    page = visit(path="/#search")
    page.fill("#words", "cleaned with a dry brush")
    page.check("#explain")
    page.click("#search-form button.main")
    first = page.locator("#hits li").first
    assert "dry brush" in first.inner_text()
    assert first.locator("meter").count() == 2
    assert first.locator("tbody tr", has_text="brush").count() == 1
    page.fill("#search-filter", "source ~ '*bike*'")
    page.click("#search-form button.main")
    sync_api.expect(page.locator("#hits li")).to_have_count(1)
    page.fill("#search-filter", "source ~")
    page.click("#search-form button.main")
    page.locator(".failure").wait_for()
    assert "filter-invalid" in page.locator(".failure").inner_text()
    assert page.locator(".failure .hint").inner_text().startswith("Next:")


@pytest.mark.parametrize("how", ["chosen", "dropped"])
def test_a_file_is_uploaded_found_and_deleted(visit, how):
    """It is indexed while one looks on; a file that cannot be read is a failure with its code; deleting asks first."""
    page = visit(path="/#documents")
    page.locator("#list tbody tr").first.wait_for()
    name = f"{how}.md"
    if how == "chosen":
        files = [(name, b"# Lamp\n\nThe lamp glows violet.\n"), ("bad.txt", b"")]
        page.set_input_files("#files", [{"name": n, "mimeType": "text/plain", "buffer": data} for n, data in files])
        page.locator("#uploads .failure").wait_for()
        assert "file-empty" in page.locator("#uploads .failure").inner_text()
    else:
        page.evaluate(
            """name => {
              const data = new DataTransfer();
              data.items.add(new File(["# Lamp\\n\\nThe lamp glows violet.\\n"], name));
              const event = new DragEvent("drop", { dataTransfer: data, cancelable: true });
              document.getElementById("drop").dispatchEvent(event);
            }""",
            name,
        )
    page.locator("#uploads li.good", has_text=name).wait_for()
    row = page.locator("#list tbody tr", has_text=name)
    row.locator(".danger").click()
    assert row.locator(".danger").inner_text() == "Delete for good?"
    row.locator(".danger").click()
    sync_api.expect(row).to_have_count(0)


def test_hostile_text_stays_text(visit):
    """Tags in a document are shown as they stand there, in hits, in the source and in an answer."""
    page = visit(path="/#search")
    page.fill("#words", "how long does the paint dry")
    page.click("#search-form button.main")
    page.locator("#hits .open", has_text="<script>").first.click()
    page.locator("#source mark", has_text="onerror").wait_for()
    page.goto(page.url.replace("#search", "#ask"))
    page.select_option("#mode", "extract")
    ask(page, "How long does the paint dry?")
    assert page.title() == "ragsys"
    assert page.locator("main img, main script, aside img, aside script").count() == 0


def test_a_token_is_asked_for(browser, tmp_path):
    """Without a token nothing is shown; a wrong one is refused; the right one is kept in this tab only."""
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, tokens={"reader": ("read", ())}) as running:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.goto(running.url)
        page.locator("#token").wait_for()
        assert page.locator("#ask").is_hidden()
        page.fill("#token", "rs_wrong")
        page.keyboard.press("Enter")
        sync_api.expect(page.locator("#token-error")).to_have_text("This token is not valid.")
        page.fill("#token", running.tokens["reader"])
        page.keyboard.press("Enter")
        page.locator("#question").wait_for()
        assert page.evaluate("() => Object.values(localStorage).join()") == ""
        assert page.context.cookies() == []
        page.goto(running.url + "/#documents")
        page.set_input_files("#files", [{"name": "a.md", "mimeType": "text/markdown", "buffer": b"# A\n\ntext\n"}])
        page.locator("#uploads .failure").wait_for()
        assert "forbidden" in page.locator("#uploads .failure").inner_text()
        context.close()


def test_it_speaks_chinese(visit):
    """By the browser's language; the button changes it, and the choice stays."""
    page = visit(locale="zh-CN")
    assert page.locator("#ask-go").inner_text() == "提问"
    assert page.evaluate("() => document.documentElement.lang") == "zh-CN"
    turn = ask(page, "水壶每年除垢几次？")
    assert turn.locator(".about").inner_text().startswith("置信度")
    page.click("#language")
    assert page.locator("#ask-go").inner_text() == "Ask"
    page.reload()
    sync_api.expect(page.locator("#ask-go")).to_have_text("Ask")


def test_both_languages_say_the_same_things():
    """Every text of the page is there in English and in Chinese."""
    import re
    from pathlib import Path

    import ragsys.server

    source = (Path(ragsys.server.__file__).parent / "web" / "words.js").read_text(encoding="utf-8")
    english, chinese = source.split("  zh: {")
    keys = re.compile(r"(?:^|[,{\s])(\w+): [\"`]")
    assert set(keys.findall(english)) == set(keys.findall(chinese))
    assert len(set(keys.findall(chinese))) > 60


def test_it_works_by_keyboard(visit):
    """Tab goes through everything from the skip link on; a question is asked and its source opened by keys only."""
    page = visit()
    page.locator("#question:focus").wait_for()  # where the page puts the focus once it knows the server
    page.locator(".skip").focus()
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.dataset.view ?? document.activeElement.id"))
    assert reached[:6] == ["ask", "search", "documents", "language", "theme", "new-talk"]
    page.locator("#theme").focus()
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.id") == "question"
    page.keyboard.type(web.QUESTION)
    page.keyboard.press("Enter")
    page.locator(".about").wait_for()
    page.locator(".marker").first.focus()
    page.keyboard.press("Enter")
    page.locator("#source mark").wait_for()
    assert page.evaluate("() => document.activeElement.id") == "source-close"


@pytest.mark.parametrize("view", ["ask", "search", "documents"])
def test_it_fits_a_phone(visit, view):
    """Nothing is wider than the screen, and an opened source takes it all."""
    page = visit(path=f"/#{view}", viewport=PHONE)
    if view == "ask":
        ask(page, web.QUESTION).locator(".marker").first.click()
        page.locator("#source mark").wait_for()
        assert page.locator("#source").bounding_box()["width"] == PHONE["width"]
    else:
        page.locator("#hits, #list tbody tr").first.wait_for(state="attached")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def test_light_and_dark(visit):
    """By the system's choice; the switch goes over it, and stays."""
    page = visit(color_scheme="dark")
    page.locator("#question").wait_for()

    def background():
        return page.evaluate("() => getComputedStyle(document.body).backgroundColor")

    dark = background()
    page.click("#theme")
    assert background() != dark
    page.reload()
    page.locator("#question").wait_for()
    assert background() != dark


def test_a_server_that_went_away_is_said(browser, tmp_path):
    """The page does not pretend: the next question says that nobody answers."""
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, generator=ScriptedGenerator([])) as running:
        page = browser.new_page(locale="en-GB")
        page.goto(running.url)
        page.locator("#status", has_text="ready").wait_for()
    turn = ask(page, web.QUESTION)
    assert "The server does not answer." in turn.locator(".failure").inner_text()
    page.close()
