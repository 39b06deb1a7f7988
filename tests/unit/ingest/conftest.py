"""PDF files for the tests of ingestion."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))


@pytest.fixture(scope="session")
def build_pdf():
    """Writes a PDF, see `tests/support/pdfs.py`."""
    import pdfs

    return pdfs.build


@pytest.fixture(scope="session")
def drawn():
    """Draws PDF pages, see `tests/support/drawn_pdfs.py`."""
    import drawn_pdfs

    return drawn_pdfs
