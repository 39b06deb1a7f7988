"""Scans and images: recognised where tesseract is, and a clear outcome where it is not."""

import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from ragsys.config import Settings
from ragsys.errors import FileTooLargeError, NoTextError, OcrFailedError, OcrMissingError, PdfNoTextError
from ragsys.ingest import ocr
from ragsys.ingest.ocr import Tesseract, recognise, tesseract_of
from ragsys.ingest.pages.scans import image_pixels, png
from ragsys.ingest.parsers import parser_for
from ragsys.ingest.parsers.image import ImageParser
from ragsys.ingest.parsers.pdf import PdfParser
from ragsys.types import SourceText

SCANS = Path(os.environ.get("RAGSYS_DATA", "nowhere")) / "docs" / "langchain_chatchat_zh"
SCAN = SCANS / "libs" / "chatchat-server" / "tests" / "samples" / "ocr_test.jpg"
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
needs_chinese = pytest.mark.skipif(
    "chi_sim" not in ocr.installed_languages() or not SCAN.is_file(),
    reason="no Chinese data for tesseract, or no development data: set RAGSYS_DATA to their folder",
)
ENGLISH = Tesseract(("eng",))


@pytest.fixture(scope="module")
def picture(drawn):
    """A page of a PDF as an image, shape (height, width)."""

    def render(content, dpi=200):
        import pypdfium2

        document = pypdfium2.PdfDocument(drawn.draw([content]))
        try:
            return document[0].render(scale=dpi / 72, grayscale=True).to_numpy().squeeze().copy()
        finally:
            document.close()

    return render


@needs_tesseract
def test_a_scanned_page_is_recognised_and_counted(drawn, picture):
    """Pages without text are recognised, each under its number, and counted; a blank one is not."""
    seen = picture(drawn.lines(80, 700, ["The mill stands at the lower end", "of the valley."], 16, 22))
    blank = np.full((100, 70), 255, np.uint8)
    found = PdfParser(ENGLISH).parse(drawn.scan([blank, seen]), name="scan.pdf")
    source = SourceText(found.text, found.page_starts)
    assert "stands at the lower end" in found.text
    assert source.page(found.text.index("mill")) == 2
    assert found.metadata["ocr_pages"] == 1


def test_only_pages_without_text_are_looked_at(drawn):
    """What recognises is given an image of each page that shows something and has no text, and no other."""
    given = []

    def fake(image):
        given.append(image)
        return ["recognised"]

    pages = [drawn.text(50, 700, "words"), b"", drawn.rule(50, 50, 300, 300)]
    found = PdfParser(fake).parse(drawn.draw(pages), name="a.pdf")
    assert len(given) == 1
    assert image_pixels(given[0]) > 2_000_000
    assert found.text == "words\n\n\n\nrecognised\n\n"
    assert found.page_starts == (0, 7, 9)


@needs_chinese
def test_chinese_is_recognised():
    """An image in both languages is read in both (from the development data)."""
    data = SCAN.read_bytes()
    found = parser_for(data, SCAN.name, recognise=Tesseract(("eng", "chi_sim"))).parse(data, name=SCAN.name)
    assert "横向文本" in found.text
    assert "English text" in found.text


def test_recognised_chinese_has_no_spaces():
    """Words of Chinese are joined, others are not."""
    table = "level\tpage_num\tblock_num\tpar_num\tline_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    row = "5\t1\t1\t1\t1\t{}\t0\t10\t10\t95\t{}\n"
    rows = "".join(row.format(10 * i, text) for i, text in enumerate(["水", "车", "and", "mill"]))
    assert ocr._pages(table + rows) == ["水车 and mill"]


@needs_tesseract
def test_an_image_is_a_document(drawn, picture):
    """A PNG is read by its content, whatever its name says, and has no page number."""
    data = png(picture(drawn.lines(80, 700, ["The miller grinds corn in winter"], 16)))
    found = parser_for(data, "a.txt", recognise=ENGLISH).parse(data, name="a.txt")
    assert "miller grinds corn" in found.text
    assert found.page_starts == ()
    assert found.metadata["ocr_pages"] == 1


@needs_tesseract
def test_an_image_without_text_has_none():
    """Noise is not taken for words."""
    noise = np.random.default_rng(1).integers(0, 255, (300, 300), np.uint8)
    with pytest.raises(NoTextError):
        ImageParser(ENGLISH).parse(png(noise), name="a.png")


@needs_tesseract
def test_what_tesseract_cannot_read_is_an_outcome():
    """A damaged image, a language without data and a time limit are typed errors."""
    whole = png(np.full((2000, 2000), 255, np.uint8))
    with pytest.raises(OcrFailedError):
        recognise(whole[:60], "eng", 60)
    with pytest.raises(OcrFailedError, match="no data for xx") as caught:
        Tesseract(("xx",))(whole)
    assert "install" in caught.value.hint
    with pytest.raises(OcrFailedError, match="longer than 0 s"):
        recognise(whole, "eng", 0.0001)


def test_where_nothing_recognises_the_outcome_says_how(drawn):
    """A scan and an image name the program to install."""
    with pytest.raises(PdfNoTextError) as caught:
        PdfParser().parse(drawn.scan([np.zeros((10, 10), np.uint8)]), name="a.pdf")
    assert "tesseract-ocr-chi-sim" in caught.value.hint
    with pytest.raises(OcrMissingError) as caught:
        ImageParser().parse(png(np.zeros((10, 10), np.uint8)), name="a.png")
    assert "tesseract-ocr-chi-sim" in caught.value.hint


def test_the_setting_decides(monkeypatch):
    """Off is off; auto is whatever is installed; names that are no languages are left out."""
    monkeypatch.setattr(ocr, "program", lambda: "/usr/bin/tesseract")
    assert tesseract_of(Settings(ocr="off")) is None
    assert tesseract_of(Settings(ocr_languages="eng+chi_sim, --psm")) == Tesseract(("eng", "chi_sim"))
    monkeypatch.setattr(ocr, "program", lambda: None)
    assert tesseract_of(Settings()) is None


def _tiff(width, height):
    entries = struct.pack("<HHHII", 2, 256, 4, 1, width) + struct.pack("<HHII", 257, 3, 1, height)
    return b"II*\0" + struct.pack("<I", 8) + entries


def _jpeg(width, height):
    return b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x0b\x08" + struct.pack(">HH", height, width) + b"\1\1\x11\0"


@pytest.mark.parametrize("image", [_tiff, _jpeg, lambda width, height: png(np.zeros((height, width), np.uint8))])
def test_the_size_of_an_image_is_read_before_it_is(image):
    """Pixels are counted from the header, and more than can be held are refused; so is a header that is cut off."""
    assert image_pixels(image(300, 200)) == 60_000
    assert image_pixels(image(300, 200)[:12]) is None
    with pytest.raises(FileTooLargeError):
        ImageParser(lambda _: ["text"]).parse(image(300, 200)[:12], name="a")


def test_an_image_that_would_fill_the_memory_is_refused():
    """A few bytes that say they are a billion pixels are not unpacked."""
    with pytest.raises(FileTooLargeError, match="pixels"):
        ImageParser(lambda _: ["text"]).parse(_tiff(40_000, 40_000), name="a.tif")
