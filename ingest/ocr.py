"""Text of images, through tesseract where it is installed: a program of its own, fed through a pipe.

`recognise` knows nothing about documents and can be called from either side of a process boundary: it starts the
program that `program` names, and nothing else.
"""

from __future__ import annotations

import csv
import functools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import OcrFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.config import Settings

__all__ = ["INSTALL", "Tesseract", "installed_languages", "program", "recognise", "tesseract_of"]

INSTALL = (
    "install tesseract with its languages (Debian: apt-get install tesseract-ocr tesseract-ocr-chi-sim; macOS: brew "
    "install tesseract tesseract-lang), leave the setting ocr at auto, and add the file again"
)
# Seconds for one page. An A4 page of text takes two to ten.
_SECONDS = 60.0
# What tesseract is less sure of than this (0 to 100) is more often dirt or a picture than a word.
_SURE, _SURE_PAGE = 30.0, 45.0
_WORD_LEVEL = "5"
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_DIVIDED = re.compile(r"[^\W\d_]-[a-z]+$")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:/[A-Za-z0-9_]+)?")


@dataclass(frozen=True, slots=True)
class Tesseract:
    """Recognises images in these languages (tesseract's names for them); those without data here are left out."""

    languages: tuple[str, ...]

    def __call__(self, png: bytes) -> list[str]:
        """The text of each page of an image; see `recognise`."""
        languages = "+".join(name for name in self.languages if name in installed_languages())
        if not languages:
            raise OcrFailedError(f"tesseract has no data for {' or '.join(self.languages)}", hint=INSTALL)
        return recognise(png, languages, _SECONDS)


def tesseract_of(settings: Settings) -> Tesseract | None:
    """What recognises text under these settings: None where that is switched off or not installed."""
    if settings.ocr == "off" or program() is None:
        return None
    return Tesseract(tuple(name for name in re.split(r"[+,\s]+", settings.ocr_languages) if _NAME.fullmatch(name)))


@functools.cache
def program() -> str | None:
    """The path of tesseract, None where it is not installed."""
    return shutil.which("tesseract")


@functools.cache
def installed_languages() -> frozenset[str]:
    """The languages that tesseract has data for."""
    path = program()
    if path is None:
        return frozenset()
    try:
        run = subprocess.run([path, "--list-langs"], capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(line.strip() for line in run.stdout.decode("utf-8", "replace").splitlines()[1:])


def recognise(png: bytes, languages: str, timeout: float) -> list[str]:
    """The text of each page of a PNG, JPEG or TIFF image: paragraphs apart, Chinese without spaces.

    Pages are empty where nothing is told with confidence.

    Raises:
        OcrFailedError: tesseract is not there, cannot read the image, or takes longer than `timeout` seconds.
    """
    path = program()
    if path is None:
        raise OcrFailedError("tesseract is not installed", hint=INSTALL)
    arguments = [path, "stdin", "stdout", "-l", languages, "--dpi", "300", "tsv"]
    try:
        run = subprocess.run(
            arguments,
            input=png,
            capture_output=True,
            timeout=timeout,
            check=True,
            # Several of them run side by side better than one on all cores.
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired:
        raise OcrFailedError(f"recognising its text takes longer than {timeout:.0f} s") from None
    except (OSError, subprocess.SubprocessError):
        raise OcrFailedError("tesseract cannot read the image") from None
    return _pages(run.stdout.decode("utf-8", "replace"))


def _pages(table: str) -> list[str]:
    """The text of each page out of tesseract's table of words."""
    rows = list(csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    pages: dict[int, list[dict[str, str]]] = {}
    for row in rows:
        if row["page_num"].isdecimal():
            words = pages.setdefault(int(row["page_num"]), [])
            if row["level"] == _WORD_LEVEL and (row["text"] or "").strip():
                words.append(row)
    return [_text(words) for words in pages.values()]


def _text(words: Sequence[dict[str, str]]) -> str:
    """Words in tesseract's order: a blank line between its paragraphs, a line where one ends early."""
    if not words or sum(float(word["conf"]) for word in words) < _SURE_PAGE * len(words):
        return ""
    edges: dict[tuple[str, str], int] = {}
    for word in words:
        paragraph = word["block_num"], word["par_num"]
        edges[paragraph] = max(edges.get(paragraph, 0), _right(word))
    pieces: list[str] = []
    before: dict[str, str] | None = None
    for word in words:
        if float(word["conf"]) < _SURE:
            continue
        text = word["text"].strip()
        if before is not None:
            separator = _separator(before, word, edges[before["block_num"], before["par_num"]])
            if separator == " " and before["line_num"] != word["line_num"] and _DIVIDED.search(pieces[-1] + text):
                pieces[-1], separator = pieces[-1][:-1], ""
            pieces.append(separator)
        pieces.append(text)
        before = word
    return "".join(pieces)


def _separator(before: dict[str, str], word: dict[str, str], edge: int) -> str:
    """What stands between two words, the first of a paragraph that reaches to `edge`."""
    if (before["block_num"], before["par_num"]) != (word["block_num"], word["par_num"]):
        return "\n\n"
    if before["line_num"] != word["line_num"] and _right(before) + int(word["width"]) + int(word["height"]) < edge:
        return "\n"
    wide = _WIDE.match(before["text"].strip()[-1]) and _WIDE.match(word["text"].strip())
    return "" if wide else " "


def _right(word: dict[str, str]) -> int:
    return int(word["left"]) + int(word["width"])
