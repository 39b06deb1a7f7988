"""Training examples: the product's own prompt, the right answer for what is shown, and nothing that is measured on."""

from __future__ import annotations

import json
import re

import pytest

from ragsys.errors import DatasetError
from ragsys.generate.profile import GROUNDED
from ragsys.generate.prompt import build_prompt
from ragsys.training.examples import Maker, Mix, is_held_out
from ragsys.training.pool import PassagePool
from ragsys.training.sources import Row, disjoint, measured_texts, read_rows

PLAIN = Mix(absent=0.0, shuffled=0.0, cross=0.0, other_prompt=0.0, simplify=0.0)
_ENGLISH = [
    Row("en", f"{n}", "en", f"When was the {name} bridge built?",
        f"The {name} bridge is long. It was built in {1800 + n} by masons. Boats pass under it.", f"{name}",
        (str(1800 + n),), ())
    for n, name in enumerate(["Arno", "Bever", "Culm", "Dorn", "Elst", "Fane", "Gail", "Hamm"])
]  # fmt: skip
_CHINESE = [
    Row("zh", f"{n}", "zh", f"{name}桥是哪一年建成的？", f"{name}桥很长。这座桥建于{1900 + n}年。桥下有船经过。",
        name, (f"{1900 + n}年",), ())
    for n, name in enumerate(["东山", "西河", "南湖", "北海", "长乐", "永安"])
]  # fmt: skip
_OPEN = [
    Row("near", "0", "en", "Who owns the Arno bridge?", _ENGLISH[0].passage, "Arno", (), ()),
    Row("near", "1", "zh", "东山桥由谁维护？", _CHINESE[0].passage, "东山", (), ()),
]
ROWS = [*_ENGLISH, *_CHINESE, *_OPEN]


def make(rows=ROWS, mix=PLAIN, profile=GROUNDED, seed=0, **settings):
    """The examples of some rows."""
    settings = {"count_tokens": lambda text: len(text) // 3, "room": 2000} | settings
    return list(Maker(PassagePool(ROWS), profile, mix, seed=seed, **settings).make(rows))


def test_the_prompt_is_the_products():
    """Each example is what `build_prompt` makes of the passages that are read back out of it."""
    for example in make():
        fence = re.search(r"<<(\w{8})\n", example.prompt[1].content)[1]
        texts = re.findall(rf"<<{fence}\n(.*?)\n{fence}>>", example.prompt[1].content, re.DOTALL)
        assert list(example.prompt) == build_prompt(example.question, texts, fence, None, "grounded")
        assert 1 <= len(texts) == example.passages <= PLAIN.passages


def test_the_number_is_that_of_the_passage_that_answers():
    """The answer stands in the passage with the number after it, wherever that passage is; both languages are made."""
    found = [example for seed in range(6) for example in make(mix=Mix(absent=0.0, cross=0.0), seed=seed)]
    gold = [example for example in found if example.kind == "gold"]
    for example in gold:
        answer, number = re.fullmatch(r"(.*) \[(\d)\]", example.target).groups()
        shown = re.search(rf"\[{number}\]: <<\w+\n(.*?)\n\w+>>", example.prompt[1].content, re.DOTALL)[1]
        assert answer in shown
        assert int(number) == example.number
    assert {example.source for example in gold} == {"en", "zh"}
    assert len({example.number for example in gold}) > 2


def test_without_its_passage_there_is_no_answer():
    """Absent and near misses: the right word for it in the question's language, and no answer in sight."""
    for example in [*make(mix=Mix(absent=1.0)), *make(_OPEN)]:
        assert example.target == (
            "unanswerable" if "When" in example.question or "Who" in example.question else "无法回答"
        )
        assert example.answers == ()
        assert example.number is None
        assert example.kind in {"absent", "near"}


def test_the_same_seed_gives_the_same_examples():
    """And another one others: every choice is drawn from the row's own seed, whatever was made before it."""
    assert make(mix=Mix()) == make(mix=Mix())
    assert make(mix=Mix())[-1:] == make(ROWS[-1:], Mix())
    assert make(mix=Mix()) != make(mix=Mix(), seed=1)


def test_a_prompt_in_another_language_keeps_the_questions_word_for_no_answer():
    """As `weigh` expects it, whichever language the prompt's own words are in."""
    for example in make(_OPEN, Mix(other_prompt=1.0)):
        assert ("资料 [1]" in example.prompt[1].content) == ("Arno" in example.question)
        assert (example.target == "unanswerable") == ("Arno" in example.question)


def test_what_does_not_fit_is_no_example():
    """A prompt whose passages were cut would have the wrong numbers."""
    assert make(room=70) == []


def test_nothing_is_learnt_that_is_measured_on(tmp_path):
    """One shared sentence or the same question leaves a row out, in whatever characters, case and spacing it is."""
    folder = tmp_path / "set"
    folder.mkdir()
    long = "The viaduct of Brunnstadt was finished by Italian masons in the spring."
    corpus = [
        {"_id": "1", "text": f"{long} Then it rained."},
        {"_id": "2", "text": "這座橋是由義大利的石匠在一八九〇年春天建成的。"},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(row) for row in corpus), encoding="utf-8")
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "1", "text": "Where is Brunnstadt?"}), encoding="utf-8")
    rows = [
        Row("a", "1", "en", "Why?", f"It snowed. {long.upper()}", "", (), ()),
        Row("a", "2", "zh", "为什么？", "下雪了。这座桥是由义大利的石匠在一八九〇年春天建成的。", "", (), ()),
        Row("a", "3", "en", "where is brunnstadt", "In the hills.", "", (), ()),
        Row("a", "4", "en", "Why?", "Then it rained.", "", (), ()),
    ]
    kept = disjoint(rows, measured_texts(tmp_path))
    assert [row.id for row in kept.rows] == ["4"]
    assert kept.dropped == 3


def test_rows_are_read_or_refused(tmp_path):
    """A file of questions with passages; a line that is none is named."""
    path = tmp_path / "mine.jsonl"
    path.write_text('{"question": "Why?", "passage": "So.", "answers": ["So"]}\n', encoding="utf-8")
    rows, digest = read_rows(path)
    assert (rows[0].language, rows[0].answers, len(digest)) == ("en", ("So",), 64)
    for line in ("no json", "[]", '{"question": "Why?"}', '{"question": "", "passage": "x"}'):
        path.write_text(f"{line}\n", encoding="utf-8")
        with pytest.raises(DatasetError, match="line 1"):
            read_rows(path)


def test_a_passage_is_on_one_side_only():
    """Held out or not goes by the passage, whatever is asked about it."""
    rows = [Row("a", str(n), "en", f"q{n}", f"passage {n % 50}", "", (), ()) for n in range(200)]
    held = {row.passage for row in rows if is_held_out(row, 0.3)}
    assert held.isdisjoint(row.passage for row in rows if not is_held_out(row, 0.3))
    assert 5 < len(held) < 25
