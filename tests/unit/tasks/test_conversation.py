"""Conversations through the engine: understood from what was said, kept, and shown as far as is allowed."""

import threading

import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.errors import QueryError, SessionNotFoundError
from ragsys.generate import Rewritten, Token
from ragsys.tasks.finding import find
from ragsys.testing import HashEmbedder, ScriptedGenerator
from ragsys.types import Answer, TextDocument

CHAIN = "The bicycle chain is oiled after every ride in the rain. The bicycle chain is replaced every 3000 kilometres."
KETTLE = "The kettle is descaled with vinegar twice a year."


@pytest.fixture
def folder(tmp_path):
    """Two notes."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "chain.txt").write_text(CHAIN)
    (notes / "kettle.txt").write_text(KETTLE)
    return notes


def opened(tmp_path, *replies, mode="extract", **options):
    """An engine on `tmp_path/index`."""
    return QueryEngine.open(
        tmp_path / "index",
        settings=Settings(answer_mode=mode),
        embedder=HashEmbedder(),
        generator=ScriptedGenerator(replies),
        **options,
    )


def test_a_follow_up_is_understood_and_both_turns_are_kept(tmp_path, folder):
    """What "it" is comes from the question before; another process finds question, standalone question and answer."""
    with opened(tmp_path) as engine:
        engine.add(folder)
        talk = engine.chat()
        talk.ask("When is the bicycle chain oiled?")
        answer = talk.ask("When is it replaced?")
        assert answer.question == "When is it replaced? (bicycle chain oiled)"
        assert [c.quote for c in answer.citations] == ["The bicycle chain is replaced every 3000 kilometres."]
    with opened(tmp_path) as engine:
        turns = engine.chat(talk.id).turns()
        assert [t.question for t in turns] == ["When is the bicycle chain oiled?", "When is it replaced?"]
        assert [(t.method, t.history) for t in turns] == [("as-is", 0), ("carried", 1)]
        assert turns[1].answer["text"] == answer.text
        assert all(check.ok for check in engine.verify(turns[1].answer))
        assert turns[1].answer["index"]["seq"] == answer.index.seq


def test_a_stream_says_what_it_searches_for_then_drafts_then_answers(tmp_path, folder):
    """First the rewritten question, then the draft, and the answer last, when the turn is kept."""
    draft = "The bicycle chain is replaced every 3000 kilometres."
    rewriting = "When is the bicycle chain replaced?"
    with opened(tmp_path, "after every ride in the rain.", rewriting, draft, mode="generate") as engine:
        engine.add(folder)
        talk = engine.chat()
        talk.ask("When is the bicycle chain oiled?")
        events = list(talk.stream("When is it replaced?"))
        assert events[0] == Rewritten("When is it replaced?", rewriting, "generated", 1)
        assert "".join(event.text for event in events[1:-1] if isinstance(event, Token)) == draft
        assert isinstance(events[-1], Answer)
        assert talk.number == 2


def test_conversations_do_not_hear_each_other(tmp_path, folder):
    """Two sessions of one engine have histories of their own."""
    with opened(tmp_path) as engine:
        engine.add(folder)
        bike, kitchen = engine.chat(), engine.chat()
        bike.ask("When is the bicycle chain oiled?")
        kitchen.ask("How often is the kettle descaled?")
        assert "chain" in bike.ask("When is it replaced?").question
        assert "kettle" in kitchen.ask("With what?").question
        assert {s.id: s.turns for s in engine.sessions()} == {bike.id: 2, kitchen.id: 2}
        assert len(bike.id) == 32


def test_several_engines_write_turns_at_the_same_time(tmp_path, folder):
    """Threads with an engine each talk at once; every turn of every session is there."""
    with opened(tmp_path) as engine:
        engine.add(folder)
    failures = []

    def talk():
        try:
            with opened(tmp_path) as engine:
                conversation = engine.chat()
                for _ in range(4):
                    conversation.ask("When is the bicycle chain oiled?")
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=talk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with opened(tmp_path) as engine:
        assert [s.turns for s in engine.sessions()] == [4] * 4


def test_a_session_is_there_for_its_owner_only(tmp_path, folder):
    """Others neither see, resume nor delete it; groups do not own what a user began; the index's owner lists all."""
    with opened(tmp_path) as engine:
        engine.add(folder)
    with opened(tmp_path, principals=["user:ann", "group:lab"]) as ann:
        talk = ann.chat()
        talk.ask("How often is the kettle descaled?")
    for names in (["user:bo", "group:lab"], ["group:lab"], ["*"], []):
        with opened(tmp_path, principals=names) as other:
            assert other.sessions() == []
            for call in (other.chat, other.delete_session):
                with pytest.raises(SessionNotFoundError):
                    call(talk.id)
    with opened(tmp_path, principals=["user:ann"]) as ann:  # who has left the group meanwhile
        assert [s.id for s in ann.sessions()] == [talk.id]
        assert ann.chat(talk.id).turns()[0].answered
    with opened(tmp_path) as owner:
        assert [s.owner for s in owner.sessions()] == [("user:ann",)]
        with pytest.raises(SessionNotFoundError) as refused:
            owner.chat(talk.id).ask("And now?")
        assert "--as" in refused.value.hint
        owner.delete_session(talk.id)
        assert owner.sessions() == []


