"""Admission: so many at a time, so many waiting, and the next one is refused."""

import asyncio
import threading

import pytest

from ragsys.errors import DeadlineError, OverloadedError
from ragsys.server.gate import Gate
from ragsys.server.work import Workers


def test_a_place_is_passed_on_in_order():
    """Whoever waited longest is next; the last one to leave leaves it empty."""

    async def run():
        gate, order = Gate("test", 1, 2), []
        await gate.enter(1)

        async def wait(name):
            await gate.enter(5)
            order.append(name)
            gate.leave(0.1)

        waiting = [asyncio.create_task(wait(name)) for name in "ab"]
        await asyncio.sleep(0)
        assert gate.waiting == 2
        with pytest.raises(OverloadedError) as refused:
            await gate.enter(1)
        assert refused.value.retry_after >= 1
        gate.leave(0.1)
        await asyncio.gather(*waiting)
        assert (order, gate.running, gate.waiting) == (["a", "b"], 0, 0)

    asyncio.run(run())


def test_whoever_gives_up_takes_no_place_along():
    """A deadline or a cancellation in the queue leaves the count right, also when the place has just come free."""

    async def run():
        gate = Gate("test", 1, 2)
        await gate.enter(1)
        with pytest.raises(DeadlineError):
            await gate.enter(0.01)
        cancelled = asyncio.create_task(gate.enter(5))
        await asyncio.sleep(0)
        gate.leave()  # it is given the place
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        assert (gate.running, gate.waiting) == (0, 0)

    asyncio.run(run())


def test_a_call_that_is_late_keeps_its_slot_until_it_is_done():
    """The caller is told; the slot is taken as long as the thread is."""

    async def run():
        gate, workers, let = Gate("test", 1, 0), Workers(1), threading.Event()
        loop = asyncio.get_running_loop()
        with pytest.raises(DeadlineError):
            await workers.call(gate, loop.time() + 0.05, let.wait)
        assert gate.running == 1
        let.set()
        workers.close()
        await asyncio.sleep(0.05)
        assert gate.running == 0

    asyncio.run(run())
