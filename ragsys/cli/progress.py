"""Progress on standard error: a bar on a terminal, elsewhere a line of log a minute."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Draw = Callable[[str, float, float | None], None]

__all__ = ["progress_bar"]

_EVERY_SECONDS = 60.0
_MEGABYTE = 1_000_000
# The part that is done before what is left can be told from it.
_TELLING = 0.05


@contextmanager
def progress_bar(*, enabled: bool, unit: str, color: bool = True, every: float = _EVERY_SECONDS) -> Iterator[Draw]:
    """Give a function (what is happening, done, total or None) that draws; off a terminal, it logs now and then.

    `unit` is "bytes" or the name of what is counted, `every` the seconds between two lines of log.
    """
    if not enabled or sys.stderr is None:
        yield lambda _text, _done, _total: None
        return
    if not sys.stderr.isatty():
        yield _log(unit, every)
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


def _log(unit: str, every: float) -> Draw:
    """A function that writes a line where the last one is `every` seconds ago: how far it is, and what is left."""
    began = last = time.monotonic()

    def write(text: str, done: float, total: float | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < every:
            return
        last = now
        click.echo(f"{_counted(unit, done, total)}{_left(now - began, done, total)}: {text}", err=True)

    return write


def _counted(unit: str, done: float, total: float | None) -> str:
    if unit == "bytes":
        done, total, unit = done / _MEGABYTE, None if total is None else total / _MEGABYTE, "MB"
    return f"{done:.0f}{'' if total is None else f' of {total:.0f}'} {unit}".rstrip()


def _left(seconds: float, done: float, total: float | None) -> str:
    if total is None or not _TELLING * total <= done <= total:
        return ""
    left = seconds * (total - done) / done
    return f", about {max(round(left / 60), 1)} min left"
