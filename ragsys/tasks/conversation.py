"""A conversation: each question made to stand alone, answered as `answering` does, and kept as a turn.

A session belongs to whoever began it: to the `user:` names among the principals, or to all of them where there is none.
To anybody else it is not there. Where nobody in particular is looking, all sessions can be listed, shown and deleted,
and only those that nobody in particular began can be gone on with.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING

from ragsys.errors import QueryError, SessionNotFoundError
from ragsys.generate import Exchange, Rewritten, profile_of, rewrite
from ragsys.indexes.records import StoredTurn
from ragsys.tasks.answering import answer_of, mode_of, stream_answer
from ragsys.tasks.recall import recall
from ragsys.types import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragsys.generate import Event
    from ragsys.indexes.records import Session
    from ragsys.protocols import Generator
    from ragsys.tasks.recall import Turn
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import Decoding

__all__ = ["Conversation", "delete_session", "open_conversation", "reply", "sessions"]

# Turns that a question is rewritten from, at most; the rewriting takes fewer where they do not fit.
_RECENT = 6


class Conversation:
    """One session of an engine. Make one with `QueryEngine.chat`; any number may be open at once.

    `id` names it; `kept` says whether its turns are kept in the index. `number` is that of the last turn.
    """

    def __init__(
        self,
        workspace: Workspace,
        session: str,
        *,
        kept: bool,
        past: Sequence[StoredTurn] = (),
        owner: tuple[str, ...] | None = None,
    ) -> None:
        self.id = session
        self.kept = kept
        self._workspace = workspace
        self._memory = list(past)
        self._owner = owner
        self.number = len(past)

    def ask(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: str | None = None,
        decoding: Decoding | None = None,
    ) -> Answer:
        """Answer `question` in the light of what was said before; the answer's `question` is the one that stands alone.

        When this returns, the turn is kept and survives a crash. Raises as `stream`.
        """
        return answer_of(self.stream(question, top_k=top_k, where=where, decoding=decoding))

    def stream(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: str | None = None,
        decoding: Decoding | None = None,
    ) -> Iterator[Rewritten | Event | Answer]:
        """Yield the question as it is searched for (`Rewritten`), the draft, then the answer of a turn that is kept.

        Raises:
            QueryError, FilterError, SpaceMismatchError, GenerationError: as `QueryEngine.ask`.
            SessionNotFoundError: the session is somebody else's, or has been deleted meanwhile.
            IndexBusyError, DiskFullError: the turn could not be kept.
        """
        _check(question)
        if self._owner != _owner(self._workspace):
            raise SessionNotFoundError(
                f"session {self.id!r} belongs to {', '.join(self._owner or ())}", hint="name its owner with --as"
            )
        exchanges = self._exchanges()
        for event in reply(self._workspace, question, exchanges, top_k=top_k, where=where, decoding=decoding):
            if isinstance(event, Rewritten):
                rewritten = event
            elif isinstance(event, Answer):
                self._keep(rewritten, event)
            yield event

    def turns(self) -> list[Turn]:
        """The turns so far, as they may be shown now: see `ragsys.tasks.recall`. Raises `SessionNotFoundError`."""
        with self._workspace.read() as view:
            return recall(view, self._stored())

    def over(self, workspace: Workspace) -> Conversation:
        """This conversation in another workspace over the same index: to go on with it in another thread."""
        past = workspace.index.conversations.turns(self.id) if self.kept else self._memory
        return Conversation(workspace, self.id, kept=self.kept, past=past, owner=self._owner)

    def _stored(self) -> list[StoredTurn]:
        return self._workspace.index.conversations.turns(self.id) if self.kept else self._memory

    def _exchanges(self) -> list[Exchange]:
        """What a question may be rewritten from: questions as they were typed, and answers that may be seen now."""
        with self._workspace.view() as view:
            turns = recall(view, self._stored()[-_RECENT:])
        return [
            Exchange(turn.question, str(turn.answer["text"]) if turn.answer and turn.answered else "") for turn in turns
        ]

    def _keep(self, rewritten: Rewritten, answer: Answer) -> None:
        whole = asdict(answer)
        # The index holds these texts; what is removed from it shall not live on here.
        whole["passages"] = [{**passage, "text": ""} for passage in whole["passages"]]
        turn = StoredTurn(
            number=self.number + 1,
            question=rewritten.question,
            standalone=rewritten.standalone,
            method=rewritten.method,
            history=rewritten.history,
            answer=json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8"),
            seq=answer.index.seq,
            digest=answer.index.digest,
            asked_at="",
        )
        if self.kept:
            turn = self._workspace.index.conversations.append(self.id, turn)
        else:
            self._memory.append(turn)
        self.number = turn.number


def reply(
    workspace: Workspace,
    question: str,
    history: Sequence[Exchange],
    *,
    top_k: int | None = None,
    where: str | None = None,
    decoding: Decoding | None = None,
) -> Iterator[Rewritten | Event | Answer]:
    """Yield the question as it is searched for, the draft, then the answer; nothing is kept. Raises as `ask`.

    `history` is what was said before, oldest first.
    """
    _check(question)
    seed = None if decoding is None else decoding.seed
    rewritten = rewrite(question, history, _writer(workspace), seed=seed)
    yield rewritten
    yield from stream_answer(
        workspace, rewritten.standalone, top_k=top_k, where=where, decoding=decoding, typed=rewritten.asks
    )


def open_conversation(workspace: Workspace, session: str | Conversation | None, *, keep: bool) -> Conversation:
    """A new conversation, or the one named. Raises as `QueryEngine.chat`."""
    if isinstance(session, Conversation):
        return session.over(workspace)
    store = workspace.index.conversations
    keep = keep and not workspace.index.database.read_only
    if session is None:
        session = secrets.token_hex(16)
        if keep:
            store.start(session, _owner(workspace))
        return Conversation(workspace, session, kept=keep, owner=_owner(workspace))
    owner = _own(workspace, session).owner
    return Conversation(workspace, session, kept=keep, past=store.turns(session), owner=owner)


def sessions(workspace: Workspace) -> list[Session]:
    """The sessions of whoever is looking; all where nobody in particular is, none for somebody without a name."""
    every, owner = workspace.index.conversations.sessions(), _owner(workspace)
    return every if owner is None else [session for session in every if owner and session.owner == owner]


def delete_session(workspace: Workspace, session: str) -> None:
    """Delete a session. Raises as `QueryEngine.delete_session`."""
    _own(workspace, session)
    workspace.index.conversations.delete(session)


def _check(question: str) -> None:
    """Raises `QueryError` for what no index could hold."""
    if question != question.encode("utf-8", "replace").decode("utf-8") or "\0" in question:
        raise QueryError("the question is not valid Unicode")


def _owner(workspace: Workspace) -> tuple[str, ...] | None:
    """Whom a session belongs to that is begun now."""
    names = workspace.principals
    if names is None:
        return None
    return tuple(name for name in names if name.startswith("user:")) or names


def _own(workspace: Workspace, session: str) -> Session:
    """A session that is there for whoever is looking."""
    owner = _owner(workspace)
    for found in workspace.index.conversations.sessions():
        if found.id == session and (owner is None or found.owner == owner):
            return found
    raise SessionNotFoundError(f"there is no session {session!r}")


def _writer(workspace: Workspace) -> Generator | None:
    """The generator, where it writes answers anyway and is good enough at rewriting questions."""
    writes = mode_of(workspace) == "generate" and profile_of(workspace.generator_name).rewrites
    return workspace.generator if writes else None
