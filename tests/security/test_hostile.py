"""Every file of tests/support/hostile_files.py through the real pipeline: an outcome with a code of its own, or text.

What each costs is measured by bench/hostile.py. Here the limits are the default ones, and the outcome shows which of
them held.
"""

from __future__ import annotations

import os

import hostile_files
import pytest

from ragsys.config import Settings
from ragsys.indexes import Index
from ragsys.ingest import Pipeline
from ragsys.testing import HashEmbedder

# What has to become of each: codes under any source of the file, and how many documents. None: text or a code, as the
# format's parser has it, and never "document", which is for what nobody thought of.
EXPECTED = {
    "zip-levels": (["archive-too-large"], 0),
    "zip-droste": (["nested-too-deeply"], 0),
    "zip-overlap": (["archive-damaged"], 0),
    "zip-wide": (["archive-too-large", "file-binary"], 0),
    "zip-many": (["too-many-members"], 0),
    "gzip-thousandfold": (["archive-too-large"], 0),
    "gzip-twice": (["archive-too-large"], 0),
    "bzip2-bomb": (["archive-too-large"], 0),
    "xz-bomb": (["archive-too-large"], 0),
    "xz-dictionary": (["archive-damaged"], 0),
    "tar-bomb": (["archive-too-large", "file-binary"], 0),
    "tar-sparse": (["member-refused"], 0),
    "tar-digits": (["archive-damaged"], 0),
    "zip-size-lie": (["archive-damaged"], 0),
    "zip-checksum-lie": (["archive-damaged"], 1),
    "zip-encrypted": (["member-encrypted"], 1),
    "zip-traversal": ([], 6),
    "zip-symlink": (["member-refused"], 1),
    "tar-links": (["member-refused"], 2),
    "pdf-flate-chain": (["parser-memory"], 0),
    "pdf-operators": (["pdf-no-text"], 0),
    "pdf-xref-loop": (["pdf-damaged"], 0),
    "pdf-million-pages": (["pdf-too-long"], 0),
    "pdf-same-page": (["pdf-too-long"], 0),
    "pdf-tree-loop": (["pdf-damaged"], 0),
    "pdf-bookmarks": ([], 1),
    "pdf-bookmark-loop": ([], 1),
    "html-deep": (["nested-too-deeply"], 0),
    "svg-laughs": (["entities-refused"], 0),
    "xml-outside": (["entities-refused"], 0),
    "xml-deep": (["nested-too-deeply"], 0),
    "json-deep": (["nested-too-deeply"], 0),
    "mail-deep": (["nested-too-deeply"], 0),
    "mail-messages": (["nested-too-deeply"], 5),
    "html-style": ([], 1),
    "html-tables": ([], 1),
    "xml-tables": ([], 1),
    "polyglot-pdf-zip": ([], 1),
    "polyglot-zip-pdf": ([], 1),
    "nul-flood": (["file-binary"], 0),
    "line-long": ([], 1),
    "truncated-zip-wide": (["archive-damaged"], 0),
    "truncated-tar-bomb": (["archive-too-large", "file-binary"], 0),
    "truncated-docx-deep": (["archive-damaged"], 0),
    "truncated-pdf-same-page": (["pdf-damaged"], 0),
    "truncated-xz-bomb": (["archive-too-large"], 0),
    "truncated-bzip2-bomb": (["archive-damaged"], 0),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """The codes and the number of documents of each kind, all added at once, and the folder."""
    folder = tmp_path_factory.mktemp("hostile") / "docs"
    folder.mkdir()
    for name, build in hostile_files.KINDS.items():
        (folder / name).write_bytes(build())
    with Index.open(folder.parent / "index", create=True) as index:
        report = Pipeline(index, HashEmbedder(dim=8), Settings()).add([folder])
        with index.read() as view:
            documents = [document.source for document in view.documents()]
    found = {name.split(".")[0]: (set(), []) for name in hostile_files.KINDS}
    for failure in report.failed:
        found[_kind(failure.source, folder)][0].add(failure.code)
    for source in documents:
        found[_kind(source, folder)][1].append(source)
    return found, folder


def _kind(source, folder):
    return os.path.relpath(source, folder).split(".")[0]


@pytest.mark.parametrize("name", [name.split(".")[0] for name in hostile_files.KINDS])
def test_each_is_refused_by_its_own_code_or_is_text(outcomes, name):
    """The run goes on to its end; a bomb is an outcome that says which limit held; nobody is surprised."""
    codes, documents = outcomes[0][name]
    assert codes or documents
    assert "document" not in codes
    assert "parser-died" not in codes
    if name in EXPECTED:
        assert (sorted(codes), len(documents)) == (EXPECTED[name][0], EXPECTED[name][1])


def test_nothing_outside_was_touched_or_read(outcomes):
    """No file was written, no name leads out of its archive, and no text of another file is in the index."""
    found, folder = outcomes
    assert {path.name for path in folder.iterdir()} == set(hostile_files.KINDS)
    for _, documents in found.values():
        for source in documents:
            assert ".." not in source
            assert source.startswith(f"{folder}/")
    with Index.open(folder.parent / "index") as index, index.read() as view:
        assert not [d.source for d in view.documents() if "root:" in view.text(d.id)]
