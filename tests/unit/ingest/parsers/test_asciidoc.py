"""AsciiDoc stays as it is written, and its titles are found."""

import pytest

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.asciidoc import AsciidocParser

_TEXT = """\
= 水泵 Guide
Ann Lee <ann@example.org>
:revdate: 2020-01-02
:lang: zh

== First ==
text

----
== Code
----

////
== Comment
////

Deeper
------

[source]
----
x
----

|===
|== A |B
|===

====== Last
"""


def test_titles_are_found_outside_code_and_comments():
    """Titles of one line and of two have their levels; what is in blocks of code or comment has none."""
    found = AsciidocParser().parse(_TEXT.encode(), name="a.adoc")
    assert found.text == _TEXT
    expected = [(1, "水泵 Guide"), (2, "First"), (2, "Deeper"), (6, "Last")]
    assert [(h.level, h.title) for h in found.headings] == expected
    assert [found.text[h.start :].split("\n")[0] for h in found.headings] == [
        "= 水泵 Guide",
        "== First ==",
        "Deeper",
        "====== Last",
    ]
    assert found.metadata == {"author": "Ann Lee", "date": "2020-01-02", "lang": "zh"}


def test_a_blank_file_has_no_text():
    """White space is an outcome."""
    with pytest.raises(NoTextError):
        AsciidocParser().parse(b" \n", name="a.adoc")
