"""A document that comes as bytes under a name, as from standard input: sniffed and parsed like a file, at no path."""

from __future__ import annotations

import hashlib
import time
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, EmptyFileError, FileTooLargeError, UsageError
from ragsys.ingest.batch import Parsed
from ragsys.ingest.discover import document_id
from ragsys.ingest.given import Beside, Says, checked_tags
from ragsys.ingest.intake import intake
from ragsys.ingest.pipeline import read_content
from ragsys.ingest.reading import Content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.config import Settings
    from ragsys.indexes import Index
    from ragsys.ingest.intake import Intake
    from ragsys.protocols import Embedder
    from ragsys.types import AddReport, Scalar

__all__ = ["add_bytes"]

_NO_TIME = -1


def add_bytes(
    index: Index,
    embedder: Embedder,
    settings: Settings,
    data: bytes,
    *,
    name: str | None = None,
    acl: Sequence[str] | None = None,
    tags: Mapping[str, Scalar | None] | None = None,
) -> AddReport:
    """Store `data` as the document `name`; without one, under a name made of its content.

    What `name` ends in decides between kinds of text, as a file's does. A document that cannot be read is a failure of
    the report.

    Raises:
        UsageError: a name that is the path of a file or cannot be stored, or a bad tag.
        IndexBusyError, SpaceMismatchError, DiskFullError: as `Pipeline.add`.
    """
    began = time.perf_counter()
    sha256 = hashlib.sha256(data).hexdigest()
    source = _checked(f"stdin:{sha256[:12]}" if name is None else name)
    said = Beside({source: Says(checked_tags(tags or {}))})
    with intake(index, embedder, settings, acl=acl, beside=said) as run:
        run.begin(source)
        try:
            _take(run, source, Content(data, sha256, len(data), _NO_TIME), settings)
        except DocumentError as error:
            run.fail(source, error)
    return run.result(began)


def _take(run: Intake, source: str, content: Content, settings: Settings) -> None:
    """Unchanged, or waiting for its vectors. Raises a `DocumentError`."""
    if not content.data:
        raise EmptyFileError("there was nothing to read")
    if content.size > settings.max_file_bytes:
        raise FileTooLargeError(f"it has more than {settings.max_file_bytes} bytes")
    known = run.known.get(document_id(source))
    if known is not None and known.sha256 == content.sha256 and known.chunking in run.recipes(source):
        run.unchanged(source)
        return
    name = PurePath(source).name
    piece = read_content(content, name, settings)
    parsed = Parsed(source, content.sha256, content.size, content.mtime_ns, piece.parser, piece.extraction)
    run.take(run.prepare(parsed))


def _checked(name: str) -> str:
    """A name that is no path of a file. Raises `UsageError`."""
    if not name.strip() or "\0" in name or PurePath(name).is_absolute():
        raise UsageError(
            "a name is such as tickets/4711.md: neither empty nor the path of a file", hint="say another --name"
        )
    return name
