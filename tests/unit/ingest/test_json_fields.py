"""The settings say which fields of JSON records are text and title."""

from ragsys.config import Settings
from ragsys.indexes import Index
from ragsys.ingest import Pipeline
from ragsys.testing import HashEmbedder

_RECORDS = '[{"id": 1, "head": "Pumps", "post": {"body": "Water goes up."}}]'


def test_fields_that_are_set_are_the_text_and_another_choice_reads_the_file_again(tmp_path):
    """What is stored is the fields that are meant; an unchanged file is read again only for a new choice."""
    (tmp_path / "a.json").write_text(_RECORDS)
    (tmp_path / "b.txt").write_text("text")
    chosen = Settings(json_text_fields="post.body, none", json_title_field="head")
    with Index.open(tmp_path / "index", create=True) as index:

        def add(settings):
            report = Pipeline(index, HashEmbedder(), settings).add([tmp_path / "a.json", tmp_path / "b.txt"])
            with index.read() as view:
                documents = {document.source: document for document in view.documents()}
                text = view.source_text(documents[str(tmp_path / "a.json")].id).text
            return (report.added, report.updated, report.unchanged), text

        everything = "id: 1\nhead: Pumps\npost.body: Water goes up.\n"
        assert add(Settings()) == ((2, 0, 0), everything)
        assert add(chosen) == ((0, 1, 1), "Pumps\n\nWater goes up.\n")
        assert add(chosen) == ((0, 0, 2), "Pumps\n\nWater goes up.\n")
        assert add(Settings()) == ((0, 1, 1), everything)
