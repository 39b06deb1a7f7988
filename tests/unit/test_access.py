"""Access control through the engine and the command line: nothing is seen that was not granted."""

import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.errors import NotFoundError, UsageError
from ragsys.testing import HashEmbedder, ScriptedGenerator


@pytest.fixture
def docs(tmp_path):
    """A public, a private and an open note about kettles."""
    folder = tmp_path / "docs"
    for name in ("public", "private", "open"):
        (folder / name).mkdir(parents=True)
        (folder / name / "note.txt").write_text(f"The {name} kettle is descaled with vinegar.", encoding="utf-8")
    return folder


def engine(tmp_path, **options):
    """An engine over one index."""
    return QueryEngine.open(tmp_path / "index", settings=Settings(), embedder=HashEmbedder(), **options)


def found(opened):
    """The folders of the notes that a search finds."""
    return {hit.document.source.split("/")[-2] for hit in opened.search("kettle vinegar").hits}


def test_an_index_without_names_is_open_and_one_with_names_denies(tmp_path, docs):
    """The first grant turns everything that is not granted away from strangers, without embedding anything again."""
    with engine(tmp_path) as opened:
        opened.add(docs)
        assert found(opened) == {"public", "private", "open"}
        again = opened.add(docs / "private", acl=["user:ann"])
        assert (again.unchanged, again.embedded) == (1, 0)
        opened.add(docs / "public", acl=["*"])
        assert found(opened) == {"public"}
    with engine(tmp_path, principals=["user:ann", "group:lab"]) as ann:
        assert found(ann) == {"public", "private"}
        assert len(ann.documents()) == 2
        with pytest.raises(NotFoundError):
            ann.text(str(docs / "open" / "note.txt"))
    with engine(tmp_path, principals=["user:bo"]) as bo:
        assert found(bo) == {"public"}
    with engine(tmp_path) as owner:
        assert len(owner.documents()) == 3


def test_an_update_keeps_who_may_see_a_document(tmp_path, docs):
    """A changed file stays granted to the same names until others are given."""
    with engine(tmp_path) as opened:
        opened.add(docs / "private", acl=["user:ann"])
        (docs / "private" / "note.txt").write_text("The kettle was replaced; vinegar is gone.", encoding="utf-8")
        assert opened.add(docs / "private").updated == 1
        assert found(opened) == set()
        opened.add(docs / "private", acl=["user:bo"])
    with engine(tmp_path, principals=["user:bo"]) as bo:
        assert found(bo) == {"private"}


def test_an_answer_rests_only_on_what_the_asker_may_see(tmp_path, docs):
    """A draft that repeats a hidden document finds no support in it."""
    with engine(tmp_path) as opened:
        opened.add(docs / "private", acl=["user:ann"])
        opened.add(docs / "public", acl=["*"])
    generator = ScriptedGenerator(["The private kettle is descaled with vinegar."])
    with engine(tmp_path, principals=["user:bo"], generator=generator) as bo:
        answer = bo.ask("How is the private kettle descaled?")
        assert "private/note.txt" not in str(answer.passages) + str(answer.citations)
        assert "private kettle is" not in str(generator.prompts)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201])
def test_names_that_cannot_be_names_are_refused(tmp_path, name):
    """An empty, unprintable or endless principal is a usage error."""
    with pytest.raises(UsageError):
        engine(tmp_path, principals=[name])


def test_a_searcher_can_neither_remove_nor_count_what_is_hidden(tmp_path, docs):
    """Removal, status, failures and the digest are those of the documents that may be seen."""
    (docs / "private" / "broken.txt").write_bytes(b"")
    with engine(tmp_path) as opened:
        opened.add(docs / "private", acl=["user:ann"])
        opened.add(docs / "public", acl=["*"])
        whole = opened.reference().digest
        assert len(opened.status().failed) == 1
    with engine(tmp_path, principals=["user:bo"]) as bo:
        with pytest.raises(NotFoundError):
            bo.remove(str(docs / "private" / "note.txt"))
        status = bo.status()
        assert (status.documents, status.passages, status.vectors.ntotal, status.failed) == (1, 1, 1, ())
        assert bo.search("kettle").coverage.failed == 0
        assert bo.reference().digest != whole
    with engine(tmp_path, principals=["user:ann"]) as ann:
        assert len(ann.remove(str(docs / "private" / "note.txt"))) == 1
