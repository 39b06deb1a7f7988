"""An index whose terms another analyzer made is brought up to date from its own text."""

import sqlite3

from ragsys.indexes.index import DATABASE, Index


def found(index, *terms):
    """The passages that hold a term."""
    with index.read() as view:
        return view.lexical(terms, 100)[0].tolist()


def test_bags_of_an_older_analyzer_are_made_again(filled):
    """After a change of version every passage is found by today's terms, whatever the old bags held."""
    with Index.open(filled) as index:
        before = found(index, "word7", "replac")
    assert before
    with sqlite3.connect(filled / DATABASE) as connection:
        connection.execute("UPDATE bag SET blob = x'', crc32 = 0")
        connection.execute("UPDATE state SET analyzer = 'an older one'")
    connection.close()
    with Index.open(filled) as index:
        assert found(index, "word7", "replac") == before
    with Index.open(filled) as index:
        assert found(index, "word7", "replac") == before
