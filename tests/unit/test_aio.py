"""The engine for asyncio: the same answers, bounded threads, and nothing that goes on for a caller who has left."""

import asyncio
import itertools
import threading
import time
from contextlib import aclosing

import pytest

from ragsys import Answer, AsyncQueryEngine, QueryEngine, Settings, TextDocument
from ragsys.errors import IndexNotFoundError, NotFoundError, UsageError
from ragsys.testing import HashEmbedder, ScriptedGenerator

CHAIN = "The bicycle chain is oiled after every ride in the rain. The bicycle chain is replaced every 3000 kilometres."
QUESTION = "When is the bicycle chain oiled?"
SETTINGS = Settings(answer_mode="extract", min_confidence=0.0)


class Endless(ScriptedGenerator):
    """Writes until it is stopped, and says so when it is."""

    def __init__(self):
        super().__init__([])
        self.begun, self.stopped = threading.Event(), threading.Event()

    def stream(self, messages, decoding):
        """A word after the other, none of them twice."""
        self.begun.set()
        try:
            for number in itertools.count():
                time.sleep(0.001)
                yield f"chain{number} "
        finally:
            self.stopped.set()


class Meeting(HashEmbedder):
    """Lets a query wait until `parties` queries are there at once."""

    def __init__(self, parties):
        super().__init__()
        self.barrier = threading.Barrier(parties, timeout=30)

    def embed_queries(self, texts):
        """The vectors, when everybody has come."""
        self.barrier.wait()
        return super().embed_queries(texts)


@pytest.fixture
def index(tmp_path):
    """An index of two notes."""
    with QueryEngine.open(tmp_path / "index", settings=SETTINGS, embedder=HashEmbedder()) as engine:
        engine.add_documents([TextDocument("chain", CHAIN), TextDocument("kettle", "The kettle is descaled.")])
    return tmp_path / "index"


def opened(index, **options):
    """The index for asyncio."""
    return AsyncQueryEngine(index, **{"settings": SETTINGS, "embedder": HashEmbedder(), **options})


def test_it_answers_as_the_engine_does(index):
    """Search, answer, documents and text are those of the engine."""

    async def main():
        async with opened(index) as engine:
            return (
                await engine.search("chain"),
                await engine.ask(QUESTION),
                await engine.documents(),
                await engine.text("chain"),
                await engine.run(lambda e: e.reference()),
            )

    result, answer, documents, text, reference = asyncio.run(main())
    with QueryEngine.open(index, settings=SETTINGS, embedder=HashEmbedder()) as engine:
        assert result.hits == engine.search("chain").hits
        assert (answer.text, answer.citations) == ((known := engine.ask(QUESTION)).text, known.citations)
        assert answer.citations
        assert documents == engine.documents()
        assert text == CHAIN
        assert reference == engine.reference()


def test_calls_run_at_once_with_shared_models(index):
    """As many calls as workers are inside the embedder together, which is one embedder; a barrier would break else."""

    async def main():
        async with opened(index, workers=3, embedder=Meeting(3)) as engine:
            return await asyncio.gather(*(engine.search(f"chain {number}") for number in range(6)))

    assert [result.query for result in asyncio.run(main())] == [f"chain {number}" for number in range(6)]


def test_there_are_never_more_engines_than_workers(index):
    """Many calls at once are served by the engines of the workers; one after the other by one engine."""

    async def main():
        async with opened(index, workers=2) as engine:
            await engine.search("chain")
            await engine.search("kettle")
            alone = len(engine._engines)
            await asyncio.gather(*(engine.search("chain") for _ in range(20)))
            return alone, len(engine._engines)

    alone, together = asyncio.run(main())
    assert alone == 1
    assert together <= 2


def test_a_stream_yields_the_draft_and_ends_with_the_answer(index):
    """Tokens come first and the answer last, as from the engine's own stream."""

    async def main():
        generator = ScriptedGenerator(["The bicycle chain is oiled after every ride in the rain."])
        settings = Settings(answer_mode="generate", min_confidence=0.0)
        async with opened(index, settings=settings, generator=generator) as engine:
            return [event async for event in engine.stream(QUESTION)]

    *draft, answer = asyncio.run(main())
    assert isinstance(answer, Answer)
    assert draft
    assert not any(isinstance(event, Answer) for event in draft)


