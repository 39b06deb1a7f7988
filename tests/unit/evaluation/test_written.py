"""What a generator writes is kept where it comes back to its sentence; one that cannot do it is not used."""

import json
from dataclasses import replace

import pytest

from ragsys import TextDocument
from ragsys.errors import DatasetError, GenerationError
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.questions import generate
from ragsys.evaluation.retrieval import evaluate_retrieval
from ragsys.evaluation.runs import read_run
from ragsys.evaluation.written import LEAST_SHARE, TRIAL, copied, write_questions

SUBJECTS = ["mill", "brewery", "lighthouse", "bridge", "harbour", "chapel", "orchard", "granary", "tannery", "foundry"]


class Writer:
    """Writes the question that it was told for an answer, and answers each of them; counts what it was asked."""

    name = "writer"
    context_tokens = 2048

    def __init__(self, questions, answers=None):
        self.questions, self.answers, self.asked = questions, answers or {}, 0

    def count_tokens(self, text):
        """Words."""
        return len(text.split())

    def stream(self, messages, decoding):
        """A question where the prompt ends with one to be written, else an answer."""
        *_, before, last = messages[-1].content.splitlines()
        if last == "Question:":
            self.asked += 1
            yield self.questions[before.removeprefix("Answer: ")]
        else:
            yield self.answers.get(before.removeprefix("Question: "), "nothing")


@pytest.fixture
def houses(engine):
    """An engine on thirty documents, each of which says in which year a building of a town was opened."""
    opened = engine(lexical_weight=100.0)  # by words alone: the fake embedder knows nothing
    opened.add_documents(
        TextDocument(f"doc:{year}", f"The {subject} of {town} was opened to visitors in {year} by its owner.")
        for year, (subject, town) in YEARS.items()
    )
    return opened


YEARS = {
    str(1801 + number): (subject, town)
    for number, (subject, town) in enumerate((s, t) for t in ("Ambleton", "Brackwater", "Corvale") for s in SUBJECTS)
}
QUESTIONS = {year: f"When could one first visit the {subject} of {town}?" for year, (subject, town) in YEARS.items()}
ANSWERS = {question: year for year, question in QUESTIONS.items()}


def test_a_question_that_comes_back_to_its_sentence_is_kept(houses):
    """With its document, its answer and its sentence, as many as were asked for and not one generation more."""
    writer = Writer(QUESTIONS, ANSWERS)
    found = write_questions(houses, writer, limit=5)
    assert found.enough
    assert (found.asked, found.passed, writer.asked) == (5, 5, 5)
    for item in found.kept:
        assert item.kind == "written"
        assert item.text == QUESTIONS[item.answer]
        assert houses.document(item.document).source == f"doc:{item.answer}"
        assert item.answer in item.sentence


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("the year in which {subject} of {town} opened", "form"),
        ("When was it opened to visitors?", "form"),
        ("{town}的{subject}是哪一年开放的？", "form"),
        ("When was the {subject} of {town} opened, in {year}?", "copied"),
        ("The {subject} of {town} was opened to visitors when?", "copied"),
        ("Who first let people visit the {subject} of {town}?", "other-kind"),
        ("How many people could visit the {subject} of {town}?", "other-kind"),
        ("When was something opened to visitors by an owner?", "generic"),
    ],
)
def test_what_is_wrong_with_a_question_is_told(houses, question, reason):
    """Each check has its name, and nothing that fails one is kept."""
    bad = {year: question.format(subject=s, town=t, year=year) for year, (s, t) in YEARS.items()}
    told = []
    found = write_questions(
        houses, Writer(bad), limit=1, trial=4, judged=lambda item, why: told.append((item.text, why))
    )
    assert set(found.dropped) == {reason}
    assert {why for _, why in told} == {reason}
    assert found.kept == ()


def test_a_question_that_finds_another_passage_is_dropped(houses):
    """It is about the like building of another town, and that is what comes first."""
    other = {year: QUESTIONS[str(1801 + (int(year) - 1801 + len(SUBJECTS)) % len(YEARS))] for year in YEARS}
    found = write_questions(houses.variant(replace(houses.settings, top_k=1)), Writer(other), limit=1, trial=4)
    assert dict(found.dropped) == {"not-found": 4}


