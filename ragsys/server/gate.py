"""How much is done at a time: so many slots, so many that wait for one, and a refusal for whoever comes then.

The admission control of any server that has to stay quick under overload: what cannot be begun soon is refused at once.
Knows nothing of what is done. Serves one event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

from ragsys.errors import DeadlineError, OverloadedError, RateLimitedError

__all__ = ["Gate", "Rate"]

_LONGEST_RETRY = 60.0
_MINUTE = 60.0
_MOST_CALLERS = 10_000


class Gate:
    """`slots` at a time, `queue` waiting. Whoever entered leaves once, from wherever."""

    def __init__(self, name: str, slots: int, queue: int) -> None:
        self.name = name
        self.running = 0
        self._slots, self._queue = slots, queue
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._seconds = 1.0  # how long a slot was taken of late

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def enter(self, seconds: float) -> None:
        """Take a slot.

        Raises:
            OverloadedError: as many wait already as may.
            DeadlineError: none came free within `seconds`.
        """
        if self.running < self._slots:
            self.running += 1
            return
        self.refuse_if_full()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self.leave()  # it was given to somebody who had just gone
            elif turn in self._waiting:
                self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise DeadlineError("no slot came free in time") from None
            raise

    def refuse_if_full(self) -> None:
        """Raises `OverloadedError` where whoever entered now would be refused."""
        if self.running >= self._slots and len(self._waiting) >= self._queue:
            retry = self._seconds * (1 + len(self._waiting)) / self._slots
            raise OverloadedError("too many requests at a time", retry_after=min(max(retry, 1.0), _LONGEST_RETRY))

    def leave(self, seconds: float | None = None) -> None:
        """Give a slot back that was taken for `seconds`."""
        if seconds is not None:
            self._seconds = 0.8 * self._seconds + 0.2 * seconds
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.running -= 1


class Rate:
    """At most `per_minute` requests of each caller, in bursts of up to a quarter of that (a token bucket); 0 is any."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._burst = max(per_minute / 4, 1.0)
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> None:
        """Count a request. Raises `RateLimitedError`."""
        if not self._per_minute:
            return
        now = time.monotonic()
        left, then = self._left.get(caller, (self._burst, now))
        left = min(left + (now - then) * self._per_minute / _MINUTE, self._burst)
        if left < 1:
            raise RateLimitedError("too many requests a minute", retry_after=(1 - left) * _MINUTE / self._per_minute)
        if len(self._left) > _MOST_CALLERS:
            self._left.clear()
        self._left[caller] = left - 1, now
