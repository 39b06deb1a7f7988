"""Evaluation sets are read from the layouts that people have, and what is wrong in them is named by line."""

import pytest

from ragsys.errors import DatasetError
from ragsys.evaluation.datasets import open_dataset


def test_a_beir_folder_is_read(beir):
    """Questions, answers, judgements and the corpus come out as they stand in the files."""
    dataset = open_dataset(beir)
    assert dataset.name == "tiny"
    assert dataset.qrels == {"q1": {"d1": 1}, "q2": {"d2": 1}, "q3": {"d3": 2}}
    assert [q.id for q in dataset.judged()] == ["q1", "q2", "q3"]
    assert [q.answerable for q in dataset.answered()] == [True, True, True, False]
    assert dataset.questions[1].answers == ("with a dry brush", "a dry brush")
    assert [d.title for d in dataset.documents()] == ["Bicycle", "Grinder", "", "咖啡"]


def test_the_split_is_the_one_that_is_there_or_named(beir):
    """Without a name, dev stands in for a missing test; a name that is not there lists those that are."""
    (beir / "qrels" / "test.tsv").rename(beir / "qrels" / "dev.tsv")
    assert open_dataset(beir).qrels
    assert open_dataset(beir, split="dev").qrels
    with pytest.raises(DatasetError, match=r"no test\.tsv; there is: dev"):
        open_dataset(beir, split="test")


def test_trec_topics_and_qrels_are_read(tmp_path):
    """Classic topics have their title as the question, and four-column qrels their grades; negative ones are zero."""
    (tmp_path / "topics.txt").write_text(
        "<top>\n<num> Number: 301\n<title> Crime &amp; order\n\n<desc> Description: long\n</top>\n"
        "<top><num>302</num><title>poliomyelitis\n</top>\n"
    )
    (tmp_path / "qrels.txt").write_text("301 0 FBIS-1 1\n301 0 FBIS-2 -2\n302 0 FBIS-1 0\n")
    dataset = open_dataset(tmp_path)
    assert [(q.id, q.text) for q in dataset.judged()] == [("301", "Crime & order"), ("302", "poliomyelitis")]
    assert dataset.qrels == {"301": {"FBIS-1": 1, "FBIS-2": 0}, "302": {"FBIS-1": 0}}
    assert list(dataset.documents()) == []


def test_topics_come_as_xml_and_as_tabs_too(tmp_path):
    """The web track's XML and plain lines of id and text are topics as well, with --qrels beside them."""
    qrels = tmp_path / "judged"
    qrels.write_text("7 0 a 1\n")
    (tmp_path / "t.xml").write_text('<topics><topic number="7"><query>air travel</query></topic></topics>')
    (tmp_path / "t.tsv").write_text("7\tair travel\n")
    for name in ("t.xml", "t.tsv"):
        dataset = open_dataset(tmp_path / name, qrels=qrels)
        assert [(q.id, q.text) for q in dataset.questions] == [("7", "air travel")]


def test_a_file_of_questions_is_read(tmp_path, lines):
    """Question and answer may have their usual other names, an id may be missing, and `docs` are judgements."""
    path = lines(
        tmp_path / "mine.jsonl",
        [
            {"question": "how long", "answer": "two weeks", "docs": ["grinder.md"]},
            {"id": 7, "text": "who", "answers": [], "answerable": False},
        ],
    )
    dataset = open_dataset(path)
    assert [(q.id, q.answers, q.answerable) for q in dataset.questions] == [
        ("1", ("two weeks",), True),
        ("7", (), False),
    ]
    assert dataset.qrels == {"1": {"grinder.md": 1}}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("corpus.jsonl", b'{"_id": "a", "text": "x"}\n{"_id": "b"\n', "line 2: not JSON"),
        ("corpus.jsonl", b'{"_id": "a", "text": "x"}\n\n[1]\n', "line 3: not an object"),
        ("corpus.jsonl", b'{"_id": "a"}\n', "line 1: no 'text'"),
        ("corpus.jsonl", b'{"_id": "a", "text": 1.5}\n', "line 1: 'text' is no text"),
        ("corpus.jsonl", b'{"_id": "a", "text": "\\ud800"}\n', "line 1: 'text' is not valid Unicode"),
        (
            "corpus.jsonl",
            b'{"_id": "a", "text": "x"}\n{"_id": "a", "text": "x"}\n',
            "line 2: the document 'a' comes twice",
        ),
        ("corpus.jsonl", b'{"_id": "a", "text": "\xff"}\n', "line 1: not UTF-8"),
        ("queries.jsonl", b'{"_id": "q"}\n', "line 1: no 'text'"),
        ("queries.jsonl", b'{"_id": "q", "text": "x"}\n{"_id": "q", "text": "y"}\n', "'q' comes twice"),
        ("queries.jsonl", b"\n", "there is no question"),
        ("answers.jsonl", b'{"_id": "q1", "answers": 3.5}\n', "line 1: 'answers' is no text"),
        ("answers.jsonl", b'{"_id": "q1", "answerable": "yes"}\n', "line 1: 'answerable' is neither"),
        ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\nq1\td1\tone\n", "line 2: not a query"),
        ("qrels/test.tsv", b"q1\td1\t1\nq1\td1\n", "line 2: not a query"),
    ],
)
def test_what_is_malformed_is_named_by_its_line(beir, name, content, message):
    """A bad line is a typed error that says which file and which line, and never a traceback."""
    (beir / name).write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        list(open_dataset(beir).documents())


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_what_is_no_set_is_refused(tmp_path, name):
    """A missing path and a folder without questions are typed errors."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError):
        open_dataset(tmp_path / name)


def test_questions_can_be_asked_in_another_language(beir, tmp_path, lines):
    """Texts come from the other set by id, everything else stays; a question that is missing there is an error."""
    other = tmp_path / "zh"
    other.mkdir()
    rows = [{"_id": f"q{i}", "text": f"问题{i}"} for i in range(1, 5)]
    lines(other / "queries.jsonl", rows)
    dataset = open_dataset(beir, queries=other)
    assert [q.text for q in dataset.judged()] == ["问题1", "问题2", "问题3"]
    assert dataset.digest() == open_dataset(beir).digest()
    lines(other / "queries.jsonl", rows[1:])
    with pytest.raises(DatasetError, match="lacks 1 questions of tiny, 'q1' first"):
        open_dataset(beir, queries=other)


def test_a_corpus_streams(beir):
    """Documents before a bad line are given before the line is met."""
    with (beir / "corpus.jsonl").open("a") as file:
        file.write("not json\n")
    documents = open_dataset(beir).documents()
    assert [next(documents).id for _ in range(4)] == ["d1", "d2", "d3", "d4"]
    with pytest.raises(DatasetError, match="line 5"):
        next(documents)
