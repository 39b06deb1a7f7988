"""Answering: the language of the question, of the documents and of the answer."""

import numpy as np
import pytest

from ragsys import QueryEngine, Settings, TextDocument
from ragsys.errors import ConfigError
from ragsys.testing import HashEmbedder, ScriptedGenerator
from ragsys.types import Space

CHINESE = "水泵的压力达到三点五巴时自动停止。水箱的容量是八十升。滤网每月清洗一次。"
ENGLISH = "The old mill was built in 1872 beside the river. The old mill burned down in 1910."
ASKED = "When did the old mill burn down?"


class AcrossEmbedder(HashEmbedder):
    """Goes by the name of the default embedder, has cosines above .7 as that, and knows that the tank is 水箱."""

    def __init__(self):
        super().__init__(dim=512)
        self._space = Space("multilingual-e5-small", self._space.digest, self._space.dim)

    def embed_queries(self, texts):
        """The vectors of what is meant."""
        return super().embed_queries(["水箱的容量是八十升。" if "tank" in text else text for text in texts])

    def _embed(self, texts):
        vectors = super()._embed(texts) / 2
        vectors[:, 0] += 0.75**0.5
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def ask(tmp_path):
    """Ask a question of two documents; gives the answer and the generator."""

    def run(question, *replies, embedder=None, **settings):
        generator = ScriptedGenerator(replies)
        with QueryEngine.open(
            tmp_path / "index",
            settings=Settings(**settings),
            embedder=embedder or HashEmbedder(dim=512),
            generator=generator,
        ) as engine:
            engine.add_documents([TextDocument("zh", CHINESE), TextDocument("en", ENGLISH)])
            return engine.ask(question), generator

    return run


def test_the_question_decides_by_default(ask):
    """Prompt and answer are in the language of the question, and the answer says which that is."""
    answer, generator = ask(ASKED, "The old mill burned down in 1910.")
    assert (answer.language, answer.translation, answer.warnings) == ("en", None, ())
    assert generator.prompts[0][1].content.endswith("Answer:")
    answer, generator = ask("水箱的容量是多少？", "水箱的容量是八十升。")
    assert answer.language == "zh"
    assert generator.prompts[0][1].content.endswith("答案:")


@pytest.mark.parametrize(("language", "phrase"), [("zh", "您的文档中没有答案。"), ("en", "Not in your documents.")])
def test_a_refusal_is_in_the_language_that_was_asked_for(ask, language, phrase):
    """The setting decides, whatever the question is in."""
    answer, _ = ask("Who conducted the Vienna opera in 1955?", answer_language=language)
    assert (answer.status, answer.text, answer.language) == ("abstained", phrase, language)


def test_a_quotation_in_another_language_is_followed_by_a_translation(ask):
    """What is cited stays verbatim; the translation is beside it, with its generator, its quality and its problems."""
    answer, generator = ask(ASKED, "老磨坊在1911年被烧毁。", answer_mode="extract", answer_language="zh")
    assert answer.citations[0].quote == "The old mill burned down in 1910."
    assert answer.text.startswith(answer.citations[0].quote)
    assert (answer.language, answer.translation.language) == ("en", "zh")
    assert answer.translation.text == "老磨坊在1911年被烧毁。"
    assert (answer.translation.generator, answer.translation.quality) == ("scripted", "unmeasured")
    assert answer.translation.problems == ("numbers",)
    assert [notice.code for notice in answer.warnings] == ["translation-quality"]
    assert generator.prompts[0][0].content.startswith("Translate")


def test_an_answer_in_the_language_asked_for_is_not_translated(ask):
    """Nothing is generated twice."""
    answer, generator = ask(ASKED, answer_mode="extract", answer_language="en")
    assert (answer.translation, generator.prompts) == (None, [])


def test_a_language_without_prompts_is_said(ask):
    """A German question is answered by an English prompt, and the answer says so."""
    answer, generator = ask("Wann wurde die alte Mühle (old mill) verbrannt, burned down?", "in 1910", "x")
    assert generator.prompts == [] or generator.prompts[0][1].content.endswith("Answer:")
    assert ("answer-language", ("de",)) in [(notice.code, notice.languages) for notice in answer.warnings]


@pytest.mark.parametrize("code", ["klingon", "", "xx"])
def test_an_unknown_language_is_a_setting_error(ask, code):
    """A code that nobody knows is refused before anything is searched."""
    with pytest.raises(ConfigError, match="answer_language"):
        ask(ASKED, answer_language=code)


def test_a_question_without_a_common_word_is_answered_by_a_quotation(ask):
    """Across languages the nearest sentence is quoted, nothing is drafted, and the measured errors are those of it."""
    answer, generator = ask("How big is the tank?", embedder=AcrossEmbedder())
    assert answer.status == "answered"
    assert answer.citations[0].quote == "水箱的容量是八十升。"
    assert (answer.language, answer.models.generator) == ("zh", "extract")
    assert generator.prompts == []
    assert "xquad" in answer.profile.fitted_on
    assert answer.confidence >= answer.profile.threshold


def test_across_languages_it_abstains_where_nothing_is_near(ask):
    """A question whose meaning is nowhere is refused, and the reason names the languages."""
    answer, _ = ask("Welche Farbe hat der Himmel?", embedder=AcrossEmbedder())
    assert answer.status == "abstained"
