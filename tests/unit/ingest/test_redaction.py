"""Personal data does not get into the index: not as text, title, metadata, heading, vector, term or message."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys import QueryEngine, TextDocument
from ragsys.config import Settings
from ragsys.errors import UsageError
from ragsys.ingest.inspection import inspect_file
from ragsys.ingest.redaction import redact, redact_words, together
from ragsys.testing import HashEmbedder
from ragsys.types import Extraction, Heading, Place

_MAIL, _PHONE, _CARD, _ID = "ann@example.com", "13812345678", "4111 1111 1111 1111", "11010519491231002X"
_ALL = ["email", "phone", "card", "id", "iban", "ip"]
_TEXT = f"""---
title: Letter to {_MAIL}
author: Ann <ANN@example.com>
mobile: {_PHONE}
year: 2020
---
# Call +86 138-1234-5678

Pay by {_CARD}, says {_MAIL}. Born 1949-12-31, 证件号{_ID}。See ISBN 978-3-16-148410-0.

## About bo@example.org

The second time: {_MAIL}.
"""


def _open(tmp_path, **settings):
    return QueryEngine.open(tmp_path / "index", settings=Settings(**settings), embedder=HashEmbedder())


@pytest.fixture
def docs(tmp_path):
    """A folder with a Markdown file full of personal data."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text(_TEXT, encoding="utf-8")
    return tmp_path / "docs"


def test_nothing_of_it_is_in_any_file_of_the_index(docs, tmp_path):
    """With --redact all, no byte of the data is stored; what only looks like it stays; equal data share one mark."""
    (docs / "b.md").write_text(_TEXT.replace("bo@example.org", "Zoe"), encoding="utf-8")
    with _open(tmp_path, redact="all") as engine:
        assert engine.add(docs).failed == ()
        engine.add_documents(
            [TextDocument("t:1", f"A text of {_MAIL}.", f"To {_MAIL}", {"mail": _MAIL, "n": 13812345678})]
        )
        engine.add_bytes(f"Piped from {_MAIL}.".encode(), name="piped")
        document = engine.document(str(docs / "a.md"))
        text = engine.text(document.id)
        assert document.title == "Letter to [EMAIL-1]"
        assert document.metadata == {
            "author": "Ann <[EMAIL-1]>", "mobile": "[PHONE-1]", "year": 2020, "lang": document.metadata["lang"]
        }  # fmt: skip
        assert "# Call [PHONE-1]\n\nPay by [CARD-1], says [EMAIL-1]. Born 1949-12-31, 证件号[ID-1]。" in text
        assert "978-3-16-148410-0" in text
        assert text.endswith("## About [EMAIL-2]\n\nThe second time: [EMAIL-1].\n")
        headings = {passage.heading for passage in engine.passages_of(document.id)}
        assert headings == {("Call [PHONE-1]",)} or ("Call [PHONE-1]", "About [EMAIL-2]") in headings
        assert engine.document("t:1").metadata == {"mail": "[EMAIL-1]", "n": "[PHONE-1]", "lang": "en"}
    data = b"".join(path.read_bytes() for path in (tmp_path / "index").iterdir() if path.is_file()).lower()
    for word in (_MAIL, _PHONE, _CARD, _ID, "138-1234-5678", "bo@example", "ann@", "4111"):
        assert word.lower().encode() not in data, word


def test_what_was_redacted_stays_so(docs, tmp_path):
    """Without the option later `add`, `update`, moves and new files in the folder are redacted as before."""
    with _open(tmp_path, redact="email") as engine:
        engine.add(docs)
    (docs / "b.md").write_text(f"New: {_MAIL}, {_PHONE}.")
    with _open(tmp_path) as engine:
        assert (engine.update().added, engine.add(docs).unchanged) == (1, 2)
        (docs / "b.md").write_text(f"Changed: {_MAIL}, {_PHONE}.")
        engine.update()
        (docs / "b.md").rename(docs / "c.md")
        assert len(engine.update().moved) == 1
        assert engine.text(str(docs / "c.md")) == f"Changed: [EMAIL-1], {_PHONE}."
    with _open(tmp_path, redact="phone") as engine:
        assert engine.add(docs).updated == 2
        assert engine.text(str(docs / "c.md")) == "Changed: [EMAIL-1], [PHONE-1]."
        assert engine.roots()[0].options.redact == "email,phone"
    with _open(tmp_path) as engine:
        assert engine.update().unchanged == 2
    with _open(tmp_path, redact="none") as engine:
        assert engine.add(docs).updated == 2
        assert engine.text(str(docs / "c.md")) == f"Changed: {_MAIL}, {_PHONE}."
    with _open(tmp_path) as engine:
        assert engine.update().unchanged == 2


