"""What is said in `ragsys chat`: a question and its answer, or a command about the last one, for people or as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from ragsys.cli.output import clean, one_line, place, print_json, warn
from ragsys.errors import QueryError
from ragsys.generate import Rewritten
from ragsys.plain import as_data
from ragsys.types import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.cli.app import App
    from ragsys.engine import QueryEngine
    from ragsys.tasks.conversation import Conversation
    from ragsys.tasks.recall import Turn
    from ragsys.types import Decoding

__all__ = ["COMMANDS", "SHORT_ID", "Talk", "describe", "print_turn"]

# What can be typed instead of a question, and which method answers it.
COMMANDS = {
    "/sources": "sources",
    "/why": "why",
    "/history": "history",
    "/new": "new",
    "/forget": "forget",
    "/help": "help",
    "/quit": "quit",
    "/exit": "quit",
}
_HELP = """/sources  the spans that the last answer cites, with their quotes
/why      why this answer: the question that was searched for, confidence, hits and scores
/history  what was said so far
/new      begin another conversation
/forget   delete this conversation and begin another
/quit     leave (Ctrl-D too); Ctrl-C stops an answer"""
SHORT_ID = 12
_QUOTE_WIDTH = 400
_HITS, _NEAREST = 5, 3


class Talk:
    """One run of `ragsys chat`. A conversation begins with the first question: looking in leaves none behind."""

    def __init__(
        self,
        app: App,
        engine: QueryEngine,
        *,
        session: str | None,
        keep: bool,
        where: str | None,
        decoding: Decoding,
    ) -> None:
        self._app = app
        self._engine = engine
        self._keep = keep
        self._where = where
        self._decoding = decoding
        self._conversation: Conversation | None = engine.chat(session, keep=keep) if session else None
        self._live = not app.json and sys.stderr is not None and sys.stderr.isatty()
        self._begun_here = ""
        self.over = False

    def greet(self) -> None:
        """Say where one is."""
        begun = f"; going on after turn {self._conversation.number}" if self._conversation else ""
        click.echo(f"{self._engine.status().documents} documents{begun}; /help shows what else can be typed", err=True)

    def leave(self) -> None:
        """Say how to go on; a conversation that came to nothing is removed again."""
        talk = self._conversation
        if talk is not None and talk.kept and talk.id == self._begun_here and not talk.number:
            self._engine.delete_session(talk.id)
        elif talk is not None and talk.kept and not self._app.json:
            short = talk.id[:SHORT_ID]
            click.echo(f"kept as {short}: go on with `ragsys chat --session {short}`", err=True)

    def say(self, line: str) -> bool:
        """Answer a question or carry out a command; whether it was answered. Raises what the engine does."""
        line = line.strip()
        if not line:
            return True
        if line in COMMANDS:
            getattr(self, f"_{COMMANDS[line]}")()
            return True
        if line.startswith("/") and line.count("/") == 1 and " " not in line:
            click.echo(f"{clean(line)} is nothing that can be typed here; /help shows what is", err=True)
            return True
        return self._ask(line)

    def _ask(self, question: str) -> bool:
        if self._conversation is None:
            self._conversation = self._engine.chat(keep=self._keep)
            self._begun_here = self._conversation.id
            if self._keep and not self._conversation.kept:
                click.echo("the index cannot be written to: this conversation is not kept", err=True)
        talk = self._conversation
        rewritten, answer = Rewritten(question, question, "as-is", 0), None
        try:
            for event in talk.stream(question, where=self._where, decoding=self._decoding):
                if isinstance(event, Answer):
                    answer = event
                elif isinstance(event, Rewritten):
                    rewritten = event
                    self._note_standalone(event)
                elif self._live:
                    click.secho(clean(event.text), dim=self._app.color, nl=False, err=True)
        except QueryError as error:
            self._refuse(question, error)
            return False
        if self._live:
            click.echo(err=True)
        assert answer is not None  # noqa: S101 - a stream ends with its answer
        if self._app.json:
            print_json(_turn_data(talk, rewritten, answer))
        else:
            _print_answer(as_data(answer))
            warn(answer.warnings)
        return answer.status == "answered"

    def _note_standalone(self, rewritten: Rewritten) -> None:
        if not self._app.json and rewritten.standalone != rewritten.question:
            click.secho(f"understood as: {clean(rewritten.standalone)}", dim=self._app.color, err=True)

    def _refuse(self, question: str, error: QueryError) -> None:
        """A question that cannot be asked takes its line of the output, and the talk goes on."""
        body = {"code": error.code, "message": error.message, "hint": error.hint}
        if self._app.json:
            print_json({"question": question, "error": body})
            return
        click.echo()
        click.echo(f"error [{error.code}]: {clean(error.message)}", err=True)

    def _last(self) -> Turn | None:
        turns = self._conversation.turns() if self._conversation else []
        if not turns:
            click.echo("nothing has been asked yet", err=True)
            return None
        return turns[-1]

    def _sources(self) -> None:
        turn = self._last()
        if self._app.json:
            citations = turn.answer["citations"] if turn and turn.answer else []
            print_json({"command": "sources", "state": turn and turn.state, "citations": citations})
        elif turn is not None and turn.answer is None:
            click.echo(describe(turn))
        elif turn is not None and turn.answer is not None:
            _print_sources(turn.answer)
            if note := describe(turn):
                click.echo(note)

    def _why(self) -> None:
        turn = self._last()
        if self._app.json:
            print_json({"command": "why", "turn": as_data(turn)})
        elif turn is not None:
            _print_why(turn)

    def _history(self) -> None:
        turns = self._conversation.turns() if self._conversation else []
        if self._app.json:
            print_json({"command": "history", "turns": turns})
            return
        for turn in turns:
            print_turn(turn)

    def _new(self) -> None:
        self.leave()
        self._conversation = None
        self._done("new", "a new conversation begins with your next question")

    def _forget(self) -> None:
        if self._conversation is not None and self._conversation.kept:
            self._engine.delete_session(self._conversation.id)
        self._conversation = None
        self._done("forget", "deleted; a new conversation begins with your next question")

    def _help(self) -> None:
        click.echo(_HELP, err=True)

    def _quit(self) -> None:
        self.over = True

    def _done(self, command: str, message: str) -> None:
        if self._app.json:
            print_json({"command": command})
        else:
            click.echo(message, err=True)


def _turn_data(talk: Conversation, rewritten: Rewritten, answer: Answer) -> dict[str, Any]:
    """What `--json` prints of a turn."""
    return {
        "session": talk.id,
        "kept": talk.kept,
        "turn": talk.number,
        "question": rewritten.question,
        "standalone": rewritten.standalone,
        "method": rewritten.method,
        "history": rewritten.history,
        "answer": as_data(answer),
    }


def describe(turn: Turn) -> str:
    """What is to be said of an old answer beside it; "" where nothing is."""
    if turn.state == "withheld":
        return "(not shown: a document that it rests on is gone, or may not be seen)"
    return "(a document that it cites has changed since)" if turn.state == "changed" else ""


def print_turn(turn: Turn) -> None:
    """A question and its answer, as they may be shown now."""
    click.echo(f"{turn.number}. {clean(turn.question)}")
    if turn.standalone not in {None, turn.question}:
        click.echo(f"   understood as: {clean(str(turn.standalone))}")
    if turn.answer is not None:
        click.echo(f"   {_line(turn.answer['text'])}")
    if note := describe(turn):
        click.echo(f"   {note}")


def _print_answer(answer: Mapping[str, Any]) -> None:
    """The answer on one line of standard output; where it is from, or why there is none, beside it."""
    click.echo(_line(answer["text"]))
    if (translated := answer.get("translation")) is not None:
        click.echo(f"translation ({translated['quality']}), not cited: {_line(translated['text'])}", err=True)
    for number, citation in {c["marker"]: c for c in answer["citations"]}.items():
        click.echo(f"  [{number}] {_place(citation)}", err=True)
    if answer["status"] == "abstained":
        click.echo(f"why: {answer['reason']}", err=True)
        for hit in answer["passages"][:_NEAREST]:
            click.echo(f"nearest: {_place(hit)}", err=True)


def _print_sources(answer: Mapping[str, Any]) -> None:
    """The cited spans, each with its place and its quote."""
    if not answer["citations"]:
        click.echo("the last answer cites nothing", err=True)
    for number, citation in {c["marker"]: c for c in answer["citations"]}.items():
        click.echo(f"[{number}] {_place(citation)}")
        click.echo(f'    "{one_line(citation["quote"], _QUOTE_WIDTH)}"')


def _print_why(turn: Turn) -> None:
    """The numbers behind an answer, as `ragsys search --explain` has them, in short."""
    click.echo(f"asked          {clean(turn.question)}")
    if turn.standalone is not None:
        how = {"as-is": "it stands alone", "carried": "words carried over", "generated": "rewritten by the generator"}
        turns = f" from {turn.history} earlier {'turn' if turn.history == 1 else 'turns'}" if turn.history else ""
        click.echo(f"searched for   {clean(turn.standalone)} ({how.get(turn.method, turn.method)}{turns})")
    if turn.answer is None:
        click.echo(describe(turn))
        return
    profile = turn.answer["profile"]
    from_on = f", answers from {profile['threshold']:.2f} on" if profile else ""
    click.echo(f"confidence     {turn.answer['confidence']:.2f}{from_on}")
    click.echo(f"written by     {clean(turn.answer['models']['generator'])}")
    if turn.answer["reason"]:
        click.echo(f"no answer      {turn.answer['reason']}")
    for hit in turn.answer["passages"][:_HITS]:
        scores = ", ".join(f"{name} {hit['scores'][name] or 0:.2f}" for name in ("dense", "lexical", "fused"))
        click.echo(f"{hit['rank']:>2}. {_place(hit)}  {scores}")


def _place(item: Mapping[str, Any]) -> str:
    return place(item["document"]["source"], item["page"], item.get("place"), item["start"], item["end"])


def _line(text: str) -> str:
    return " ".join(clean(text).split())
