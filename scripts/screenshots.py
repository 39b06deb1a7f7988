"""The README's pictures of the web page: examples/collection, default models, a real browser (Debian's chromium).

python scripts/screenshots.py      # writes docs/images/*.png
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
PORT = 8799
URL = f"http://127.0.0.1:{PORT}"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
WAIT = 180_000


def main() -> None:
    """Index the collection, serve it, and look at it."""
    browser = shutil.which("chromium") or sys.exit("install chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.gettempdir()) / "ragsys-pictures"  # its name is seen in the pictures
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        collection = shutil.copytree(ROOT / "examples" / "collection", scratch / "notes")
        index = str(scratch / "index" / ".ragsys")
        run = [sys.executable, "-m", "ragsys"]
        subprocess.run([*run, "add", str(collection), "--index", index], check=True)
        server = subprocess.Popen([*run, "serve", "--index", index, "--port", str(PORT)], stderr=subprocess.DEVNULL)
        try:
            until_ready()
            with sync_playwright() as playwright:
                started = playwright.chromium.launch(executable_path=str(browser), args=ARGUMENTS)
                ask(started, "en-GB", "How much coffee goes into one litre?", "ask.png")
                ask(started, "zh-CN", "一升水要用多少克咖啡粉？", "ask-zh.png", dark=True)
                search(started)
                started.close()
        finally:
            server.terminate()
            server.wait()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def until_ready() -> None:
    """Wait for the models."""
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{URL}/ready") as answer:  # noqa: S310 - our own address
                if answer.status == 200:  # noqa: PLR2004
                    return
        except OSError:
            pass
        time.sleep(0.5)
    sys.exit("the server did not become ready")


def page_of(browser: Browser, locale: str, view: str, *, dark: bool = False) -> Page:
    """The page in a language and a colour."""
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    context = browser.new_context(viewport={"width": 1180, "height": 640}, locale=locale, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{URL}/#{view}")
    page.locator("#status").wait_for()
    return page


def ask(browser: Browser, locale: str, question: str, name: str, *, dark: bool = False) -> None:
    """An answer with its source beside it."""
    page = page_of(browser, locale, "ask", dark=dark)
    page.fill("#question", question)
    page.keyboard.press("Enter")
    page.locator(".about").wait_for(timeout=WAIT)
    page.locator(".marker, .nearest .open").first.click()
    page.locator("#source mark").wait_for()
    page.wait_for_timeout(700)
    page.screenshot(path=IMAGES / name)


def search(browser: Browser) -> None:
    """Hits and their scores."""
    page = page_of(browser, "en-GB", "search")
    page.fill("#words", "how to clean a coffee grinder")
    page.check("#explain")
    page.click("#search-form button.main")
    page.locator("#hits li").first.wait_for(timeout=WAIT)
    page.wait_for_timeout(300)
    page.screenshot(path=IMAGES / "search.png")


if __name__ == "__main__":
    main()
