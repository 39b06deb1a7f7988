"""Notebooks are their cells: prose, code and what it printed."""

import json

import pytest

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.notebook import NotebookParser


def parse(cells, **about):
    """A notebook of cells."""
    return NotebookParser().parse(
        json.dumps({"nbformat": 4, "metadata": about, "cells": cells}).encode(), name="a.ipynb"
    )


def code(source, *outputs):
    """A cell of code."""
    return {"cell_type": "code", "source": source, "outputs": outputs}


def test_cells_are_paragraphs_in_their_places():
    """Markdown stays, code is fenced with the kernel's language, printed text follows; each cell is a place."""
    stream = {"output_type": "stream", "text": ["\x1b[31m42\x1b[0m\n"]}
    shown = {"output_type": "execute_result", "data": {"text/html": "<b>", "text/plain": ["a", "b"]}}
    failed = {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": ["..."]}
    cells = [{"cell_type": "markdown", "source": ["# 水泵\n", "\n", "text"]}, code("print(42)", stream, shown, failed)]
    found = parse(cells, language_info={"name": "Python"}, authors=[{"name": "Ann"}])
    fences = "```python\nprint(42)\n```\n\n```\n42\n```\n\n```\nab\n```\n\n```\nKeyError: 'x'\n```\n"
    assert found.text == f"# 水泵\n\ntext\n\n{fences}"
    assert [(place.unit, place.first) for place in found.places] == [("cell", "1"), ("cell", "2")]
    assert found.text[found.places[1].start :].startswith("```python")
    assert found.title == "水泵"
    assert found.metadata == {"programming_language": "python", "author": "Ann"}


def test_output_is_kept_up_to_a_limit_and_fences_hold():
    """A long log is cut at a line; code with a fence in it gets a longer one; comments of code are no headings."""
    log = {"output_type": "stream", "text": "line\n" * 10_000}
    found = parse([code("# no heading\n```\nx", log)])
    assert found.text.startswith("````\n# no heading\n```\nx\n````\n")
    assert 1900 < len(found.text) < 2100
    assert found.text.endswith("line\n...\n```\n")
    assert found.headings == ()


def test_progress_that_overwrites_itself_is_its_last_state():
    """Of a line that was written again and again, the last state is kept; a carriage return is a new line elsewhere."""
    bar = {"output_type": "stream", "text": ["10%\r50%\r100%\nend\r"]}
    assert parse([code("a\rb", bar)]).text == "```\na\nb\n```\n\n```\n100%\nend\n```\n"


def test_older_notebooks_are_read():
    """In nbformat 3, cells are in sheets, code is `input`, and headings are cells."""
    cells = [{"cell_type": "heading", "level": 2, "source": "Title"}, {"cell_type": "code", "input": "x = 1"}]
    old = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode()
    assert NotebookParser().parse(old, name="a").text == "Title\n\n```\nx = 1\n```\n"


@pytest.mark.parametrize("cells", [[], [None, 3, {}], [{"cell_type": "code", "source": {"a": 1}, "outputs": 7}]])
def test_a_notebook_of_nothing_is_an_outcome(cells):
    """Empty and broken cells hold nothing."""
    with pytest.raises(NoTextError):
        parse(cells)


def test_json_that_is_no_notebook_is_json():
    """A file of that name is read as what it is."""
    assert NotebookParser().parse(b'{"a": "x"}', name="a.ipynb").text == "a: x\n"
