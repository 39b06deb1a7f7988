"""Sources of files in files are taken apart in one place, and folders that end in "!" are folders."""

import pytest

from ragsys.members import enclosing, inside, lies_in, split


@pytest.fixture
def tree(tmp_path):
    """A folder `x!` with a text and an archive in it, and beside it an archive."""
    (tmp_path / "x!").mkdir()
    for name in ("x!/a.txt", "x!/b.zip", "c.zip"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


@pytest.mark.parametrize(
    ("source", "file", "member"),
    [
        ("c.zip", "c.zip", ""),
        ("c.zip!/d/e.txt", "c.zip", "d/e.txt"),
        ("c.zip!/d.zip!/e.txt", "c.zip", "d.zip!/e.txt"),
        ("x!/a.txt", "x!/a.txt", ""),
        ("x!/gone.txt", "x!/gone.txt", ""),
        ("x!/b.zip!/e.txt", "x!/b.zip", "e.txt"),
        ("x!/gone.zip!/e.txt", "x!/gone.zip", "e.txt"),
        ("gone.zip!/e.txt", "gone.zip", "e.txt"),
    ],
)
def test_a_source_is_a_file_and_a_member(tree, source, file, member):
    """The mark after a folder's name belongs to the path, that after a file's begins a member."""
    assert split(f"{tree}/{source}") == (f"{tree}/{file}", member)


def test_a_file_beside_a_folder_of_its_name(tree):
    """What lies in the folder is found as it is, all else is in the file."""
    (tree / "x").write_bytes(b"x")
    assert split(f"{tree}/x!/a.txt") == (f"{tree}/x!/a.txt", "")
    assert split(f"{tree}/x!/e.txt") == (f"{tree}/x", "e.txt")
    assert lies_in(f"{tree}/x!/e.txt", f"{tree}/x")
    assert not lies_in(f"{tree}/x!/a.txt", f"{tree}/x")


def test_a_name_that_is_no_path_is_split_by_its_letters():
    """The disk has no say in names of standard input."""
    assert split("mails.zip!/a.eml") == ("mails.zip", "a.eml")
    assert split("a!b.txt") == ("a!b.txt", "")


def test_sources_are_put_together_as_they_are_taken_apart():
    """A member's source begins with that of each file that it lies in."""
    source = inside("/no/a.zip") + inside("b.zip") + "c.txt"
    assert enclosing(source) == ("/no/a.zip", "/no/a.zip!/b.zip")
    assert split(source) == ("/no/a.zip", "b.zip!/c.txt")
