"""Groups of near copies are those that comparing every passage with every other one gives."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ragsys.retrieve.copies import copy_groups
from ragsys.retrieve.duplicates import same, shape_of

_WORDS = [f"word{number}" for number in range(400)]


def _groups(texts):
    return copy_groups(sorted(texts), lambda ids: {number: texts[number] for number in ids})


def test_every_pair_of_copies_is_found_and_nothing_else():
    """Over texts of which some are copies with a word more or less: as by comparing all pairs."""
    rng = random.Random(1)
    texts = {}
    for number in range(120):
        words = rng.choices(_WORDS, k=80)
        texts[3 * number] = " ".join(words)
        if number % 3 == 0:
            texts[3 * number + 1] = " ".join([*words, "more"]).upper()
        if number % 5 == 0:
            texts[3 * number + 2] = " ".join(words[2:])
    shapes = {number: shape_of(text) for number, text in texts.items()}
    found = _groups(texts)
    together = {pair for group in found for pair in combinations(group, 2)}
    expected = {pair for pair in combinations(sorted(texts), 2) if same(shapes[pair[0]], shapes[pair[1]])}
    assert expected <= together
    assert all(any(same(shapes[a], shapes[b]) for b in group if b != a) for group in found for a in group)
    assert [len(group) for group in found] == sorted(map(len, found), reverse=True)


def test_a_number_makes_another_text():
    """Two prices are no copies; two equal ones are, whatever the case."""
    texts = {
        1: "The pump costs 100 dollars " * 5,
        2: "The pump costs 200 dollars " * 5,
        3: "the PUMP costs 100 dollars " * 5,
    }
    assert _groups(texts) == [[1, 3]]
    assert _groups({}) == []
    assert _groups({7: "alone"}) == []


@given(st.lists(st.text(st.sampled_from("ab茶 1"), max_size=12), max_size=12))
def test_equal_words_are_always_one_group(texts):
    """Texts of the same words in the same order are together, short and empty ones too."""
    numbered = dict(enumerate(texts))
    group_of = {number: index for index, group in enumerate(_groups(numbered)) for number in group}
    for a, b in combinations(numbered, 2):
        if shape_of(numbered[a]).words == shape_of(numbered[b]).words:
            assert group_of[a] == group_of[b]


def test_texts_are_asked_for_in_slices():
    """Never more than some hundred at a time, also where all are copies of one."""
    asked = []

    def texts_of(ids):
        asked.append(len(ids))
        return dict.fromkeys(ids, "the same words in all of them")

    assert [len(group) for group in copy_groups(range(1200), texts_of)] == [1200]
    assert max(asked) <= 500
