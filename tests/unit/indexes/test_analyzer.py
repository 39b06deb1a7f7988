"""Terms: what is found under what, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.indexes.analyzer import stemming_of, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Running runs", ["run", "run"]),
        ("café Läufer", ["café", "läufer"]),
        ("北京大学", ["北", "京", "大", "学", "北京", "京大", "大学"]),
        ("parse_url", ["parse_url", "pars", "url"]),
        ("HTTPServer", ["httpserver", "http", "server"]),
        ("FAISS 索引", ["faiss", "索", "引", "索引"]),
        ("\uff13\uff0e\uff15", ["3.5", "3", "5"]),
        ("don't", ["don't", "don", "t"]),
        ("", []),
    ],
)
def test_terms_of(text, expected):
    """Words are folded and stemmed, identifiers kept and split, Chinese given as characters and pairs."""
    assert terms(text) == expected


@given(st.text())
def test_no_string_raises_and_case_does_not_matter_to_plain_words(text):
    """Any string has terms, the same every time."""
    assert terms(text) == terms(text)


@pytest.mark.parametrize("word", ["天气", "检索", "人工智能"])
def test_a_chinese_word_is_found_inside_a_sentence(word):
    """Every term of a word is a term of a sentence that holds it."""
    assert set(terms(word)) <= set(terms(f"今天的{word}很好。"))


def test_traditional_and_simplified_chinese_are_the_same_terms():
    """Either script finds the other, and a character's term does not depend on its neighbours."""
    assert terms("資料檢索與語義搜尋") == terms("资料检索与语义搜寻")
    assert set(terms("檢索")) <= set(terms("資料檢索系統"))


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Häuser", "Hauses"),
        ("fr", "continuellement", "continuelle"),
        ("es", "canciones", "canción"),
        ("ru", "библиотеки", "библиотека"),
        ("ru", "connections", "connection"),  # an English word in a Russian text
        ("vi", "connections", "connection"),  # a language without an algorithm
    ],
)
def test_words_are_stemmed_by_their_language(language, one, other):
    """Two forms of a word are one term in their own language."""
    (stem,) = set(terms(f"{one} {other}", stemming_of([language])[-1:]))
    assert {stem} <= set(terms(one, stemming_of([language, "da"])))


def test_a_query_is_stemmed_by_every_language_of_the_index():
    """A word has each of its stems once, so that documents of either language are found by it."""
    both = stemming_of(["de-AT", "en", "zh", "und", "xx"])
    assert both == ("en", "de")
    assert terms("Häuser", both) == ["häuser", "haus"]
    assert terms("connections", ("en", "de")) == ["connect", "connection"]
    assert terms("parse_url", both) == ["parse_url", "pars", "url"]
