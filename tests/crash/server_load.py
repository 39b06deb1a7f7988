"""Clients of a server that is killed: what they send, and what of it has to be there afterwards.

Each client has names of its own and waits for every answer, so the operations on one name come in order. What was
acknowledged counts; of the one that was under way when the server died, either state may be found.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable

UPLOADERS = 2
_NAMES = 12  # of each: most uploads replace an earlier one
_BROKEN = 3  # of each: names of files that cannot be read
_TURNS = 3
_REFUSED = frozenset({404, 429, 503})  # nothing was done

State = int | None  # the version of a document, None where there is none


@dataclass(slots=True)
class Told:
    """What is known of one name: the states that it may be in."""

    sent: int = 0
    may: frozenset[State] = frozenset({None})


@dataclass(slots=True)
class Talk:
    """What is known of a session: how many turns it has at least and at most, and whether it may or must be gone."""

    least: int = 0
    most: int = 0
    may_be_gone: bool = False
    gone: bool = False


@dataclass(slots=True)
class Truth:
    """Everything that was promised, over all lives."""

    notes: dict[str, Told] = field(default_factory=dict)
    broken: dict[str, Told] = field(default_factory=dict)
    talks: dict[str, Talk] = field(default_factory=dict)
    acknowledged: int = 0
    removed: int = 0
    turns: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        """One more of something that was acknowledged."""
        with self.lock:
            setattr(self, what, getattr(self, what) + 1)


def text_of(name: str, version: int) -> str:
    """The text of a version of a note: some of them long enough to come in several pieces."""
    lines = random.Random(f"{name} {version}").choice([1, 5, 20, 20, 300])
    return f"The word {name} is in version v{version}v of this note.\n" * lines


def version_in(text: str) -> int:
    """Which version a text says that it is; 0 where it says none."""
    said = text.partition(" version v")[2].partition("v ")[0]
    return int(said) if said.isdecimal() else 0


def clients(connect: Callable[[], httpx2.Client], truth: Truth, rng: random.Random) -> list[threading.Thread]:
    """Threads that work until the server is gone."""

    def working(work: Callable[..., None], *args: object) -> threading.Thread:
        def until_gone() -> None:
            try:
                with connect() as client:
                    while True:
                        work(client, truth, own, *args)
            except httpx2.TransportError:
                return

        own = random.Random(rng.random())
        return threading.Thread(target=until_gone)

    return [*(working(_documents, at) for at in range(UPLOADERS)), working(_talk)]


def _documents(client: httpx2.Client, truth: Truth, rng: random.Random, at: int) -> None:
    """Upload one note or two, a file that cannot be read, or remove a note, perhaps one that has just been sent."""
    chosen = rng.random()
    if chosen < 0.05:
        _upload(client, truth, [f"broken{at}x{rng.randrange(_BROKEN)}"], broken=True)
        return
    names = [f"note{at}x{number}" for number in rng.sample(range(_NAMES), 2)]
    if chosen < 0.75:
        _upload(client, truth, names[: rng.choice([1, 1, 2])])
    if chosen > 0.65:
        _remove(client, truth, names[0])


def _upload(client: httpx2.Client, truth: Truth, names: list[str], *, broken: bool = False) -> None:
    files, known = [], truth.broken if broken else truth.notes
    before = [known.setdefault(name, Told()).may for name in names]
    for name in names:
        told = known[name]
        told.sent += 1
        told.may |= {told.sent}
        if broken:
            files.append(("file", (f"{name}.pdf", f"%PDF-1.7 broken {told.sent}".encode())))
        else:
            files.append(("file", (f"{name}.md", text_of(name, told.sent).encode())))
    answer = client.post("/v1/documents", files=files)
    status = answer.status_code
    refused = {Path(one["name"]).stem for one in answer.json()["refused"]} if answer.is_success else set()
    for name, may in zip(names, before, strict=True):
        if answer.is_success and name not in refused:
            known[name].may = frozenset({known[name].sent})
            truth.count("acknowledged")
        elif status in _REFUSED or name in refused:
            known[name].may = may
    if status == 503:
        time.sleep(0.05)


def _remove(client: httpx2.Client, truth: Truth, name: str) -> None:
    told = truth.notes.setdefault(name, Told())
    listed = client.get("/v1/documents", params={"filter": f"source ~ '*/{name}.md'"}).json()["documents"]
    if not listed:
        return
    before = told.may
    told.may |= {None}
    status = client.delete(f"/v1/documents/{listed[0]['id']}").status_code
    if status == 200:
        told.may = frozenset({None})
        truth.count("removed")
    elif status in _REFUSED:
        told.may = before


def _talk(client: httpx2.Client, truth: Truth, rng: random.Random) -> None:
    """Hold a conversation, and delete some."""
    begun = client.post("/v1/sessions")
    if begun.status_code != 201:
        return
    identity = begun.json()["id"]
    talk = truth.talks[identity] = Talk()
    for _ in range(rng.randint(1, _TURNS)):
        talk.most += 1
        question = {"question": "Which word is in this note?", "mode": "extract"}
        if client.post(f"/v1/sessions/{identity}/ask", json=question).status_code == 200:
            talk.least = talk.most
            truth.count("turns")
    if rng.random() < 0.4:
        talk.may_be_gone = True
        talk.gone = client.delete(f"/v1/sessions/{identity}").status_code == 200
