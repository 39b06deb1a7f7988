"""Progress off a terminal: now and then a line of log, and nothing of what is quick."""

import pytest

from ragsys.cli.progress import progress_bar


@pytest.mark.parametrize(
    ("unit", "done", "total", "line"),
    [
        ("files", 3, 12, "3 of 12 files, about 1 min left: a.txt\n"),
        ("files", 3, None, "3 files: a.txt\n"),
        ("files", 1, 120, "1 of 120 files: a.txt\n"),
        ("bytes", 3_000_000, 12_000_000, "3 of 12 MB, about 1 min left: a.txt\n"),
    ],
)
def test_a_line_of_log_says_how_far_it_is(capsys, unit, done, total, line):
    """What is done, of how much where that is known, and about how long it still takes."""
    with progress_bar(enabled=True, unit=unit, every=0) as draw:
        draw("a.txt", done, total)
    assert capsys.readouterr() == ("", line)


@pytest.mark.parametrize("options", [{"enabled": True, "every": 3600}, {"enabled": False, "every": 0}])
def test_nothing_is_logged_before_it_is_time(capsys, options):
    """A command that ends sooner, or that prints JSON, has no such lines."""
    with progress_bar(unit="files", **options) as draw:
        draw("a.txt", 1, 2)
    assert capsys.readouterr() == ("", "")
