"""Sources of files in files: where the source of an archive ends and the name of what is in it begins.

    /papers/2024.zip!/march/notes.txt        march/notes.txt in /papers/2024.zip

Names in archives never hold the mark (`ragsys.ingest.member_names`), but folders on disk may end in "!", and then only
the disk tells. Knows nothing of indexes.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["MARK", "enclosing", "inside", "lies_in", "split"]

MARK = "!/"


def inside(container: str) -> str:
    """What the sources of all that is in a file begin with; the name of a member follows."""
    return container + MARK


def lies_in(source: str, file: str) -> bool:
    """Whether a document is in a file, however deep, by their sources; one in a folder of such a name is not."""
    return source.startswith(inside(file)) and not os.path.lexists(source)


def enclosing(source: str) -> tuple[str, ...]:
    """The sources of the files that a document may lie in by its own source, outermost first.

    >>> enclosing("/a/b.zip!/c.zip!/d.txt")
    ('/a/b.zip', '/a/b.zip!/c.zip')
    """
    parts = source.split(MARK)
    return tuple(MARK.join(parts[:count]) for count in range(1, len(parts)))


def split(source: str) -> tuple[str, str]:
    """The file on disk and the name in it of a document, "" for the file itself.

    A mark is part of the path where what is before it is a folder, with its "!" or without. Of what is not there any
    more, the first mark is where the file ends. So it is of what is no path at all, such as a name of standard input.

    >>> split("/no/b.zip!/c.zip!/d.txt"), split("/no/a.txt")
    (('/no/b.zip', 'c.zip!/d.txt'), ('/no/a.txt', ''))
    """
    file, mark, member = source.partition(MARK)
    if not mark or not Path(source).is_absolute():
        return file, member
    if os.path.lexists(source):
        return source, ""
    for file in enclosing(source):
        if stat.S_ISREG(_mode(file)) or not (stat.S_ISDIR(_mode(file)) or stat.S_ISDIR(_mode(f"{file}!"))):
            return file, source[len(file) + len(MARK) :]
    return source, ""


def _mode(path: str) -> int:
    """What is at a path; 0 where nothing is, or nothing that can be seen."""
    try:
        return Path(path).stat().st_mode
    except (OSError, ValueError):
        return 0
