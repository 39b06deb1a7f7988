"""Calibrating: passages there and taken away, enough of both, and nothing that was measured took part in the fit."""

from itertools import pairwise

import pytest

from ragsys import TextDocument
from ragsys.errors import CalibrationError
from ragsys.evaluation.calibrating import NEAR_MISS, REMOVED, calibrate, cases_of, drafted_cases, generated_cases
from ragsys.evaluation.datasets import open_dataset
from ragsys.generate.fitting import ANSWERABLE, Point
from ragsys.generate.own_calibration import write_own

THINGS = ("boiler", "kettle", "lathe", "press", "crane", "forge", "loom", "kiln", "pump", "mill", "winch", "saw")
TOWNS = ("Aachen", "Bremen", "Celle", "Dresden", "Essen", "Fulda", "Gera", "Halle", "Jena", "Kiel", "Lemgo", "Mainz")
MAKERS = (
    "Adler",
    "Brandt",
    "Conrad",
    "Dietz",
    "Ehlers",
    "Fricke",
    "Geist",
    "Hansen",
    "Ibsen",
    "Jahn",
    "Krause",
    "Lenz",
)


@pytest.fixture
def shop(engine):
    """An engine on two dozen documents, each on a machine and when it was built."""
    opened = engine(replies=["1901"] * 20)
    opened.add_documents(
        TextDocument(
            f"{thing}-{number}.txt",
            f"The {colour} {thing} was built by {maker} in {1900 + number * 12 + at}. "
            f"A barge carried {thing} parts from {TOWNS[at]} and {TOWNS[at - 1 - number]} up the river to {maker}.",
        )
        for number, colour in enumerate(("red", "blue"))
        for at, (thing, maker) in enumerate(zip(THINGS, MAKERS, strict=True))
    )
    return opened


@pytest.fixture
def asked(tmp_path, lines):
    """Questions about the machines, and about some that there are not."""
    rows = [
        {"question": f"When was the {colour} {thing} built?", "answers": [str(1900 + number * 12 + at)],
         "docs": [f"{thing}-{number}.txt"]}
        for number, colour in enumerate(("red", "blue"))
        for at, thing in enumerate(THINGS)
    ]  # fmt: skip
    rows += [{"question": f"Who sold the {thing} to Vienna?", "answers": [], "answerable": False} for thing in THINGS]
    return open_dataset(lines(tmp_path / "mine.jsonl", rows))


def test_each_question_is_asked_with_and_without_what_answers_it(shop, asked):
    """An answerable one counts twice, and covers less where its document is taken away; another counts once."""
    cases = [case for _, case in cases_of(shop, asked)]
    kinds = [case.kind for case in cases]
    assert (kinds.count(ANSWERABLE), kinds.count(REMOVED), kinds.count(NEAR_MISS)) == (24, 24, 12)
    for there, gone in pairwise(cases):
        if there.kind == ANSWERABLE:
            assert there.signals["coverage"] > gone.signals["coverage"]


def test_without_judgements_what_holds_an_answer_is_taken_away(shop, tmp_path, lines):
    """Then the passages that hold an answer go."""
    rows = [{"question": "When was the red boiler built?", "answers": ["1900"]}]
    asked = open_dataset(lines(tmp_path / "q.jsonl", rows))
    cases = {case.kind: case for _, case in cases_of(shop, asked)}
    assert cases[ANSWERABLE].signals["coverage"] == 1.0 > cases[REMOVED].signals["coverage"]


def test_a_calibration_is_made_kept_and_used(shop, asked):
    """What is fitted is named by each answer from then on, with what it was made of."""
    own = calibrate(shop, asked, point=Point(0.9, None))
    assert set(own.languages) == {"en"}
    assert own.languages["en"].measured["answerable: answered"].n == 24
    assert (own.data["labelled"], own.data["digest"], own.data["cases"]["en"][NEAR_MISS]) == (True, asked.digest(), 12)
    before = shop.ask("When was the red boiler built?").profile
    write_own(shop._workspace.index.path, own)
    after = shop.ask("When was the red boiler built?").profile
    assert before.calibration.startswith("shipped/en")
    assert after.calibration.startswith(f"own/en {own.date}")
    assert after.threshold == pytest.approx(own.languages["en"].threshold, abs=1e-4)


def test_questions_of_the_documents_place_the_threshold_alone(shop):
    """Without labels the weights stay, and each question loses the passages that hold its sentence."""
    cases = [case for _, case in generated_cases(shop, limit=40)]
    assert {case.kind for case in cases} == {ANSWERABLE, REMOVED}
    own = calibrate(shop, None, point=Point(None, 0.1), limit=60)
    assert own.data["labelled"] is False
    assert own.languages["en"].fitted_on.startswith("threshold: questions made of the documents")
    assert "borrow" in own.assumption


def test_too_few_questions_are_a_typed_error(shop, tmp_path, lines):
    """It says how many there were of each kind."""
    rows = [{"question": "When was the red boiler built?", "answers": ["1900"], "docs": ["boiler-0.txt"]}]
    with pytest.raises(CalibrationError, match="1 answerable") as refused:
        calibrate(shop, open_dataset(lines(tmp_path / "q.jsonl", rows)), point=Point())
    assert "write more" in refused.value.hint


def test_too_few_because_of_a_limit_says_so(shop, asked):
    """Where more questions are there than were looked at, the hint names the limit, and not more questions."""
    for dataset in (asked, None):
        with pytest.raises(CalibrationError) as refused:
            calibrate(shop, dataset, point=Point(), limit=10)
        assert "--limit" in refused.value.hint


def test_a_draft_that_cannot_be_scored_makes_no_case(shop, asked):
    """The scripted generator has no scores: there is nothing to fit drafts on."""
    assert list(drafted_cases(shop, asked, limit=4)) == []
