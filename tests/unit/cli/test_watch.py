"""`watch`, in the same process: what it says at each look."""

import os
import sys

import pytest

import ragsys.ingest
import ragsys.models
from ragsys.cli.main import main
from ragsys.testing import HashEmbedder


def test_a_failure_that_stands_is_said_once(tmp_path, monkeypatch, capsys):
    """At each change there is a line of counts; a file that failed before is not told again, a new one is."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("The first text.")
    (docs / "empty.txt").touch()

    def changes(folders, files, ignored, **options):
        assert (folders, files) == ([docs], [])
        yield True
        (docs / "b.txt").write_text("The second text.")
        yield True
        (docs / "hollow.txt").touch()
        yield True
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ragsys.models, "load_embedder", lambda settings: HashEmbedder())
    monkeypatch.setattr(ragsys.ingest, "changes", changes)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    monkeypatch.setattr(sys, "argv", ["ragsys", "watch", "docs"])
    with pytest.raises(SystemExit) as stop:
        main()
    out, err = capsys.readouterr()
    assert stop.value.code == 0
    counts = [line.split("  ", 1)[1].partition(",")[0] for line in out.splitlines()]
    assert counts == ["1 added", "1 added", "0 added"]
    assert err.count(f"failed [file-empty] {docs}{os.sep}empty.txt") == 1
    assert err.count(f"failed [file-empty] {docs}{os.sep}hollow.txt") == 1
    assert "watching 1 folders and 0 files" in err
