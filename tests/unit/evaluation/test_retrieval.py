"""Retrieval is measured as a user gets it, leg by leg, and the same twice."""

import pytest

from ragsys import TextDocument
from ragsys.errors import DatasetError, MeasureError
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import Dataset, Question, open_dataset
from ragsys.evaluation.retrieval import evaluate_retrieval


def measured(opened, dataset, **options):
    """A run on the set's own corpus."""
    index_corpus(opened, dataset)
    return evaluate_retrieval(opened, dataset, **options)


def test_each_leg_and_the_fusion_are_measured(beir, engine):
    """Every judged question has a value on every leg, and the ranking that it comes from is kept."""
    run = measured(engine(), open_dataset(beir))
    assert set(run.systems) == {"fused", "dense", "lexical"}
    assert run.measures()["RR@10"] == 1.0
    assert run.main.values["nDCG@10"].keys() == {"q1", "q2", "q3"}
    assert run.systems["lexical"].rankings["q1"][0][0] == "d1"
    assert len(run.systems["dense"].rankings["q1"]) == 4
    assert run.main.curve[-1] == (100, 1.0)


def test_two_runs_are_equal_bytes(beir, engine, tmp_path):
    """Everything but the timings is the same, from another index in another folder."""
    for name in ("one", "two"):
        measured(engine(name), open_dataset(beir), measures=["nDCG@10", "AnswerR@5"]).write(tmp_path / "runs" / name)
    one, two = tmp_path / "runs" / "one", tmp_path / "runs" / "two"
    names = sorted(path.name for path in one.iterdir())
    assert names == ["dense.trec", "fused.trec", "lexical.trec", "run.json", "timings.json"]
    assert all((one / n).read_bytes() == (two / n).read_bytes() for n in names if n != "timings.json")


def test_a_document_counts_by_its_best_passage(engine):
    """A document of many passages stands once in the ranking, where its first passage stands."""
    opened = engine(chunk_tokens=16, chunk_overlap=0)
    text = " ".join(f"Sentence {i} tells about the chain of a bicycle." for i in range(30))
    opened.add_documents([TextDocument("long", text), TextDocument("short", "The chain is oiled.")])
    dataset = Dataset("d", (Question("q", "chain oiled"),), {"q": {"short": 1}})
    run = evaluate_retrieval(opened, dataset)
    ranking = [document for document, _ in run.main.rankings["q"]]
    assert len(ranking) == len(set(ranking)) == 2
    assert ranking[0] == "short"


def test_the_questions_own_document_can_be_left_out(engine):
    """A question that is a document of the corpus does not find itself, where that is asked for."""
    opened = engine()
    opened.add_documents([TextDocument("beir:d/a", "chain oil"), TextDocument("beir:d/b", "chain oil bicycle")])
    dataset = Dataset("d", (Question("a", "chain oil"),), {"a": {"b": 1}})
    assert evaluate_retrieval(opened, dataset, measures=["RR"]).measures() == {"RR": 0.5}
    assert evaluate_retrieval(opened, dataset, measures=["RR"], drop_own=True).measures() == {"RR": 1.0}


def test_answers_are_enough_where_there_are_no_judgements(engine):
    """A file of questions with answers is measured by the rank of the first passage that holds one."""
    opened = engine()
    opened.add_documents([TextDocument("a", "The chain is oiled weekly."), TextDocument("b", "Bread rises overnight.")])
    dataset = Dataset(
        "mine",
        (
            Question("1", "when is the chain oiled", ("weekly",), answerable=True),
            Question("2", "when does bread rise", ("at noon",), answerable=True),
            Question("3", "who won", (), answerable=False),
        ),
        {},
    )
    run = evaluate_retrieval(opened, dataset)
    assert run.main.values["AnswerR@1"] == {"1": 1.0, "2": 0.0}
    with pytest.raises(DatasetError, match="no judgements"):
        evaluate_retrieval(opened, dataset, measures=["nDCG@10"])


def test_a_question_that_cannot_be_asked_counts_as_zero(beir, engine, lines):
    """One that is longer than the embedder reads is named in the run, and lowers the mean."""
    lines(beir / "queries.jsonl", [{"_id": "q1", "text": "word " * 500}, {"_id": "q2", "text": "burrs cleaned"}])
    run = measured(engine(), open_dataset(beir), measures=["RR"])
    assert run.failed == {"q1": "query-invalid"}
    assert run.main.values["RR"] == {"q1": 0.0, "q2": 1.0}
    assert run.measures() == {"RR": 0.5}


def test_a_limit_takes_the_same_questions_each_time(beir, engine):
    """The sample is by seed, and only its questions are measured."""
    opened = engine()
    runs = [measured(opened, open_dataset(beir), limit=2, seed=3, measures=["AP"]) for _ in range(2)]
    assert len(runs[0].texts) == 2
    assert runs[0].main.values == runs[1].main.values
    assert runs[0].main.values["AP"].keys() == runs[0].texts.keys()


def test_nothing_to_measure_is_a_typed_error(beir, engine):
    """A misspelt measure and a set without judgements and answers are refused before a search is made."""
    opened = engine()
    index_corpus(opened, open_dataset(beir))
    with pytest.raises(MeasureError):
        evaluate_retrieval(opened, open_dataset(beir), measures=["nDGC@10"])
    with pytest.raises(DatasetError, match="neither judgements nor answers"):
        evaluate_retrieval(opened, Dataset("d", (Question("q", "x"),), {}))
