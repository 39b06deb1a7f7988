"""The filter language: what it selects, what it refuses, and that no string gets past it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select

from ragsys.errors import FilterError
from ragsys.indexes.schema import document, metadata
from ragsys.retrieve import compile_filter

ROWS = {
    "a": ("/home/x/notes/a.md", {"year": 2019, "lang": "en", "draft": True}),
    "b": ("/home/x/notes/b.md", {"year": 2021, "lang": "zh"}),
    "c": ("/home/x/papers/c.pdf", {"year": 2023.5, "lang": "en", "my key": "x'y"}),
    "d": ("/home/x/papers/d.pdf", {}),
}


@pytest.fixture(scope="module")
def connection():
    """The document table in memory, with four rows."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine, tables=[document])
    with engine.connect() as open_connection:
        for name, (source, fields) in ROWS.items():
            values = {
                "id": name,
                "source": source,
                "sha256": name,
                "size": 1,
                "mtime_ns": 1,
                "parser": "text",
                "seq": 1,
            }
            values |= {
                "metadata": json.dumps(fields),
                "chunking": "",
                "text": "",
                "page_starts": "[]",
                "places": "[]",
                "added_at": "2024",
            }
            open_connection.execute(insert(document).values(**values))
        yield open_connection
    engine.dispose()


def chosen(connection, expression):
    """The ids that an expression selects."""
    return "".join(sorted(connection.scalars(select(document.c.id).where(compile_filter(expression)))))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("year = 2021", "b"),
        ("year >= 2021", "bc"),
        ("year < 2021 OR lang = zh", "ab"),
        ("lang = en AND year > 2020", "c"),
        ("NOT lang = en", "bd"),
        ("lang != en", "bd"),
        ("lang IN (zh, fr)", "b"),
        ("lang NOT IN (zh, fr)", "acd"),
        ('source ~ "*/notes/*"', "ab"),
        ("source ~ papers/*.pdf", "cd"),
        ("draft = true", "a"),
        ("draft = 1", ""),
        ("title = true", ""),
        ("\"my key\" = 'x\\'y'", "c"),
        ("(year = 2019 OR year = 2021) AND NOT lang = zh", "a"),
        ("id = d or id = a", "ad"),
        ("missing = 1", ""),
    ],
)
def test_an_expression_selects(connection, expression, expected):
    """Each expression selects exactly the documents that it describes."""
    assert chosen(connection, expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "year",
        "year =",
        "= 3",
        "(year = 1",
        "year = 1)",
        "year = 1 lang = en",
        "a IN ()",
        "'k\"q' = 1",
        'a = "b',
        "a ! b",
    ],
)
def test_what_does_not_parse_is_refused(expression):
    """A broken expression is a typed error that names a position."""
    with pytest.raises(FilterError, match=r"position \d+"):
        compile_filter(expression)


def test_depth_and_length_are_limited():
    """Nesting cannot exhaust the stack, nor length the parser."""
    with pytest.raises(FilterError, match="nested"):
        compile_filter("(" * 500 + "a = 1" + ")" * 500)
    with pytest.raises(FilterError, match="characters"):
        compile_filter("a = " + "x" * 5000)


@given(st.text())
def test_any_string_is_parsed_or_refused(connection, text):
    """No string raises anything but the typed error, from compiling or from running, and none changes the table."""
    try:
        condition = compile_filter(text)
    except FilterError:
        return
    connection.scalars(select(document.c.id).where(condition)).all()
    assert len(connection.scalars(select(document.c.id)).all()) == len(ROWS)


@given(st.text(min_size=1))
def test_a_quoted_value_is_only_a_value(connection, value):
    """Whatever stands in quotes is compared, never run: nothing matches, nothing breaks."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    try:
        assert chosen(connection, f'sha256 = "no-{quoted}"') == ""
    except FilterError:
        assert not value.isprintable() or any("\ud800" <= c <= "\udfff" for c in value)
