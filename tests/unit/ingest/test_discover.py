"""Folders are walked safely, in order, and each file once."""

from __future__ import annotations

from ragsys.errors import FileVanishedError, LinkRefusedError
from ragsys.ingest.discover import discover


def test_hidden_and_ignored_files_are_left_out(tmp_path):
    """Hidden entries and nested .gitignore rules are respected; order is by name."""
    (tmp_path / "sub").mkdir()
    for name in ("b.txt", "a.txt", ".hidden", "x.log", "sub/keep.log", "sub/c.txt"):
        (tmp_path / name).write_text("text")
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "sub" / ".gitignore").write_text("!keep.log\nc.txt\n")
    names = [found.path.relative_to(tmp_path).as_posix() for found in discover([tmp_path])]
    assert names == ["a.txt", "b.txt", "sub/keep.log"]


def test_links_do_not_escape_nor_loop(tmp_path):
    """A link out of the folder is refused, a loop ends, and a link to a sibling is the sibling, once."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("s")
    (root / "a").write_text("a")
    (root / "b-out").symlink_to(tmp_path / "secret")
    (root / "c-self").symlink_to(root / "c-self")
    (root / "d-up").symlink_to(root)
    (root / "e-same").symlink_to(root / "a")
    found = {item.path.name: type(item.error) for item in discover([root, root / "a"])}
    assert found == {"a": type(None), "b-out": LinkRefusedError, "c-self": LinkRefusedError}


def test_what_is_not_there_is_an_outcome(tmp_path):
    """A path that does not exist is reported, not raised."""
    (found,) = discover([tmp_path / "nothing"])
    assert isinstance(found.error, FileVanishedError)
