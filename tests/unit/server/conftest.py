"""One server for the tests that change nothing in it."""

import pytest
import web


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A server without tokens over one index, "notes"."""
    home = tmp_path_factory.mktemp("served")
    with web.serving(home, {"notes": web.fill(home)}) as running:
        yield running
