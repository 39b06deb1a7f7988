"""A progress bar on a terminal, on standard error; nothing elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(
    *, enabled: bool, unit: str, color: bool = True
) -> Iterator[Callable[[str, float, float | None], None]]:
    """Give a function (what is happening, done, total or None) that draws, or does nothing off a terminal.

    `unit` is "bytes" or the name of what is counted.
    """
    if not enabled or sys.stderr is None or not sys.stderr.isatty():
        yield lambda _text, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    count = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), count, TextColumn("" if unit == "bytes" else unit))
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True, no_color=None if color else True), transient=True
    ) as bars:
        task = bars.add_task("", total=None)

        def draw(text: str, done: float, total: float | None) -> None:
            bars.update(task, description=text, completed=done, total=total)

        yield draw
