"""Which questions lean on what was said before, and what is carried over to them."""

import pytest

from ragsys.generate.carrying import carry, stands_alone

LEANS = [
    "When did he die?",
    "And in winter?",
    "What about the front brake?",
    "Why?",
    "In which year?",
    "How long does it last?",
    "What was the name of that album?",
    "Are there any others?",
    "Is there anything else?",
    "Who wrote the songs?",
    "它多久换一次？",
    "那前刹呢？",
    "为什么？",
    "是哪一年？",
    "其中犹太人占多少？",
    "该公司安装了什么？",
]
ALONE = [
    "When did Nikola Tesla die?",
    "How long does it take to bake a loaf of rye bread?",
    "Is it possible to wash steel burrs with water?",
    "Where is there a lake with blue water near Zurich?",
    "When a chain is worn, how is it replaced?",
    "Did Dali have a good relationship with his parents?",
    "What is ownership?",
    "How many more passengers than freight trains run through Basel?",
    "特斯拉是哪一年去世的？",
    "什么是所有权？",
    "刹车皮什么时候需要更换？",
]


@pytest.mark.parametrize("question", LEANS)
def test_what_leans_on_the_conversation_is_seen(question):
    """Pronouns, "and ...", questions without a subject: none of these can be understood alone."""
    assert not stands_alone(question)


@pytest.mark.parametrize("question", ALONE)
def test_what_stands_alone_is_left_alone(question):
    """A question that names its subject is not touched, even where a pronoun refers to something in it."""
    assert stands_alone(question)


def test_the_topic_comes_from_the_last_question_that_names_it():
    """Words of the last question that stands alone, and of the one right before; their number is how far back it is."""
    earlier = ["Who owns the mill?", "How often is a bicycle chain oiled?", "And in winter?"]
    said, used = carry("What is it cleaned with?", earlier)
    assert said == "What is it cleaned with? (bicycle chain oiled winter)"
    assert used == 2


def test_a_year_is_not_carried_to_another_year():
    """A question with a number of its own gets no other number."""
    assert carry("And in 2005?", ["How large was the drought of 2010?"])[0] == "And in 2005? (large drought)"


def test_chinese_words_are_carried_without_what_asks():
    """Of a Chinese question its subject is carried, not its question words."""
    said, used = carry("它取代了哪个市场？", ["格兰杰市场是哪一年开放的？"])
    assert (said, used) == ("它取代了哪个市场？ (格兰杰市场 开放)", 1)


def test_nothing_is_carried_from_nothing():
    """Without an earlier question, or one with words, the question stays as it is."""
    assert carry("Why?", []) == ("Why?", 0)
    assert carry("Why?", ["And?"]) == ("Why?", 0)
