"""A tiny evaluation set on disk, and engines that need no model."""

import json

import pytest

from ragsys import QueryEngine, Settings
from ragsys.testing import HashEmbedder, ScriptedGenerator

CORPUS = [
    {"_id": "d1", "title": "Bicycle", "text": "The chain is oiled after every ride in the rain."},
    {"_id": "d2", "title": "Grinder", "text": "The burrs are cleaned with a dry brush every two weeks."},
    {"_id": "d3", "title": "", "text": "Bread rises for twelve hours in a cool kitchen."},
    {"_id": "d4", "title": "咖啡", "text": "一升水用六十克咖啡粉。"},
]
QUERIES = [
    {"_id": "q1", "text": "when is the chain oiled"},
    {"_id": "q2", "text": "how are the burrs cleaned"},
    {"_id": "q3", "text": "how long does bread rise"},
    {"_id": "q4", "text": "who won the cup"},
]
ANSWERS = [
    {"_id": "q1", "answers": ["after every ride in the rain"], "answerable": True,
     "evidences": ["The chain is oiled after every ride in the rain."]},
    {"_id": "q2", "answers": ["with a dry brush", "a dry brush"], "answerable": True},
    {"_id": "q3", "answers": ["twelve hours"], "answerable": True},
    {"_id": "q4", "answers": [], "answerable": False},
]  # fmt: skip
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\nq3\td3\t2\n"


def write_lines(path, rows):
    """Rows as JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def lines():
    """Writes JSON lines."""
    return write_lines


@pytest.fixture
def beir(tmp_path):
    """A BEIR folder of four documents, three judged questions and one that has no answer."""
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    write_lines(folder / "corpus.jsonl", CORPUS)
    write_lines(folder / "queries.jsonl", QUERIES)
    write_lines(folder / "answers.jsonl", ANSWERS)
    (folder / "qrels" / "test.tsv").write_text(QRELS)
    return folder


@pytest.fixture
def engine(tmp_path):
    """Opens engines on indexes of their own; each says what it is told to say."""
    opened = []

    def make(name="index", replies=(), **settings):
        fresh = QueryEngine.open(
            tmp_path / name,
            settings=Settings(**settings),
            embedder=HashEmbedder(),
            generator=ScriptedGenerator(replies),
        )
        opened.append(fresh)
        return fresh

    yield make
    for one in opened:
        one.close()