def test_a_file_that_was_redacted_by_itself_moves_redacted(docs, tmp_path):
    """Where only the file's own document remembers it, its new name does, too."""
    with _open(tmp_path, redact="email") as engine:
        engine.add_bytes(_MAIL.encode(), name="x")
        engine.add(docs / "a.md")
    with _open(tmp_path) as engine:
        assert engine.add(docs).unchanged == 1
        (docs / "a.md").rename(docs / "b.md")
        assert len(engine.add(docs).moved) == 1
        engine.add_bytes(f"{_MAIL} again".encode(), name="x")
        assert (engine.text("x"), _MAIL in engine.text(str(docs / "b.md"))) == ("[EMAIL-1] again", False)


def test_a_message_of_failure_is_redacted(tmp_path):
    """What a parser says of a bad file is told without personal data; the path, its name, stays."""
    path = tmp_path / f"{_MAIL}.txt"
    path.write_bytes(b"")
    with _open(tmp_path, redact="email") as engine:
        (failure,) = engine.add(path).failed
        assert (failure.source, _MAIL in failure.message) == (str(path), False)
        assert engine.status().failed == (failure,)


def test_a_kind_that_is_not_known_is_refused(docs, tmp_path):
    """Before anything is read."""
    with _open(tmp_path, redact="email,secrets") as engine:
        with pytest.raises(UsageError, match="secrets"):
            engine.add(docs)
        assert engine.documents() == []
        with pytest.raises(UsageError):
            engine.add_bytes(b"x", name="x")


def test_inspect_shows_what_would_be_stored(docs, tmp_path):
    """The same text, title and metadata as `add` with the same setting makes."""
    found = inspect_file(docs / "a.md", Settings(redact="all"))
    with _open(tmp_path, redact="all") as engine:
        engine.add(docs)
        document = engine.document(str(docs / "a.md"))
        assert (found.extraction.text, found.title, found.metadata) == (
            engine.text(document.id), document.title, document.metadata
        )  # fmt: skip


_WORDS = st.sampled_from([_MAIL, "bo@example.org", _PHONE, _CARD, _ID, "tea", "茶", "\n", ". ", "\n\n", "2024-05-06"])


@given(st.lists(_WORDS, max_size=20), st.sets(st.sampled_from(_ALL)), st.data())
def test_offsets_move_with_the_text(words, kinds, data):
    """What stood at an offset outside personal data stands at its new place; inside, its placeholder does."""
    starts, text = [], ""
    for word in words:
        starts.append(len(text))
        text += f"{word} "
    pages = tuple(sorted({0, *(data.draw(st.sampled_from(starts)) for _ in range(min(len(starts), 3)))}))
    headings = tuple(Heading(at, 1, text[at : at + 40].split("\n")[0]) for at in starts)
    places = tuple(Place(at, "row", str(at), _MAIL) for at in starts)
    found = redact(Extraction(text, None, pages, headings, {}, places), kinds)
    for (at, word), moved in zip(zip(starts, words, strict=True), found.headings, strict=True):
        kept = found.text[moved.start :].startswith(word)
        assert kept or found.text[moved.start] == "[", (at, word)
    assert [heading.start for heading in found.headings] == [place.start for place in found.places]
    lookup = dict(zip(starts, (heading.start for heading in found.headings), strict=True)) | {0: 0}
    assert found.page_starts == tuple(lookup[at] for at in pages)
    if "email" in kinds:
        assert _MAIL not in repr(found)
        assert redact(found, kinds).text == found.text
    if not kinds:
        assert found.text == text


def test_a_title_that_was_cut_tells_nothing():
    """A heading that ends in the middle of a number loses that end as well."""
    line = "x" * 90 + f" {_CARD} and more"
    found = redact(Extraction(f"{line}\n", line[:104], (), (Heading(0, 1, line[:100]),)), ["card"])
    assert found.headings[0].title == "x" * 90
    assert found.title == "x" * 90
    assert redact_words(f"{_MAIL}: bad", ["email"]) == "[EMAIL-1]: bad"


def test_kinds_add_up_until_they_are_taken_back():
    """A document is never redacted of less than before, unless somebody says none."""
    assert together("", "email", None, "phone") == "email,phone"
    assert together("card", "email") == "email,card"
    assert together("none", "email") == ""
    assert together("none,card", "email") == "card"
    assert together("all", None).split(",") == ["email", "iban", "id", "card", "ip", "phone"]
    assert json.dumps(together("", "none")) == '""'
