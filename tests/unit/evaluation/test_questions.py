"""Questions are made from documents alone, each names one document, and the same seed makes the same ones."""

import pytest

from ragsys import TextDocument
from ragsys.errors import DatasetError
from ragsys.evaluation.answers import tokens
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.questions import NOTE, generate

GRINDER = """# Coffee grinder care

## Cleaning the steel burrs

The burrs are cleaned with a dry brush after 500 kilograms of coffee beans. Oil is never used on them.

## Adjusting the grind size

Turning the collar by one notch changes the particle size by about 12 micrometres in every direction.
"""
COFFEE = """# 手冲咖啡的冲泡方法

## 水温和研磨度的选择

一升水需要六十克咖啡粉\uff0c水温应当保持在92摄氏度左右\uff0c研磨度要像粗砂糖一样。
"""


@pytest.fixture
def notes(engine, tmp_path):
    """An engine on two Markdown files."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "grinder.md").write_text(GRINDER)
    (folder / "coffee.md").write_text(COFFEE, encoding="utf-8")
    opened = engine(chunk_tokens=48)
    opened.add(folder)
    return opened


def test_titles_headings_and_sentences_become_questions(notes, tmp_path):
    """Each kind appears, in English and in Chinese; a masked sentence has a gap where its answer was."""
    made = generate(notes, tmp_path / "out", kinds=("title", "heading", "masked"))
    texts = {item.text for item in made}
    assert {"Coffee grinder care", "手冲咖啡的冲泡方法", "Coffee grinder care: Adjusting the grind size"} <= texts
    masked = {item.answer: item.text for item in made if item.kind == "masked"}
    assert masked["500"] == "The burrs are cleaned with a dry brush after ____ kilograms of coffee beans."
    assert "____摄氏度" in masked["92"]


def test_the_folder_is_a_set_that_can_be_measured(notes, tmp_path):
    """It opens as a BEIR folder with one judged document a question, and the documents of the index are its corpus."""
    made = generate(notes, tmp_path / "out")
    dataset = open_dataset(tmp_path / "out")
    ids = {document.id for document in notes.documents()}
    assert len(dataset.judged()) == len(made)
    assert {document for grades in dataset.qrels.values() for document in grades} <= ids
    assert {document.id for document in dataset.documents()} == ids
    assert {q.answers for q in dataset.answered()} >= {("500",), ("12",)}
    assert NOTE[:40] in (tmp_path / "out" / "META.json").read_text()


def test_the_corpus_can_be_left_out(notes, tmp_path):
    """Then no document's text is copied."""
    generate(notes, tmp_path / "out", corpus=False)
    assert open_dataset(tmp_path / "out").corpus is None


def test_the_same_seed_makes_the_same_files(notes, tmp_path):
    """Two calls write equal bytes; another seed chooses otherwise."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2), ("d", 3), ("e", 4)):
        generate(notes, tmp_path / name, limit=3, seed=seed)
    files = ("queries.jsonl", "answers.jsonl", "qrels/test.tsv", "META.json", "corpus.jsonl")
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)
    assert len({(tmp_path / name / "queries.jsonl").read_bytes() for name in "acde"}) > 1


def test_what_two_documents_would_answer_is_no_question(engine, tmp_path):
    """A title or a sentence that stands in two documents could mean either; one that is unique stays."""
    shared = "Every model in this range was built before 1990 by hand."
    opened = engine()
    opened.add_documents(
        [
            TextDocument("a", f"{shared} The red one weighs 17 kilograms without its lid.", "Guide to the mill"),
            TextDocument("b", f"{shared} It is green and has no lid at all.", "Guide to the mill"),
        ]
    )
    made = generate(opened, tmp_path / "out", kinds=("title", "heading", "masked"))
    assert [(item.kind, item.answer) for item in made] == [("masked", "17")]


def test_questions_that_resemble_each_other_come_once(engine, tmp_path):
    """Of nearly equal sentences of one document, one is kept."""
    opened = engine()
    text = " ".join(
        f"On day {i} the long and winding test of engine number seven went on as planned." for i in range(9)
    )
    opened.add_documents([TextDocument("a", text)])
    assert len(generate(opened, tmp_path / "out", kinds=("masked",))) == 1


def test_keywords_are_neither_the_commonest_nor_the_rarest(engine, tmp_path):
    """Five words of one sentence, without those that nearly every passage holds and without the rarest third."""
    opened = engine()
    common = "water grows slowly under green leaves beside stones"
    others = [
        TextDocument(f"o:{i}", f"The garden holds item {i} and {word}.") for i, word in enumerate(common.split() * 2)
    ]
    opened.add_documents([TextDocument("a", f"The garden holds zyzzyva quokka axolotl {common}."), *others])
    made = [item for item in generate(opened, tmp_path / "out", kinds=("keywords",)) if len(tokens(item.text)) == 5]
    (document,) = {item.document for item in made}
    assert opened.document(document).source == "a"
    words = set(made[0].text.split())
    assert not words & {"zyzzyva", "quokka", "axolotl", "garden", "holds"}
    assert words <= set(common.split())


def test_documents_without_a_question_are_a_typed_error(engine, tmp_path):
    """It says what is missing and writes nothing."""
    opened = engine()
    opened.add_documents([TextDocument("a", "one two")])
    with pytest.raises(DatasetError, match="give no question"):
        generate(opened, tmp_path / "out")
    assert not (tmp_path / "out").exists()