def test_a_question_that_its_own_writer_cannot_answer_is_dropped(houses):
    """The passage is found and holds the answer, and the draft says another year."""
    found = write_questions(houses, Writer(QUESTIONS, dict.fromkeys(ANSWERS, "in 1650")), limit=1, trial=4)
    assert dict(found.dropped) == {"not-answered": 4}


def test_a_generator_below_the_share_is_given_up_after_the_trial(houses):
    """Nothing of it is kept, not even what passed, and it says so with the counts."""
    good = round(TRIAL * LEAST_SHARE) - 1
    writer = Writer({}, ANSWERS)
    order = iter(range(100))
    writer.questions = type(
        "Q", (), {"__getitem__": lambda _, year: QUESTIONS[year] if next(order) < good else "No."}
    )()
    found = write_questions(houses, writer, limit=30)
    assert (found.asked, found.passed, found.kept, found.enough) == (TRIAL, good, (), False)
    assert f"{good} of {TRIAL}" in found.note
    assert "not good enough" in found.note


def test_the_same_seed_writes_the_same_questions(houses):
    """Another seed asks about others."""
    texts = [
        [item.text for item in write_questions(houses, Writer(QUESTIONS, ANSWERS), limit=4, seed=seed).kept]
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_markup_and_code_are_not_asked_about(engine):
    """A link, a table row or a call is no sentence to ask for."""
    opened = engine()
    opened.add_documents(
        [
            TextDocument("a", "See [the guide](https://example.org/guide/2019) for what was changed by them."),
            TextDocument("b", "Then run main() with 4096 bytes of memory for the longest of all the queues."),
        ]
    )
    found = write_questions(opened, Writer({}), limit=3)
    assert found.asked == 0
    assert "asked for nothing" in found.note


def test_a_generator_that_fails_is_an_error(houses):
    """It is whoever asked for it that decides to go on without."""

    class Broken(Writer):
        def stream(self, messages, decoding):
            raise GenerationError("out of memory")

    with pytest.raises(GenerationError):
        write_questions(houses, Broken({}), limit=3)


def test_copied_is_the_longest_run_in_common():
    """Of the question's tokens; of nothing it is nothing."""
    assert copied("a b c d", "x a b y c d e") == pytest.approx(0.5)
    assert copied("p q", "a b") == 0.0
    assert copied("", "a b") == 0.0


def test_written_questions_join_the_others_and_their_kind_is_kept(houses, tmp_path):
    """The set says of each question what kind it is, a run keeps that, and its figures can be had by kind."""
    written = write_questions(houses, Writer(QUESTIONS, ANSWERS), limit=6)
    made = generate(houses, tmp_path / "out", limit=12, kinds=("masked",), written=written)
    kinds = [item.kind for item in made]
    assert set(kinds) == {"masked", "written"}
    about = json.loads((tmp_path / "out" / "META.json").read_text())
    assert about["written"]["passed"] == 6
    assert about["written"]["good_enough"] is True
    dataset = open_dataset(tmp_path / "out")
    index_corpus(houses, replace(dataset, corpus=None))
    run = evaluate_retrieval(houses, dataset, measures=["Success@5"])
    run.write(tmp_path / "run")
    by_kind = read_run(tmp_path / "run").by_kind()
    assert {kind: number for kind, (number, _) in by_kind.items()} == {k: kinds.count(k) for k in set(kinds)}
    whole = sum(number * means["Success@5"] for number, means in by_kind.values()) / len(made)
    assert whole == pytest.approx(run.measures()["Success@5"], abs=1e-5)


def test_only_written_questions_of_a_poor_generator_are_no_set(houses, tmp_path):
    """The reason is the generator's, and nothing is written."""
    poor = write_questions(houses, Writer(dict.fromkeys(QUESTIONS, "No.")), limit=3)
    with pytest.raises(DatasetError, match="not good enough"):
        generate(houses, tmp_path / "out", kinds=(), written=poor)
    assert not (tmp_path / "out").exists()
