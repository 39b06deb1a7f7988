"""The values that the layers exchange: frozen, slotted, and shaped like the JSON that `--json` prints.

Knows nothing about where values come from.
"""

from __future__ import annotations

from ragsys.types.answers import (
    Answer,
    AnswerProfile,
    AnswerStatus,
    AnswerTranslation,
    Citation,
    Decoding,
    IndexRef,
    Measured,
    Message,
    ModelNames,
    Sentence,
)
from ragsys.types.coverage import CopyGroup, CoverageReport, Covered, SyncedRoot
from ragsys.types.documents import (
    AddReport,
    Document,
    DocumentRef,
    Extraction,
    Failure,
    Heading,
    Member,
    Metadata,
    Moved,
    Passage,
    Place,
    Rehearsed,
    Scalar,
    SourceText,
    TextDocument,
    place_of,
)
from ragsys.types.searching import (
    Coverage,
    Hit,
    Scores,
    SearchResult,
    Space,
    Status,
    VectorsStatus,
)

__all__ = [
    "AddReport",
    "Answer",
    "AnswerProfile",
    "AnswerStatus",
    "AnswerTranslation",
    "Citation",
    "CopyGroup",
    "Coverage",
    "CoverageReport",
    "Covered",
    "Decoding",
    "Document",
    "DocumentRef",
    "Extraction",
    "Failure",
    "Heading",
    "Hit",
    "IndexRef",
    "Measured",
    "Member",
    "Message",
    "Metadata",
    "ModelNames",
    "Moved",
    "Passage",
    "Place",
    "Rehearsed",
    "Scalar",
    "Scores",
    "SearchResult",
    "Sentence",
    "SourceText",
    "Space",
    "Status",
    "SyncedRoot",
    "TextDocument",
    "VectorsStatus",
    "place_of",
]
