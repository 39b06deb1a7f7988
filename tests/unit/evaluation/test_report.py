"""The report is one page that needs nothing else and lets nothing in."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from ragsys.errors import RunError
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.qa import evaluate_qa
from ragsys.evaluation.report import render_report
from ragsys.evaluation.retrieval import evaluate_retrieval

HOSTILE = '<script>alert("x")</script>&\'"'


class Elements(HTMLParser):
    """Collects the elements of a page, and checks that they are closed in order."""

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        """An element opens."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """An element is empty."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        """An element closes."""
        assert self.open.pop() == tag


@pytest.fixture
def runs(beir, engine):
    """Two runs over the same questions, with a hostile question and a hostile name."""
    opened = engine()
    dataset = open_dataset(beir)
    index_corpus(opened, dataset)
    one = evaluate_retrieval(opened, dataset)
    one = replace(one, texts=dict.fromkeys(one.texts, HOSTILE), name=HOSTILE, failed={HOSTILE: "query-invalid"})
    return one, replace(one.leg("lexical"), name="second")


def test_a_page_is_whole_and_asks_for_nothing(runs):
    """Every element is closed, nothing is loaded or run, and the page forbids it besides."""
    page = render_report(runs)
    elements = Elements()
    elements.feed(page)
    assert elements.open == []
    assert not {"script", "link", "img", "iframe", "object", "a", "form"} & set(elements.tags)
    assert not {"src", "href", "onclick", "action"} & {name for name, _ in elements.attributes}
    assert not re.search(r"https?:|url\(|@import", page)
    assert "default-src 'none'" in page
    assert "prefers-color-scheme:dark" in page


def test_what_comes_from_outside_is_escaped(runs):
    """A question or a name that is HTML is shown, not obeyed."""
    page = render_report(runs)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_figures_and_the_plots_are_there(runs):
    """Every leg's means, the comparison, recall and latency; each plot is well-formed SVG."""
    page = render_report(runs)
    for text in ("nDCG@10", ": lexical", "p (Holm)", "Recall", "Latency", "chunk_tokens", runs[0].index["digest"]):
        assert text in page
    plots = re.findall(r"<svg.*?</svg>", page)
    assert len(plots) >= 3
    for plot in plots:
        ET.fromstring(plot)


def test_a_question_answering_run_shows_its_calibration(beir, engine):
    """Answers with a confidence make a reliability diagram."""
    opened = engine(replies=["The chain is oiled after every ride in the rain."] * 4)
    dataset = open_dataset(beir)
    index_corpus(opened, dataset)
    page = render_report([evaluate_qa(opened, dataset)])
    assert "confidence of what was answered" in page
    assert "unanswerable.AUROC" in page


def test_the_same_runs_give_the_same_page(runs):
    """There is no date in it."""
    assert render_report(runs) == render_report(runs)


def test_runs_over_other_questions_are_refused(runs):
    """A page does not put side by side what cannot be compared."""
    with pytest.raises(RunError):
        render_report([runs[0], replace(runs[1], dataset_digest="other")])
