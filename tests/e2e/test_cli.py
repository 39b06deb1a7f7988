"""The whole line: the real command, the real models, the sample collection."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ragsys.config import Settings
from ragsys.models import installed

ROOT = Path(__file__).parents[2]
SETTINGS = Settings()

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(
        not {SETTINGS.embedder, SETTINGS.generator} <= installed(Path(SETTINGS.models_dir)),
        reason="the default models are not here: run `ragsys models pull`",
    ),
]


def ragsys(*arguments, index):
    """One command, offline, with its output read as JSON."""
    result = subprocess.run(
        [sys.executable, "-m", "ragsys", *arguments, "--index", str(index), "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "RAGSYS_OFFLINE": "1"},
        cwd=ROOT,
    )
    assert "Traceback" not in result.stderr, result.stderr
    return result.returncode, json.loads(result.stdout) if result.stdout else json.loads(result.stderr)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """The sample collection, indexed once."""
    folder = tmp_path_factory.mktemp("index")
    code, report = ragsys("add", "examples/collection", index=folder)
    assert code == 0
    assert report["failed"] == []
    assert report["added"] == 9
    return folder


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("how much flour goes into a loaf", "sourdough.pdf"),
        ("刹车皮什么时候更换", "zixingche-weihu.md"),
        ("手冲咖啡一升水用多少咖啡粉", "kafei-chongpao.txt"),
        ("Wi-Fi channels", "home-network.md"),
    ],
)
def test_search_finds_the_document(index, query, name):
    """The right document is among the best three, for English and for Chinese questions."""
    code, result = ragsys("search", query, "-k", "3", index=index)
    assert code == 0
    assert name in {Path(hit["document"]["source"]).name for hit in result["hits"]}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many kilograms of coffee do steel burrs stay sharp for?", "500"),
        ("内胎每天大约会漏掉多少气？", "0.1"),
    ],
)
def test_an_answer_is_cited_verified_and_can_be_checked_again(index, tmp_path, question, expected):
    """The answer holds the fact, its quote is the very text of the document, and `verify` agrees."""
    code, answer = ragsys("ask", question, index=index)
    assert code == 0
    assert answer["status"] == "answered"
    assert expected in answer["text"]
    citation = answer["citations"][0]
    assert expected in citation["quote"]
    _, document = ragsys("get", citation["document"]["id"], "--text", index=index)
    assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
    saved = tmp_path / "answer.json"
    saved.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    code, checked = ragsys("verify", str(saved), index=index)
    assert (code, checked["ok"]) == (0, True)


def test_what_the_documents_do_not_say_is_not_answered(index):
    """A question about something else is answered by saying so, with exit code 1 and the nearest passages."""
    code, answer = ragsys("ask", "Who won the football world cup in 1998?", index=index)
    assert (code, answer["status"], answer["citations"]) == (1, "abstained", [])
    assert answer["passages"]
    assert answer["reason"]


def test_the_page_of_a_citation_is_the_page_of_its_quote(index):
    """A quote from a PDF names the page on which the quote stands, not the one on which its passage starts."""
    code, found = ragsys("get", "examples/collection/sourdough.pdf", index=index)
    assert code == 0
    assert found["document"]["pages"] == 3
    from ragsys import QueryEngine

    with QueryEngine.open(index) as engine, engine._index.read() as view:
        source = view.source_text(found["document"]["id"])
    assert [source.page(start) for start in source.page_starts] == [1, 2, 3]
    assert source.page(source.page_starts[1] - 1) == 1


def test_adding_again_embeds_nothing(index):
    """An unchanged collection costs no embedding and no change."""
    code, report = ragsys("add", "examples/collection", index=index)
    assert code == 0
    assert (report["unchanged"], report["embedded"], report["passages"]) == (9, 0, 0)


def test_the_doctor_finds_nothing_wrong(index):
    """A fresh index is healthy."""
    code, result = ragsys("doctor", index=index)
    assert (code, result["ok"]) == (0, True)


def test_get_text_prints_every_byte(index):
    """`get --text` writes the extracted text and nothing else, not even a newline."""
    shown = subprocess.run(
        [sys.executable, "-m", "ragsys", "get", "examples/collection/coffee-grinder.html", "--text", "--index", index],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    _, document = ragsys("get", "examples/collection/coffee-grinder.html", "--text", index=index)
    assert shown.stdout.decode("utf-8") == document["text"]


@pytest.mark.parametrize(
    "question", ["How many kilograms of coffee do steel burrs stay sharp for?", "内胎每天漏掉多少气？"]
)
def test_the_same_question_has_the_same_answer_in_another_process(index, question):
    """With a seed, two processes give the same answer to the last digit, and it carries what it takes to repeat it."""
    answers = [ragsys("ask", question, "--seed", "7", index=index)[1] for _ in range(2)]
    for answer in answers:
        assert answer.pop("timings")["total"] > 0
    assert answers[0] == answers[1]
    profile = answers[0]["profile"]
    assert (profile["decoding"]["seed"], profile["decoding"]["temperature"]) == (7, 0.0)
    assert all(profile[name] for name in ("name", "prompt", "calibration", "fitted_on"))
    assert answers[0]["models"] == {"embedder": SETTINGS.embedder, "generator": answers[0]["models"]["generator"]}
    assert len(answers[0]["index"]["digest"]) == 64


def test_an_answer_as_json_validates_and_its_quotes_stand(index, tmp_path):
    """A schema in two languages is filled with the right values; `verify` agrees with each quote."""
    schema = {
        "type": "object",
        "required": ["sharp", "咖啡粉"],
        "properties": {
            "sharp": {
                "type": "integer",
                "description": "How many kilograms of coffee do steel burrs stay sharp for?",
            },
            "咖啡粉": {"type": "integer", "description": "一升水用多少克咖啡粉？"},
            "winner": {"type": ["string", "null"], "description": "Who won the football world cup in 1998?"},
        },
    }
    (tmp_path / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    code, filled = ragsys("ask", "--schema", str(tmp_path / "schema.json"), "--mode", "extract", index=index)
    assert (code, filled["status"]) == (0, "answered")
    assert filled["value"] == {"sharp": 500, "咖啡粉": 60, "winner": None}
    assert filled["fields"]["/winner"]["status"] == "abstained"
    saved = tmp_path / "filled.json"
    saved.write_text(json.dumps(filled, ensure_ascii=False), encoding="utf-8")
    code, checked = ragsys("verify", str(saved), index=index)
    assert (code, len(checked["checks"])) == (0, 2)
