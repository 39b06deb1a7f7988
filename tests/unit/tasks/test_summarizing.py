"""Summaries through the engine: of a file, a text, a document and several, with both modes and access."""

import dataclasses

import pytest

from ragsys import QueryEngine, Settings
from ragsys.errors import DocumentError, NotFoundError, UsageError
from ragsys.generate.prose import count_words
from ragsys.tasks.summarizing import NOTHING_HELD
from ragsys.testing import HashEmbedder, ScriptedGenerator
from ragsys.types import TextDocument

MILL = (
    "# The mill\n\nThe old mill stands by the river in the valley. Its wheel drove two stones for eighty years. "
    "A flood took the wheel away in the spring of 1910. The mill ran on steam after that.\n\n"
    "Today the valley remembers the mill with a fair in May.\n"
)
BREAD = "# Bread\n\nBread is baked from flour and water. Salt is added at the end. The dough rests for a night.\n"
MOFANG = (
    "# 磨坊\n\n老磨坊建在河边的山谷里。水轮带动两块磨石转了八十年。1910年春天洪水冲走了水轮。后来磨坊改用蒸汽机。\n"
)


@pytest.fixture
def folder(tmp_path):
    """Two notes in a folder."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "mill.md").write_text(MILL, encoding="utf-8")
    (notes / "bread.md").write_text(BREAD, encoding="utf-8")
    return notes


def open_engine(tmp_path, *replies, settings=None, **options):
    """An engine on `tmp_path/index`."""
    return QueryEngine.open(
        tmp_path / "index",
        settings=settings or Settings(),
        embedder=HashEmbedder(),
        generator=ScriptedGenerator(replies),
        **options,
    )


def check(summary, text_of):
    """What holds of every summary."""
    plain = " ".join(summary.text[s.start : s.end] for s in summary.sentences)
    assert count_words(plain) == summary.words <= summary.profile.words
    for citation in summary.citations:
        assert text_of(citation.document)[citation.start : citation.end] == citation.quote
        assert any((s.start, s.end) == (citation.answer_start, citation.answer_end) for s in summary.sentences)


def test_a_file_needs_no_place_in_the_index(tmp_path, folder):
    """A `Path` is read from disk, and its citations are spans of its text."""
    with open_engine(tmp_path) as engine:
        summary = engine.summarize(folder / "mill.md", words=20, mode="extractive")
        check(summary, lambda _: MILL)
        assert (summary.mode, summary.index, summary.models.generator) == ("extractive", None, "extract")
        assert summary.coverage.sentences == 5
        assert summary.coverage.characters == len(MILL)
        assert engine.documents() == []


def test_a_document_is_summarised_by_id_and_by_source(tmp_path, folder):
    """The stored document is summarised as its file is, and the state of the index is recorded."""
    with open_engine(tmp_path) as engine:
        engine.add(folder)
        identity = engine.document(str(folder / "mill.md")).id
        stored, alone = (
            engine.summarize(identity, mode="extractive"),
            engine.summarize(folder / "mill.md", mode="extractive"),
        )
        assert engine.summarize(str(folder / "mill.md"), mode="extractive").text == stored.text == alone.text
        assert stored.citations == alone.citations
        assert stored.index == engine.reference()


def test_documents_that_match_share_one_summary(tmp_path, folder):
    """Both documents have a sentence in it, in the order of their sources."""
    with open_engine(tmp_path) as engine:
        engine.add(folder)
        summary = engine.summarize(where='source ~ "*.md"', words=25, mode="extractive")
        check(summary, lambda document: engine.text(document.id))
        assert [c.document.title for c in summary.citations] == ["Bread", "The mill"] or len(summary.citations) > 2
        assert (summary.coverage.documents, summary.coverage.cited) == (2, 2)


def test_a_question_chooses_what_answers_it(tmp_path, folder):
    """With a focus, the one sentence that there is room for is about it."""
    with open_engine(tmp_path) as engine:
        summary = engine.summarize(
            folder / "mill.md", focus="Who took the wheel in a flood?", words=11, mode="extractive"
        )
        assert summary.text == "A flood took the wheel away in the spring of 1910. [1]"
        assert summary.models.embedder == "hash-embedder"


def test_the_generators_sentences_are_cited(tmp_path, folder):
    """What the text supports is the summary; how much was written and held is said."""
    said = "The old mill by the river had a wheel. A flood took the wheel away in the spring of 1910. The mayor wept."
    with open_engine(tmp_path, said) as engine:
        summary = engine.summarize(folder / "mill.md", mode="abstractive")
        check(summary, lambda _: MILL)
        assert (summary.mode, summary.models.generator, summary.reason) == ("abstractive", "scripted", None)
        assert "mayor" not in summary.text
        assert (summary.coverage.written, summary.coverage.passages, summary.coverage.read) == (3, 1, 1)
        assert summary.profile.prompt is not None


def test_where_nothing_holds_the_text_speaks_for_itself(tmp_path, folder):
    """An invented summary gives way to an extract, and the value says so."""
    with open_engine(tmp_path, "The mayor wept over the ruins of the town.") as engine:
        summary = engine.summarize(folder / "mill.md", mode="abstractive")
        check(summary, lambda _: MILL)
        assert (summary.mode, summary.reason, summary.coverage.supported) == ("extractive", NOTHING_HELD, 0)
        assert all(s.supported for s in summary.sentences)


def test_the_default_follows_the_generator(tmp_path, folder):
    """A generator that nobody measured writes; the default one, which was measured, does not."""
    said = "A flood took the wheel away in the spring of 1910. The mill ran on steam after that."
    with open_engine(tmp_path, said) as engine:
        assert engine.summarize(folder / "mill.md").mode == "abstractive"
    with QueryEngine.open(tmp_path / "other", settings=Settings(), embedder=HashEmbedder()) as engine:
        assert engine.summarize(folder / "mill.md").mode == "extractive"


def test_chinese_counts_characters(tmp_path):
    """The limit of a Chinese summary is in characters, and its default is the Chinese one."""
    with open_engine(tmp_path) as engine:
        text = TextDocument("notes:1", MOFANG)
        summary = engine.summarize(text, words=26, mode="extractive")
        check(summary, lambda _: MOFANG)
        assert summary.text.startswith("老磨坊建在河边的山谷里。 [1]")
        assert engine.summarize(text, mode="extractive").profile.words == 250


def test_an_extract_cannot_be_in_another_language(tmp_path, folder):
    """Asked for an extract in Chinese of an English text, it refuses instead of ignoring the wish."""
    with open_engine(tmp_path) as engine, pytest.raises(UsageError, match="language"):
        engine.summarize(folder / "mill.md", mode="extractive", language="zh")


def test_whoever_may_not_see_a_document_gets_no_summary_of_it(tmp_path, folder):
    """Neither by name nor by filter, and a stranger sees what everyone may."""
    with open_engine(tmp_path) as engine:
        engine.add(folder / "mill.md", acl=["user:ann"])
        engine.add(folder / "bread.md", acl=["*"])
        identity = engine.document(str(folder / "mill.md")).id
    for principals in (["user:bob"], None):
        with open_engine(tmp_path, principals=principals) as engine:
            with pytest.raises(NotFoundError):
                engine.summarize(identity)
            summary = engine.summarize(where='source ~ "*"', mode="extractive")
            assert {c.document.title for c in summary.citations} == {"Bread"}
            assert summary.coverage.documents == 1
    with open_engine(tmp_path, principals=["user:ann"]) as engine:
        assert engine.summarize(identity, mode="extractive").text


def test_the_same_summary_again(tmp_path, folder):
    """Made again, it is the same, timings aside."""
    with open_engine(tmp_path) as engine:
        one, two = (engine.summarize(folder / "mill.md", words=30, mode="extractive") for _ in range(2))
        assert dataclasses.replace(one, timings={}) == dataclasses.replace(two, timings={})


def test_progress_counts_what_is_read_and_written(tmp_path, folder):
    """Each stage reports where it is, and reading ends with its total."""
    seen = []
    with open_engine(tmp_path, "The mill ran on steam after that.") as engine:
        engine.summarize(folder / "mill.md", mode="abstractive", progress=seen.append)
    assert [(p.stage, p.done, p.total) for p in seen][:3] == [("reading", 0, 1), ("reading", 1, 1), ("writing", 0, 1)]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, UsageError),
        ({"document": "a", "where": 'source ~ "*"'}, UsageError),
        ({"where": 'source ~ "nothing"'}, UsageError),
        ({"document": "nothing"}, NotFoundError),
        ({"document": TextDocument("t", " \n")}, DocumentError),
        ({"document": TextDocument("t", "--- 12 | 13 ---")}, DocumentError),
        ({"document": TextDocument("t", MILL), "words": 3, "mode": "extractive"}, UsageError),
        ({"document": TextDocument("t", MILL), "words": 0}, UsageError),
        ({"document": TextDocument("t", MILL), "focus": " "}, UsageError),
        ({"document": TextDocument("t", MILL), "mode": "poetic"}, UsageError),
        ({"document": TextDocument("t", MILL), "language": "xx"}, UsageError),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(tmp_path, options, error):
    """Every mistake is an error of ours that says what is wrong."""
    with open_engine(tmp_path) as engine, pytest.raises(error):
        engine.summarize(options.pop("document", None), **options)
