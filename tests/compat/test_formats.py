"""A database of every format that there ever was opens, becomes the present one, and answers as it did."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.indexes.index import DATABASE, Index
from ragsys.indexes.migrations import FORMAT, version
from ragsys.testing import HashEmbedder

DUMPS = sorted(Path(__file__).parent.glob("format-*.sql"))


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def old(request, tmp_path):
    """An index directory of an old format, with the documents of its dump."""
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    connection.close()
    return tmp_path


def columns(index):
    """Every table with its columns: name, type, and whether it may be null."""
    with index.database.connect() as connection:
        tables = inspect(connection)
        return {
            table: {(c["name"], str(c["type"]), c["nullable"]) for c in tables.get_columns(table)}
            for table in tables.get_table_names()
        }


def test_there_is_a_dump_of_every_earlier_format():
    """A new format comes with a database of the one before."""
    assert [path.stem for path in DUMPS] == [f"format-{number}" for number in range(1, FORMAT)]


def test_an_old_index_gets_the_shape_of_a_new_one(old, tmp_path_factory):
    """After opening, tables and columns are those of a database that was made today."""
    with Index.open(old) as index, Index.open(tmp_path_factory.mktemp("new"), create=True) as new:
        assert columns(index) == columns(new)
        with index.database.read() as connection:
            assert version(connection) == FORMAT


def test_an_old_index_answers(old):
    """Its documents, their spans and its failures are there, and both legs find them."""
    with QueryEngine.open(old, settings=Settings(), embedder=HashEmbedder(dim=16)) as engine:
        hits = engine.search("how hot is the water for green tea").hits
        assert hits[0].text.strip().endswith("Green tea is brewed at eighty degrees.")
        assert engine.text(hits[0].document.id)[hits[0].start : hits[0].end] == hits[0].text
        assert engine.search("除垢").hits[0].scores.lexical > 0
        assert [failure.code for failure in engine.status().failed] == ["file-empty"]
        assert not [finding for finding in engine.doctor(repair=True) if finding.severity == "error"]
