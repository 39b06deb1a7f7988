"""Terms: what is found under what, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.indexes.analyzer import terms


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
