"""What of a kept conversation may be shown now, to whoever is looking: the access and the text of today decide.

A question is its asker's own words and always shown. An answer rests on documents: if one of them is gone or may not be
seen any more, the answer is withheld, and with it any question that a generator may have rewritten from it; if one has
changed, that is said.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ragsys.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.indexes import View
    from ragsys.indexes.records import StoredTurn
    from ragsys.types import Document, SourceText

__all__ = ["State", "Turn", "recall"]

State = Literal["current", "changed", "withheld"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer. `answer` is the JSON of an `Answer`, None where it is withheld.

    `standalone` is the question as it was searched for, `method` how it came of `question`, `history` of how many turns
    before it. `state` says whether what is cited still stands: "changed" where a document has other text now.
    """

    number: int
    question: str
    standalone: str | None
    method: str
    history: int
    answer: Mapping[str, Any] | None
    state: State
    asked_at: str

    @property
    def answered(self) -> bool:
        """Whether there is an answer that may be shown."""
        return self.answer is not None and self.answer["status"] == "answered"


def recall(view: View, stored: Sequence[StoredTurn]) -> list[Turn]:
    """The turns as they may be shown in `view`, in their order."""
    documents = _Documents(view)
    turns: list[Turn] = []
    for kept in stored:
        answer: dict[str, Any] = json.loads(kept.answer)
        state = _state(answer, documents)
        # A generator that rewrote a question had the answers before it.
        lent = turns[-kept.history :] if kept.method == "generated" and kept.history else []
        hidden = any(turn.state == "withheld" or turn.standalone is None for turn in lent)
        hidden = hidden or (kept.method == "generated" and kept.history > len(lent))
        standalone = None if hidden else kept.standalone
        shown = None
        if state != "withheld":
            shown = {**answer, "question": standalone or kept.question, "passages": _passages(answer, documents)}
        turns.append(
            Turn(kept.number, kept.question, standalone, kept.method, kept.history, shown, state, kept.asked_at)
        )
    return turns


class _Documents:
    """The documents of a view, each looked up once."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._found: dict[str, tuple[Document, SourceText] | None] = {}

    def get(self, name: str) -> tuple[Document, SourceText] | None:
        """A document with its text by its id, or None where this view has none."""
        if name not in self._found:
            try:
                self._found[name] = self._view.document(name), self._view.source_text(name)
            except NotFoundError:
                self._found[name] = None
        return self._found[name]


def _state(answer: Mapping[str, Any], documents: _Documents) -> State:
    """What has become of the documents that an answer rests on."""
    rests_on = list(answer["citations"])
    if any(not sentence["supported"] for sentence in answer["sentences"]):
        # What no citation supports can be from any passage that the generator was given.
        rests_on += answer["passages"]
    found = [documents.get(item["document"]["id"]) for item in rests_on]
    if any(item is None for item in found):
        return "withheld"
    for item, known in zip(rests_on, found, strict=True):
        quote = item.get("quote")
        if known is not None and quote is not None and known[1].text[item["start"] : item["end"]] != quote:
            return "changed"
        if known is not None and known[0].sha256 != item["document"]["sha256"]:
            return "changed"
    return "current"


def _passages(answer: Mapping[str, Any], documents: _Documents) -> list[dict[str, Any]]:
    """The passages of an answer that may be seen, with the text that stands there where the document is the same."""
    shown = []
    for passage in answer["passages"]:
        known = documents.get(passage["document"]["id"])
        if known is not None:
            same = known[0].sha256 == passage["document"]["sha256"]
            text = known[1].text[passage["start"] : passage["end"]] if same else ""
            copies = [copy for copy in passage.get("copies", ()) if documents.get(copy["id"]) is not None]
            shown.append({**passage, "text": text, "copies": copies})
    return shown
