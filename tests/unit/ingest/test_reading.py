"""A file is read once, within limits, and what goes wrong has a type."""

from __future__ import annotations

import os

import pytest

from ragsys.errors import FileTooLargeError, FileUnreadableError, FileVanishedError
from ragsys.ingest.reading import read_file


def test_a_vanished_file_has_its_own_error(tmp_path):
    """A file that is gone between being found and being read is told apart."""
    with pytest.raises(FileVanishedError):
        read_file(tmp_path / "gone", 10)


def test_a_huge_file_is_refused_without_being_read(tmp_path):
    """100 MB in one sparse line are refused by their size."""
    path = tmp_path / "line.txt"
    path.touch()
    os.truncate(path, 100 * 1024 * 1024)
    with pytest.raises(FileTooLargeError):
        read_file(path, 64 * 1024 * 1024)


def test_a_link_that_appeared_since_is_refused(tmp_path):
    """Paths are resolved before; a link in place of the file is not followed."""
    (tmp_path / "target").write_text("secret")
    (tmp_path / "file").symlink_to(tmp_path / "target")
    with pytest.raises(FileUnreadableError):
        read_file(tmp_path / "file", 10)
