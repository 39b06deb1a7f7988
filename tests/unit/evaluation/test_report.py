"""The report is one page that needs nothing else and lets nothing in."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from ragsys.errors import RunError
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.plots import lines
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
    first, second = runs
    nothing = {measure: dict.fromkeys(values, 0.0) for measure, values in second.main.values.items()}
    page = render_report([first, replace(second, systems={"fused": replace(second.main, values=nothing)})])
    for text in ("nDCG@10", ": lexical", "p (Holm)", "Recall", "Latency", "chunk_tokens", runs[0].index["digest"]):
        assert text in page
    plots = re.findall(r"<svg.*?</svg>", page)
    assert len(plots) >= 3
    assert "questions that changed" in page
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


def test_what_differs_between_runs_is_marked(runs):
    """One table says how each run was measured, and the rows that are not the same are set apart."""
    first, second = runs
    second = replace(second, settings=first.settings | {"lexical_weight": 9.5})
    page = render_report([first, second])
    assert page.count("How it was measured") == 1
    marked = re.findall(r'<tr class="marked">(.*?)</tr>', page)
    assert len(marked) == 1
    assert "settings.lexical_weight" in marked[0]
    assert "9.5" in marked[0]


def test_figures_by_kind_of_question_are_there(runs):
    """Where the set tells kinds apart, each has its row with the number of its questions."""
    run = replace(runs[0], kinds=dict(zip(runs[0].texts, ("title", "masked", "masked"), strict=True)))
    page = render_report([run])
    assert "By kind of question" in page
    assert re.search(r": masked</td><td>2</td>", page)
    assert "By kind of question" not in render_report([runs[0]])


def test_a_line_that_stays_high_has_an_axis_that_begins_high():
    """And one that does not begins at 0, so that nothing is drawn below the plot."""
    high = lines([("a", [(1, 0.93), (10, 1.0)])], title="", x_label="", y_label="", top=1.0, floor=True)
    low = lines([("a", [(1, 0.2), (10, 1.0)])], title="", x_label="", y_label="", top=1.0, floor=True)
    assert ">0.9<" in high
    assert ">0<" in low
    for plot in (high, low):
        (points,) = re.findall(r'polyline class="s0 line" points="(.*?)"', plot)
        assert all(12 <= float(point.split(",")[1]) <= 220 for point in points.split())