@pytest.mark.parametrize("way", ["close", "cancel", "ask", "chat"])
def test_who_goes_away_stops_the_generator(index, way):
    """Closing a stream and cancelling a reader, an `ask` or a turn all end a generator that would never end."""
    generator = Endless()

    async def first(events):
        async with aclosing(events):
            async for event in events:
                if type(event).__name__ == "Token":
                    return

    async def read(engine):
        return [event async for event in engine.stream(QUESTION)]

    async def main():
        settings = Settings(answer_mode="generate", min_confidence=0.0, max_new_tokens=100_000)
        async with opened(index, settings=settings, generator=generator, workers=1) as engine:
            if way == "close":
                await first(engine.stream(QUESTION))
            elif way == "chat":
                await first((await engine.chat()).stream(QUESTION))
            else:
                task = asyncio.create_task(read(engine) if way == "cancel" else engine.ask(QUESTION))
                assert await asyncio.to_thread(generator.begun.wait, 30)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert await asyncio.to_thread(generator.stopped.wait, 30)
            # the only worker is free again
            assert (await engine.search("chain")).hits

    asyncio.run(main())


def test_a_slow_reader_does_not_hold_a_worker(index):
    """While somebody has read nothing but the first event, the only worker serves others."""

    async def main():
        async with opened(index, workers=1) as engine:
            events = engine.stream(QUESTION)
            first = await anext(events)
            assert (await engine.search("chain")).hits
            return [first, *[event async for event in events]]

    assert isinstance(asyncio.run(main())[-1], Answer)


@pytest.mark.parametrize("keep", [True, False])
def test_a_conversation_goes_on_whatever_worker_serves_it(index, keep):
    """A follow-up question takes its words from the turn before, kept or not, also after other calls met."""

    async def main():
        async with opened(index, workers=3) as engine:
            talk = await engine.chat(keep=keep)
            await talk.ask(QUESTION)
            await asyncio.gather(*(engine.search("chain") for _ in range(6)))
            answer = await talk.ask("When is it replaced?")
            assert talk.kept is keep
            assert talk.number == 2
            return answer, await talk.turns()

    answer, turns = asyncio.run(main())
    assert "bicycle chain" in answer.question
    assert "3000" in answer.text
    assert [turn.question for turn in turns] == [QUESTION, "When is it replaced?"]


def test_turns_of_one_conversation_follow_one_another(index):
    """Two turns that are asked for at once are kept as two turns."""

    async def main():
        async with opened(index, workers=2) as engine:
            talk = await engine.chat()
            await asyncio.gather(talk.ask(QUESTION), talk.ask("How is the kettle treated?"))
            return [turn.number for turn in await talk.turns()]

    assert asyncio.run(main()) == [1, 2]


def test_what_is_added_is_found(index):
    """A document that is added through it is found by every worker, and gone once it is removed."""

    async def main():
        async with opened(index, workers=2) as engine:
            await asyncio.gather(engine.search("chain"), engine.search("chain"))
            await engine.add_documents([TextDocument("mill", "The coffee mill has steel burrs.")])
            found = await asyncio.gather(*(engine.search("coffee mill burrs", top_k=1) for _ in range(4)))
            await engine.remove("mill")
            return found, await engine.status()

    found, status = asyncio.run(main())
    assert {result.hits[0].document.source for result in found} == {"mill"}
    assert status.documents == 2


def test_errors_arrive_as_they_are(index, tmp_path):
    """The engine's errors reach the caller, from calls, from streams and from opening; misuse is a usage error."""

    async def main():
        async with opened(index) as engine:
            with pytest.raises(NotFoundError):
                await engine.document("nothing")
            with pytest.raises(UsageError):
                [event async for event in engine.stream(" ")]
            assert (await engine.search("chain")).hits
        with pytest.raises(UsageError, match="not open"):
            await engine.search("chain")
        with pytest.raises(IndexNotFoundError):
            async with opened(tmp_path / "none", create=False):
                pass

    asyncio.run(main())
    with pytest.raises(UsageError):
        AsyncQueryEngine(index, workers=0)


def test_principals_hold_for_every_worker(tmp_path):
    """An engine that a worker opens later sees no more than the first."""
    with QueryEngine.open(tmp_path / "index", settings=SETTINGS, embedder=HashEmbedder()) as engine:
        engine.add_documents([TextDocument("secret", "The chain is secret.")], acl=["user:ann"])
        engine.add_documents([TextDocument("public", "The chain is public.")], acl=["*"])

    async def main():
        async with opened(tmp_path / "index", workers=2, embedder=Meeting(2), principals=["user:bo"]) as engine:
            results = await asyncio.gather(*(engine.search("chain") for _ in range(4)))
            assert len(engine._engines) == 2
            return {hit.document.source for result in results for hit in result.hits}

    assert asyncio.run(main()) == {"public"}
