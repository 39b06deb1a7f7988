"""A site on loopback, and settings that let it be fetched."""

import sys
from pathlib import Path

import pytest

from ragsys.config import Settings

sys.path.insert(0, str(Path(__file__).parents[3] / "support"))


@pytest.fixture
def site():
    """A running site, see `tests/support/site_server.py`."""
    import site_server

    with site_server.serve() as running:
        yield running


@pytest.fixture
def settings():
    """Loopback may be fetched, without pauses."""
    return Settings(allow_network=True, allowed_hosts="127.0.0.1", page_pause=0.0)
