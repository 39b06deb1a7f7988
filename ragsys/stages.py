"""The stages of the work: how long each took and of how much it was, told to whoever listens in this context.

The one place where stages are timed: the `timings` of results, the server's log and metrics, and traces are made of it.
A stage has a name and numbers, and no room for a word of a question or a document. Nobody listening costs a look.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Clock", "Stage", "Stages", "listening", "tell"]

_NOTHING: Mapping[str, int] = {}
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that is over: from when to when, in seconds of `time.perf_counter`, and what was counted in it."""

    name: str
    began: float
    ended: float
    counts: Mapping[str, int | float]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


@dataclass(slots=True)
class Stages:
    """What was told of one piece of work, by whatever threads: the first thousand stages, and how many came after."""

    told: list[Stage] = field(default_factory=list)
    more: int = 0

    def add(self, stage: Stage) -> None:
        """Listen: keep a stage."""
        if len(self.told) < _MOST:
            self.told.append(stage)
        else:
            self.more += 1

    def seconds(self) -> dict[str, float]:
        """The seconds of each stage, in the order in which they were first told."""
        found: dict[str, float] = {}
        for stage in tuple(self.told):  # a thread that nobody waits for any more may still add to it
            found[stage.name] = found.get(stage.name, 0.0) + stage.seconds
        return found


_listener: ContextVar[Callable[[Stage], None] | None] = ContextVar("ragsys-stages", default=None)


def tell(name: str, began: float, ended: float, counts: Mapping[str, int | float] = _NOTHING) -> None:
    """Say that a stage is over, to whoever listens."""
    listener = _listener.get()
    if listener is not None:
        listener(Stage(name, began, ended, counts))


@contextmanager
def listening(listener: Callable[[Stage], None]) -> Iterator[None]:
    """Tell the listener of the stages of this block, also in threads that are given its context."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


class Clock:
    """Stages that follow on each other, and the seconds of each."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str, counts: Mapping[str, int | float] = _NOTHING) -> None:
        """Book the time since the last lap, and tell it."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        tell(stage, self._last, now, counts)
        self._last = now
