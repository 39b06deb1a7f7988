"""What a server has after it was killed, compared with what had been promised."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from server_load import text_of, version_in

from ragsys import QueryEngine, Settings
from ragsys.indexes import Index, fsck
from ragsys.testing import HashEmbedder

if TYPE_CHECKING:
    import httpx2
    from server_load import State, Truth

FAULTS = (
    "lost",  # acknowledged, and not there
    "stale",  # an older version than the acknowledged one
    "half",  # not the text that was sent
    "resurrected",  # there after its removal was acknowledged
    "doubled",  # there more than once
    "unsearchable",  # there, and not found by its own word, or found and not there
    "orphaned",  # a file without its document, or a document without its file
    "turns",  # a conversation that is not as it was
    "outcomes",  # of a file that cannot be read, which is nowhere said
    "damaged",  # the doctor found an error
    "unverified",  # a citation of an answer does not hold
    "unfinished",  # an upload that is still pending, or is taken for failed
)
_SETTLES = 60.0


@dataclass(slots=True)
class Faults:
    """How often each fault was seen, and the first of them in words."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FAULTS, 0))
    said: list[str] = field(default_factory=list)

    def add(self, fault: str, what: str) -> None:
        """One more."""
        self.counts[fault] += 1
        self.said.append(f"{fault}: {what}")
        sys.stderr.write(f"{fault}: {what}\n")

    @property
    def any(self) -> bool:
        """Whether there was one at all."""
        return any(self.counts.values())


def check(client: httpx2.Client, index: Path, truth: Truth, faults: Faults) -> None:
    """Wait until the server has settled what was left, and judge it; what is found is what is known from here on."""
    _settle(client, index, faults)
    listed = client.get("/v1/documents", params={"limit": 1000}).json()["documents"]
    by_name: dict[str, list[dict]] = {}
    for document in listed:
        by_name.setdefault(Path(document["source"]).stem, []).append(document)
    files = {path.stem: path for path in (index / "uploads" / "files").rglob("*") if path.is_file()}
    for name, told in truth.notes.items():
        found = _state(client, name, by_name.get(name, []), faults)
        _judge(name, found, told.may, faults)
        there = name in files
        if there != (found is not None) or (there and files[name].read_text() != text_of(name, found or 0)):
            faults.add("orphaned", f"{name} is {found}, its file {'is another' if there else 'is not there'}")
        told.may = frozenset({found})
    _talks(client, truth, faults)
    _outside(client, index, truth, faults, by_name)


def _settle(client: httpx2.Client, index: Path, faults: Faults) -> None:
    """Wait until nothing is pending."""
    uploads = index / "uploads"
    ends = time.monotonic() + _SETTLES
    while _waits(client) or list((uploads / "removing").glob("*")):
        if time.monotonic() > ends:
            faults.add("unfinished", "something is still pending")
            return
        time.sleep(0.05)
    left = [path.name for path in (uploads / "pending").glob("*")] if uploads.is_dir() else []
    if left:
        faults.add("unfinished", f"{len(left)} folders of uploads are left")


def _waits(client: httpx2.Client) -> bool:
    return any(found["state"] in {"stored", "indexing"} for found in client.get("/v1/uploads").json()["uploads"])


def _state(client: httpx2.Client, name: str, listed: list[dict], faults: Faults) -> State:
    """Which version of a note is there, by its text and by a search for its own word."""
    hits = client.post("/v1/search", json={"query": name, "k": 20, "per_source": 0}).json()["hits"]
    found = {hit["document"]["id"] for hit in hits if f" {name} " in hit["text"]}
    if len(listed) > 1 or len(found) > 1:
        faults.add("doubled", name)
    if found != {document["id"] for document in listed}:
        faults.add("unsearchable", name)
    if not listed:
        return None
    identity = listed[0]["id"]
    if client.get(f"/v1/documents/{identity}").json().get("source") != listed[0]["source"]:
        faults.add("lost", f"{name} is listed only")
    text, start = "", 0
    while start is not None:
        part = client.get(f"/v1/documents/{identity}/text", params={"start": start, "context": 0}).json()
        text, start = text + part["text"], part["next"]
    version = version_in(text)
    if text != text_of(name, version):
        faults.add("half", name)
    return version


def _judge(name: str, found: State, may: frozenset[State], faults: Faults) -> None:
    if found in may:
        return
    kind = "resurrected" if may == {None} else "lost" if found is None else "stale"
    faults.add(kind, f"{name} is {found}, and should be one of {sorted(map(str, may))}")


def _talks(client: httpx2.Client, truth: Truth, faults: Faults) -> None:
    """Every session with at least the turns that were answered, and none that was deleted."""
    for identity, talk in list(truth.talks.items()):
        answer = client.get(f"/v1/sessions/{identity}")
        turns = len(answer.json()["turns"]) if answer.status_code == 200 else None
        if turns is None:
            right = talk.may_be_gone
            del truth.talks[identity]
        else:
            right = talk.least <= turns <= talk.most and not talk.gone
            talk.least = talk.most = turns
            talk.may_be_gone = False
        if not right:
            faults.add("turns", f"session {identity} has {turns} turns, {talk}")


def _outside(client: httpx2.Client, index: Path, truth: Truth, faults: Faults, by_name: dict[str, list[dict]]) -> None:
    """What the doctor says, the outcomes of files that cannot be read, and whether an answer's citations hold."""
    with Index.open(index) as opened:
        for finding in fsck.check(opened):
            if finding.severity == "error":
                faults.add("damaged", f"{finding.code}: {finding.message}")
        with opened.read() as view:
            failed = {Path(failure.source).stem for failure in view.failures()}
    for name, told in truth.broken.items():
        if None not in told.may and name not in failed:
            faults.add("outcomes", name)
    if not by_name:
        return
    asked = {
        "question": f"Which word is in version of the note {min(by_name)}?",
        "mode": "extract",
        "min_confidence": 0,
    }
    answer = client.post("/v1/ask", json=asked).json()
    with QueryEngine.open(index, settings=Settings(), create=False, embedder=HashEmbedder()) as engine:
        checks = engine.verify(answer, files=True)
    if not all(checked.ok for checked in checks):
        faults.add("unverified", asked["question"])
