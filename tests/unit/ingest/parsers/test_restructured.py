"""reStructuredText stays as it is written, and its titles are found."""

import pytest

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.restructured import RestructuredParser

_TEXT = """\
==========
水泵 Guide
==========

:Author: Ann
:Date: 2020-01-02

First
=====
text

----

Deeper
------

::

   Code
   ----

.. include:: /etc/passwd

第二
====

A paragraph whose second line
is followed by a rule
=====================

====  ====
A     B
====  ====
"""


def test_titles_have_the_levels_in_which_they_come():
    """A style with a line above is another one; code, tables, rules and paragraphs are no titles."""
    found = RestructuredParser().parse(_TEXT.encode(), name="a.rst")
    assert found.text == _TEXT
    assert [(h.level, h.title) for h in found.headings] == [(1, "水泵 Guide"), (2, "First"), (3, "Deeper"), (2, "第二")]
    assert all(found.text.startswith(heading.title, heading.start) for heading in found.headings)
    assert found.title == "水泵 Guide"
    assert found.metadata == {"author": "Ann", "date": "2020-01-02"}


def test_a_blank_file_has_no_text():
    """White space is an outcome."""
    with pytest.raises(NoTextError):
        RestructuredParser().parse(b" \n", name="a.rst")
