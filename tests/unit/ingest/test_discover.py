"""Folders are walked safely, in order, and each file once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ragsys.errors import FileNameError, FileUnreadableError, FileVanishedError, LinkRefusedError
from ragsys.ingest.discover import count, discover


def _names(folder):
    return [found.path.relative_to(folder).as_posix() for found in discover([folder])]


def test_hidden_and_ignored_files_are_left_out(tmp_path):
    """Hidden entries and nested .gitignore rules are respected; order is by name."""
    (tmp_path / "sub").mkdir()
    for name in ("b.txt", "a.txt", ".hidden", "x.log", "sub/keep.log", "sub/c.txt"):
        (tmp_path / name).write_text("text")
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "sub" / ".gitignore").write_text("!keep.log\nc.txt\n")
    assert _names(tmp_path) == ["a.txt", "b.txt", "sub/keep.log"]


def test_of_a_data_set_the_corpus_is_taken(tmp_path):
    """Questions and judgements beside a corpus are left out and told, wherever it lies; without it they are files."""
    for name in ("sets/one/corpus.jsonl", "sets/one/queries.jsonl", "sets/one/qrels/test.tsv", "sets/one/README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text")
    (tmp_path / "queries.jsonl").write_text("text")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "a.tsv").write_text("text")
    left_out: list[Path] = []
    found = [one.path.relative_to(tmp_path).as_posix() for one in discover([tmp_path], left_out)]
    assert found == ["qrels/a.tsv", "queries.jsonl", "sets/one/README.md", "sets/one/corpus.jsonl"]
    assert left_out == [tmp_path / "sets" / "one" / "qrels", tmp_path / "sets" / "one" / "queries.jsonl"]
    named = tmp_path / "sets" / "one" / "queries.jsonl"
    assert [one.path for one in discover([named])] == [named]


def test_a_rule_that_is_none_is_passed_over(tmp_path):
    """A .gitignore with a line that git would not take still has its other rules."""
    for name in ("a.txt", "b.log"):
        (tmp_path / name).write_text("text")
    (tmp_path / ".gitignore").write_bytes(b"!\n\xff\\\n*.log\n")
    assert _names(tmp_path) == ["a.txt"]


def test_an_index_is_not_added_to_itself(tmp_path):
    """A folder that is an index is left out, wherever it lies."""
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "ragsys.db").write_text("x")
    (tmp_path / "index" / "config.toml").write_text("x")
    (tmp_path / "a.txt").write_text("x")
    assert _names(tmp_path) == ["a.txt"]


def test_links_do_not_escape_nor_loop(tmp_path):
    """A link out of the folder is refused, a loop ends, and a link to a sibling is the sibling, once."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("s")
    (root / "a").write_text("a")
    (root / "b-out").symlink_to(tmp_path / "secret")
    (root / "c-self").symlink_to(root / "c-self")
    (root / "c-to").symlink_to(root / "c-fro")
    (root / "c-fro").symlink_to(root / "c-to")
    (root / "d-up").symlink_to(root)
    (root / "e-same").symlink_to(root / "a")
    (root / "f-none").symlink_to(root / "nothing")
    (root / "g-folder").symlink_to(tmp_path)
    found = {item.path.name: type(item.error) for item in discover([root, root / "a"])}
    assert found == {
        "a": type(None),
        "b-out": LinkRefusedError,
        "c-self": LinkRefusedError,
        "c-to": LinkRefusedError,
        "c-fro": LinkRefusedError,
        "f-none": FileVanishedError,
        "g-folder": LinkRefusedError,
    }


def test_a_hard_link_is_a_file_of_its_own(tmp_path):
    """Two names of one file are two sources: either may be replaced without the other."""
    (tmp_path / "a").write_text("a")
    os.link(tmp_path / "a", tmp_path / "b")
    assert _names(tmp_path) == ["a", "b"]


def test_a_file_that_is_reached_twice_is_found_once(tmp_path):
    """By its folder, by its own name and by a link in another folder that is given."""
    (tmp_path / "a").write_text("a")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert [f.path.name for f in discover([tmp_path, tmp_path / "a", tmp_path / "link", tmp_path])] == ["a"]


def test_what_is_not_there_is_an_outcome(tmp_path):
    """A path that does not exist, lies under a file, or is longer than any is reported, not raised."""
    (tmp_path / "file").write_text("x")
    paths = [
        tmp_path / "nothing",
        tmp_path / "file" / "below",
        tmp_path / ("a" * 300),
        Path("~nobody-/x"),
    ]
    kinds = [type(found.error) for found in discover(paths)]
    assert kinds == [FileVanishedError, FileVanishedError, FileUnreadableError, FileVanishedError]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_pipes_sockets_and_devices_are_passed_over(tmp_path, monkeypatch):
    """They are not found, and not even a pipe in the place of .gitignore is opened."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("a")
    os.mkfifo(tmp_path / "pipe.txt")
    os.mkfifo(tmp_path / ".gitignore")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
    (tmp_path / "link.txt").symlink_to(tmp_path / "pipe.txt")
    if os.geteuid() == 0:
        os.mknod(tmp_path / "device.txt", 0o20666, os.makedev(1, 5))
    assert _names(tmp_path) == ["a.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_name_that_is_not_unicode_is_refused(tmp_path):
    """A file and a folder with such names are one outcome each, that can be shown and stored."""
    for name in (b"bad\xff.txt", b"dir\xfe/inside.txt", b"good.txt"):
        path = tmp_path / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    found = {item.source.rpartition("/")[2]: type(item.error) for item in discover([tmp_path])}
    assert found == {"bad\\xff.txt": FileNameError, "dir\\xfe": FileNameError, "good.txt": type(None)}


def test_names_may_be_odd(tmp_path):
    """Newlines, escapes, the longest name and folders deeper than Python's calls are nothing special."""
    odd = ["new\nline.txt", "escape\x1b[31m.txt", "l" * 251 + ".txt", "中文 文件.txt", " ", "-k"]
    for name in odd:
        (tmp_path / name).write_text("x")
    assert sorted(_names(tmp_path)) == sorted(odd)


def test_folders_may_be_deep(tmp_path, monkeypatch):
    """A file at a depth that a path can still name is found; deeper ones are an outcome."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2200):
        Path("d").mkdir()
        os.chdir("d")
    os.chdir(tmp_path)
    deep = tmp_path.joinpath(*["d"] * 1500)
    (deep / "leaf.txt").write_text("x")
    try:
        found = {item.path.name: type(item.error) for item in discover([tmp_path])}
    finally:
        os.chdir("/")
        # Python's own rmtree recurses, and pytest would fail to clean up after us.
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)
    assert found == {"d": FileUnreadableError, "leaf.txt": type(None)}


def test_files_are_counted_up_to_a_limit(tmp_path):
    """The count is exact, or None where there are more than it is worth to count."""
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text("x")
    assert count([tmp_path], 5) == 5
    assert count([tmp_path], 4) is None