def test_what_may_not_be_seen_any_more_is_not_shown_or_used(tmp_path, folder):
    """Access taken back hides an old answer, its passages, and whatever a generator made of it."""
    replies = ["descaled with vinegar twice a year.", "What is vinegar?", "The kettle is descaled with vinegar."]
    with opened(tmp_path) as engine:
        engine.add(folder / "kettle.txt", acl=["user:ann"])
        engine.add(folder / "chain.txt", acl=["*"])
    with opened(tmp_path, *replies, mode="generate", principals=["user:ann"]) as ann:
        talk = ann.chat()
        talk.ask("How often is the kettle descaled?")
        assert talk.ask("What is it?").question == "What is vinegar?"
        assert [t.state for t in talk.turns()] == ["current", "current"]
    with opened(tmp_path) as engine:
        engine.add(folder / "kettle.txt", acl=["user:bo"])
    with opened(tmp_path, "What is the kettle?", mode="generate", principals=["user:ann"]) as ann:
        turns = ann.chat(talk.id).turns()
        assert [t.question for t in turns] == ["How often is the kettle descaled?", "What is it?"]
        assert "vinegar" not in str(turns)
        assert "kettle.txt" not in str(turns)
        assert turns[0].state == "withheld"
        list(ann.chat(talk.id).stream("Why is it?"))
        assert "vinegar" not in str(ann.generator.prompts)


def test_a_document_that_has_changed_is_said_to_have(tmp_path, folder):
    """An old answer whose document has other text now is shown with that said; one that is removed is withheld."""
    with opened(tmp_path) as engine:
        engine.add(folder)
        talk = engine.chat()
        talk.ask("How often is the kettle descaled?")
        (folder / "kettle.txt").write_text("The kettle is descaled with citric acid once a month.")
        engine.add(folder)
        turn = talk.turns()[0]
        assert (turn.state, turn.answered) == ("changed", True)
        engine.remove(str(folder / "kettle.txt"))
        turn = talk.turns()[0]
        assert (turn.state, turn.answer) == ("withheld", None)


def test_the_text_of_passages_is_not_kept_twice(tmp_path, folder):
    """A kept turn holds no text but what it cites; passages are read again from the index when it is shown."""
    with opened(tmp_path) as engine:
        engine.add(folder)
        talk = engine.chat()
        talk.ask("How often is the kettle descaled?")
        assert "oiled" not in engine._index.conversations.turns(talk.id)[0].answer
        assert "oiled" in str(talk.turns()[0].answer["passages"])


def test_what_is_not_to_be_kept_is_not(tmp_path, folder, monkeypatch):
    """With keep=False, or where the index cannot be written to, the talk goes on and leaves nothing."""
    with opened(tmp_path) as engine:
        engine.add(folder)
        for talk in (engine.chat(keep=False), None):
            if talk is None:
                monkeypatch.setattr(engine._index.database, "read_only", True)
            conversation = talk or engine.chat()
            assert not conversation.kept
            conversation.ask("When is the bicycle chain oiled?")
            assert "chain" in conversation.ask("When is it replaced?").question
            assert [t.number for t in conversation.turns()] == [1, 2]
            assert engine.sessions() == []


def test_a_session_that_was_deleted_meanwhile_takes_no_turn(tmp_path, folder):
    """Another engine deletes it: the next turn says so, and it does not come back."""
    with opened(tmp_path) as engine, opened(tmp_path) as other:
        engine.add(folder)
        talk = engine.chat()
        talk.ask("When is the bicycle chain oiled?")
        other.delete_session(talk.id)
        with pytest.raises(SessionNotFoundError):
            talk.ask("When is it replaced?")
        assert engine.sessions() == []


@pytest.mark.parametrize("question", ["", "  ", "\ud800", "a\0b", "word " * 400])
def test_a_question_that_cannot_be_asked_leaves_no_turn(tmp_path, folder, question):
    """Empty, not Unicode, or longer than the embedder reads: a typed error, and the conversation goes on."""
    with opened(tmp_path) as engine:
        engine.add(folder)
        talk = engine.chat()
        with pytest.raises(QueryError):
            talk.ask(question)
        talk.ask("When is the bicycle chain oiled?")
        assert talk.number == 1


def test_a_backup_holds_the_conversations(tmp_path, folder):
    """A copy of the index is a copy of what was said in it."""
    with opened(tmp_path) as engine:
        engine.add(folder)
        talk = engine.chat()
        talk.ask("When is the bicycle chain oiled?")
        (tmp_path / "copy").mkdir()
        engine.backup(tmp_path / "copy" / "ragsys.db")
    with QueryEngine.open(tmp_path / "copy", settings=Settings(), embedder=HashEmbedder(), create=False) as copy:
        assert len(copy.chat(talk.id).turns()) == 1


def test_what_was_said_before_is_no_answer_to_what_is_asked_now(tmp_path, folder):
    """Words that are carried over find passages; alone they never answer a question about something else."""
    with opened(tmp_path) as engine:
        engine.add(folder)
        talk = engine.chat()
        assert talk.ask("How often is the bicycle chain oiled in the rain?").status == "answered"
        assert talk.ask("And the gearbox flange?").status == "abstained"
        assert talk.turns()[1].standalone == "And the gearbox flange? (bicycle chain oiled rain)"


def test_the_sentence_that_answers_is_chosen_by_what_was_typed(tmp_path):
    """A sentence full of carried words comes first only where those words are asked for as well."""
    said = "Steel burrs stay sharp for about 500 kilograms of coffee."
    text = TextDocument("burrs", f"{said} They are cleaned with a brush once a week.")
    typed, carried = "How are they cleaned?", "How are they cleaned? (kilograms coffee steel burrs stay sharp)"
    with opened(tmp_path) as engine:
        engine.add_documents([text])
        whole = find(engine._workspace, carried)
        assert whole.evidence[0].text == said
        found = find(engine._workspace, carried, typed=typed)
        assert found.evidence[0].text == "They are cleaned with a brush once a week."
        assert found.rarity["steel"] < found.rarity["clean"] / 10
