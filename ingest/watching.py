"""Waiting for changes of files and folders: by the system's own notices where there are any, else by looking.

Only tells that something may have changed; what has, the next walk finds out. Knows nothing about indexes.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["can_be_notified", "changes"]

# Notices are gathered until this many seconds pass without one, but not for longer than so many.
_QUIET, _LONGEST = 0.4, 5.0
# A notice can be lost: after so many seconds, something may have changed in any case.
_AT_LEAST = 600.0


def can_be_notified() -> bool:
    """Whether the system can tell about changes: the package watchfiles (extra `watch`) is there."""
    from importlib.util import find_spec

    return find_spec("watchfiles") is not None


def changes(
    folders: Sequence[Path], files: Sequence[Path], ignored: Path, *, interval: float, poll: bool
) -> Iterator[bool]:
    """Yield whether something may have changed, first at once, then at least every `interval` seconds.

    Watching has begun before the first value comes, so nothing that happens after it is missed. Changes at and under
    `ignored`, of hidden files and in hidden folders do not count. With `poll`, or where the system refuses to watch so
    much, every look counts as a change.
    """
    if poll or not can_be_notified() or not folders:
        yield from _looking(files if not folders and not poll else None, interval)
        return
    import watchfiles

    def counts(_change: object, path: str) -> bool:
        return _is_meant(Path(path), folders, ignored)

    before, last = _stamps(files), time.monotonic()
    notices = watchfiles.watch(
        *folders,
        watch_filter=counts,
        step=int(_QUIET * 1000),
        debounce=int(_LONGEST * 1000),
        rust_timeout=max(int(interval * 1000), 1),
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        for number, found in enumerate(notices):
            now = _stamps(files)
            changed = bool(found) or now != before or not number or time.monotonic() - last > _AT_LEAST
            before, last = now, time.monotonic() if changed else last
            yield changed
    except OSError:
        # Too many folders for the system, or one is gone: look instead.
        yield from _looking(None, interval)


def _looking(files: Sequence[Path] | None, interval: float) -> Iterator[bool]:
    """Every look is a change; where only `files` are watched, if one of them has another size or time."""
    before = None if files is None else _stamps(files)
    yield True
    while True:
        time.sleep(interval)
        now = None if files is None else _stamps(files)
        yield files is None or now != before
        before = now


def _is_meant(path: Path, folders: Sequence[Path], ignored: Path) -> bool:
    """Whether a walk would come to a path."""
    if path.is_relative_to(ignored):
        return False
    return (
        any(
            path.is_relative_to(folder) and not any(part.startswith(".") for part in path.relative_to(folder).parts)
            for folder in folders
        )
        or path.name == ".gitignore"
    )


def _stamps(files: Sequence[Path]) -> list[tuple[int, int] | None]:
    """Size and time of each file; None where there is none."""
    return [_stamp(path) for path in files]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
