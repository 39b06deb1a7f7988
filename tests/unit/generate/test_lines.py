"""How lines become a cited text."""

from dataclasses import replace

from ragsys.generate.extractive import candidates_of
from ragsys.generate.lines import Line, compose_lines, count_lines, quoted, within
from ragsys.types import DocumentRef, SourceText

TEXT = "The mill stands by\nthe river in the valley. Its wheel drove two stones.\n\n老磨坊建在\n河边的山谷里面。"
SOURCE = SourceText(TEXT)
CANDIDATES = candidates_of(DocumentRef("a", "/a.txt", None, "0" * 64, {}), SOURCE)


def test_a_quoted_line_stands_on_one_line_and_its_quote_does_not():
    """A line break becomes a space, in Chinese nothing; the citation's quote stays as it is in the document."""
    cited = compose_lines([quoted(c) for c in CANDIDATES], lambda _: SOURCE)
    assert cited.text == (
        "The mill stands by the river in the valley. [1] Its wheel drove two stones. [2] 老磨坊建在河边的山谷里面。 [3]"
    )
    assert [c.quote for c in cited.citations] == [TEXT[c.start : c.end] for c in cited.citations]
    for citation in cited.citations:
        assert cited.text[citation.answer_start : citation.answer_end].endswith((".", "。"))


def test_a_quote_that_does_not_stand_there_is_no_citation():
    """A span that is not its quote any more is dropped, marked or kept, and never cited."""
    moved = [quoted(replace(CANDIDATES[0], start=CANDIDATES[0].start + 1))]
    assert compose_lines(moved, lambda _: SOURCE).text == ""
    marked = compose_lines(moved, lambda _: SOURCE, "mark")
    assert marked.text.endswith("valley. [?]")
    assert marked.citations == ()
    assert not marked.sentences[0].supported


def test_an_unsupported_line_is_kept_without_a_marker():
    """With "keep" it stands there, and is known to be unsupported."""
    lines = [Line("The mill was sold.", CANDIDATES[0], 0.0), quoted(CANDIDATES[1])]
    cited = compose_lines(lines, lambda _: SOURCE, "keep")
    assert cited.text == "The mill was sold. Its wheel drove two stones. [1]"
    assert [s.supported for s in cited.sentences] == [False, True]


def test_lines_are_cut_to_the_limit_by_what_supports_them():
    """Too many lines lose the unsupported ones first, and keep their order."""
    lines = [Line("The mill was sold to a rich man.", CANDIDATES[0], 0.0), quoted(CANDIDATES[0]), quoted(CANDIDATES[1])]
    kept = within(lines, 14)
    assert kept == lines[1:]
    assert count_lines(kept) <= 14


def test_a_number_in_brackets_is_no_marker():
    """What a paper cites is taken apart in the text, and stays as it is in the quote."""
    source = SourceText("The old mill stands by the river in the valley [12].")
    (candidate,) = candidates_of(CANDIDATES[0].document, source)
    cited = compose_lines([quoted(candidate)], lambda _: source)
    assert cited.text == "The old mill stands by the river in the valley \\[12]. [1]"
    assert cited.citations[0].quote == source.text


def test_rows_stand_on_lines_of_their_own():
    """A row of a table begins a line and ends it; spans still say where each line is."""
    source = SourceText("Pumps\n\n| name | price |\n| --- | --- |\n| old | 9 |\n")
    lines = [quoted(c) for c in candidates_of(CANDIDATES[0].document, source)]
    cited = compose_lines([*lines, lines[0]], lambda _: source)
    assert cited.text == "Pumps [1]\n| name | price | [2]\n| old | 9 | [3]\nPumps [1]"
    assert [cited.text[s.start : s.end] for s in cited.sentences] == [line.text for line in [*lines, lines[0]]]
