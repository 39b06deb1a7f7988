"""Waiting for changes: nothing that happens after the first answer is missed, and nothing else counts."""

from __future__ import annotations

import time
from itertools import islice

import pytest

from ragsys.ingest import watching
from ragsys.ingest.watching import changes


def _next_change(ticks):
    """Whether a change comes among the next ticks."""
    return any(islice(ticks, 60))


@pytest.fixture(params=["notices", "looking"])
def folder(request, tmp_path, monkeypatch):
    """A folder, with watchfiles there or not."""
    if request.param == "looking":
        monkeypatch.setattr(watching, "can_be_notified", lambda: False)
    else:
        pytest.importorskip("watchfiles")
    (tmp_path / "docs" / "sub").mkdir(parents=True)
    return tmp_path / "docs"


def test_a_change_is_told(folder):
    """New, changed and deleted files, also in folders inside; the first answer is at once a change."""
    ticks = changes([folder], [], folder / ".ragsys", interval=0.05, poll=False)
    assert next(ticks)
    path = folder / "sub" / "a.txt"
    for change in (lambda: path.write_text("x"), lambda: path.write_text("longer"), path.unlink):
        change()
        assert _next_change(ticks)


def test_a_file_alone_is_watched(folder):
    """Also where it is replaced instead of written to, and where it goes and comes back."""
    path = folder / "a.txt"
    path.write_text("x")
    ticks = changes([], [path], folder, interval=0.02, poll=False)
    assert next(ticks)
    assert not any(islice(ticks, 3))
    (folder / "b").write_text("longer")
    (folder / "b").replace(path)
    assert _next_change(ticks)
    path.unlink()
    assert _next_change(ticks)


def test_what_is_not_indexed_is_no_change(tmp_path):
    """The index itself, hidden files and what is in hidden folders do not wake anybody."""
    pytest.importorskip("watchfiles")
    for name in ("index", ".git"):
        (tmp_path / name).mkdir()
    ticks = changes([tmp_path], [], tmp_path / "index", interval=0.05, poll=False)
    assert next(ticks)
    for name in ("index/ragsys.db", ".git/x", ".hidden"):
        (tmp_path / name).write_text("x")
    time.sleep(0.2)
    assert not any(islice(ticks, 20))
    (tmp_path / "a.txt").write_text("x")
    assert _next_change(ticks)


def test_polling_always_looks(folder):
    """With `poll`, each look is a change: whoever asks compares himself."""
    assert list(islice(changes([folder], [], folder, interval=0.001, poll=True), 3)) == [True] * 3
