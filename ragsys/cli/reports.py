"""What `add`, `update` and `watch` print of what they did, or would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.output import one_line, shown
from ragsys.ingest.web.urls import is_url

if TYPE_CHECKING:
    from ragsys.ingest import Progress
    from ragsys.types import AddReport, Rehearsed

__all__ = ["describe", "exit_code", "print_rehearsed", "print_report", "seen", "summary"]

_NAME_WIDTH = 40
_MEGABYTE = 1_000_000


def describe(progress: Progress) -> str:
    """The file at hand, and how much of what waits with it is embedded."""
    name = one_line(Path(progress.source).name, _NAME_WIDTH)
    return f"{name}  {progress.embedded}/{progress.passages} passages" if progress.passages else name


def seen(report: AddReport) -> int:
    """How many files there were, or had been."""
    return report.added + report.updated + report.unchanged + report.deleted + len(report.moved)


def exit_code(report: AddReport) -> int:
    """1 where a file failed, or there was none at all."""
    return 1 if report.failed or not seen(report) else 0


def summary(report: AddReport) -> str:
    """One line of counts."""
    relabelled = f" ({report.relabelled} with other metadata)" if report.relabelled else ""
    return (
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged{relabelled}, "
        f"{len(report.moved)} moved, {report.deleted} removed, {len(report.failed)} failed; "
        f"{report.passages} passages, {report.embedded} embedded; {report.seconds:.1f} s"
    )


def print_report(report: AddReport) -> None:
    """The counts on standard output, and on standard error each file that has something to say."""
    click.echo(summary(report))
    if not seen(report) + len(report.failed):
        click.echo("found no file there: hidden files and what .gitignore names are left out", err=True)
    for failure in report.failed:
        click.echo(f"failed [{failure.code}] {shown(failure.source)}: {shown(failure.message)}", err=True)
    for moved in report.moved:
        click.echo(f"moved: {shown(moved.before)} to {shown(moved.source)}", err=True)
    for source in report.vanished:
        click.echo(
            f"{'gone' if is_url(source) else 'gone from disk'}: {shown(source)} (remove it with --prune)", err=True
        )


def print_rehearsed(found: Rehearsed) -> None:
    """Each file that something would happen to, then what it would cost."""
    for sign, sources in (("new", found.new), ("changed", found.changed), ("remove", found.removed)):
        for source in sources:
            click.echo(f"{sign:<8} {shown(source)}")
    for moved in found.moved:
        click.echo(f"{'moved':<8} {shown(moved.before)} to {shown(moved.source)}")
    for source in found.vanished:
        click.echo(f"{'gone':<8} {shown(source)} (kept without --prune)")
    for failure in found.failed:
        click.echo(f"{'failing':<8} {shown(failure.source)} [{failure.code}]: {shown(failure.message)}")
    relabelled = f" ({found.relabelled} with other metadata)" if found.relabelled else ""
    click.echo(
        f"would be: {len(found.new)} added, {len(found.changed)} updated, {found.unchanged} unchanged{relabelled}, "
        f"{len(found.moved)} moved, {len(found.removed)} removed, {len(found.failed)} failed"
    )
    time = (
        "how long that takes has not been measured yet"
        if found.seconds is None
        else f"about {found.seconds:.0f} s at {found.speed:.1f} passages a second"
    )
    click.echo(
        f"to read: {found.files} files, {found.bytes / _MEGABYTE:.1f} MB; "
        f"to embed: {found.embedded} of {found.passages} passages; {time}; nothing was stored"
    )
