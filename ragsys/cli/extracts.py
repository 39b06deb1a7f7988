"""What `get` and `inspect` share: the options that ask for a document's text, its passages or one of its pages."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import click

from ragsys.cli.output import clean
from ragsys.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ragsys.types import SourceText

__all__ = ["only_one", "page_span", "print_exactly", "print_passages", "showing_extracts"]


class _Shown(Protocol):
    """What is printed of a passage."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def page(self) -> int | None: ...
    @property
    def place(self) -> str | None: ...
    @property
    def heading(self) -> tuple[str, ...]: ...


def showing_extracts(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --text, --passages and --page; the command calls `only_one` on them."""
    for option in (
        click.option("--page", type=click.IntRange(1), help="Print the text of one page, unchanged."),
        click.option("--passages", is_flag=True, help="Print each passage: where it is, and its text."),
        click.option("--text", "text", is_flag=True, help="Print the extracted text, unchanged, and nothing else."),
    ):
        command = option(command)
    return command


def only_one(*, text: bool, passages: bool, page: int | None) -> None:
    """Raise `UsageError` where two of the options are given."""
    if text + passages + (page is not None) > 1:
        raise UsageError("--text, --passages and --page exclude each other")


def page_span(source: SourceText, page: int, name: str) -> tuple[int, int]:
    """Where a page starts and ends. Raises `UsageError` where there is no such page."""
    starts = source.page_starts
    if not starts:
        raise UsageError(f"{name} has no pages", hint="say --passages to see it in parts")
    if page > len(starts):
        raise UsageError(f"{name} has {len(starts)} pages")
    return list(pairwise((*starts, len(source.text))))[page - 1]


def print_exactly(text: str) -> None:
    """Print a text as bytes, so that no newline is added or translated."""
    click.echo(text.encode("utf-8"), nl=False)


def print_passages(passages: Iterable[tuple[_Shown, str, int | None]]) -> None:
    """Each passage with a line above that says where it is; with its number of tokens where that is known."""
    for passage, text, tokens in passages:
        where = passage.place or (f"page {passage.page}" if passage.page is not None else "")
        size = "" if tokens is None else f"{tokens} tokens"
        parts = (f"[{passage.start}:{passage.end}]", size, clean(where), clean(" > ".join(passage.heading)))
        click.echo("  ".join(part for part in parts if part))
        click.echo(f"{clean(text).strip()}\n")
