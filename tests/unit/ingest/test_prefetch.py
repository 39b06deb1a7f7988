"""Items are made ahead, in order, and no thread is left behind."""

from __future__ import annotations

import threading
from itertools import count

import pytest

from ragsys.ingest.prefetch import Prefetch


def ahead(items, most=2, *, cancel=lambda: None, stopped=lambda: False):
    """A `Prefetch` of these."""
    return Prefetch(iter(items), most, cancel=cancel, stopped=stopped)


def threads():
    """How many of its threads are alive."""
    return sum(thread.name == "ragsys-prefetch" for thread in threading.enumerate())


def test_the_same_items_in_order():
    """All of them, once."""
    with ahead(range(1000)) as items:
        assert list(items) == list(range(1000))
    assert threads() == 0


def test_only_so_many_are_made_ahead():
    """What nobody takes is not made without end: the queue, and one that waits to get in."""
    made = []
    with ahead((made.append(number) or number for number in count()), most=3) as items:
        assert next(iter(items)) == 0
    assert len(made) <= 6
    assert threads() == 0


def test_an_error_is_raised_in_its_place():
    """After the items before it."""

    def make():
        yield 1
        raise ValueError("here")

    found = []
    with pytest.raises(ValueError, match="here"), ahead(make()) as items:
        found.extend(items)
    assert found == [1]
    assert threads() == 0


def test_what_is_waited_for_is_let_go():
    """Left early, `cancel` frees the thread that waits for the next item."""
    free = threading.Event()

    def make():
        yield 1
        free.wait(60)
        yield 2

    with ahead(make(), cancel=free.set) as items:
        assert next(iter(items)) == 1
    assert free.is_set()
    assert threads() == 0


def test_it_stops_when_it_is_told():
    """Even where nothing comes."""
    free, asked = threading.Event(), []

    def make():
        free.wait(60)
        yield 1

    with ahead(make(), cancel=free.set, stopped=lambda: len(asked) > 2 or asked.append(1)) as items:
        assert list(items) == []
