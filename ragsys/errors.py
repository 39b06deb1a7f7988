"""Every error that ragsys raises on purpose, each with a stable code, an audience and a next step.

    RagsysError                     code                 exit  HTTP
    ├── UsageError                  usage                   2   400   the caller
    │   ├── ConfigError             config-invalid          2   400
    │   ├── FilterError             filter-invalid          2   400
    │   ├── QueryError              query-invalid           2   400
    │   ├── DatasetError            dataset-invalid         2   400
    │   ├── MeasureError            measure-invalid         2   400
    │   ├── RunError                run-invalid             2   400
    │   ├── ExtraMissingError       extra-missing           2   501   the owner of the machine
    │   └── NotFoundError           not-found               2   404
    ├── IndexStateError             index-state             3   500   the owner of the index
    │   ├── IndexNotFoundError      index-not-found         3   404
    │   ├── IndexBusyError          index-busy              4   503
    │   ├── IndexNewerError         index-newer             3   500
    │   ├── IndexReadOnlyError      index-read-only         3   500
    │   ├── IndexOnNetworkError     index-on-network        3   500
    │   ├── IndexDamagedError       index-damaged           8   500
    │   └── SpaceMismatchError      space-mismatch          3   409
    ├── DiskFullError               disk-full               7   507
    ├── ModelError                  model-error             5   500   the owner of the machine
    │   ├── ModelUnknownError       model-unknown           5   404
    │   ├── ModelMissingError       model-missing           5   503
    │   ├── ModelHashError          model-hash              5   500
    │   ├── ModelRejectedError      model-rejected          5   500
    │   ├── DownloadError           download-failed         6   502
    │   └── OfflineError            offline                 6   503
    ├── GenerationError             generation-failed       5   500   the asker
    └── DocumentError               document                1   422   whoever added the file
        ├── EmptyFileError          file-empty
        ├── BinaryFileError         file-binary
        ├── UnsupportedTypeError    file-type-unsupported
        ├── FileTooLargeError       file-too-large
        ├── FileNameError           file-name-invalid
        ├── FileUnreadableError     file-unreadable
        ├── FileVanishedError       file-vanished
        ├── FileChangedError        file-changed
        ├── LinkRefusedError        link-refused
        ├── EncodingError           encoding-unknown
        ├── PdfDamagedError         pdf-damaged
        ├── PdfEncryptedError       pdf-encrypted
        ├── PdfNoTextError          pdf-no-text
        └── NoTextError             no-text

A `DocumentError` never ends a batch: the pipeline turns it into an outcome that `ragsys status` keeps
showing until the file succeeds. Codes are part of the public interface: they may be added, not renamed.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BinaryFileError", "ConfigError", "DatasetError", "DiskFullError", "DocumentError", "DownloadError",
    "EmptyFileError", "EncodingError", "ExtraMissingError", "FileChangedError", "FileNameError",
    "FileTooLargeError", "FileUnreadableError", "FileVanishedError", "FilterError", "GenerationError",
    "IndexBusyError", "IndexDamagedError", "IndexNewerError", "IndexNotFoundError", "IndexOnNetworkError",
    "IndexReadOnlyError", "IndexStateError", "LinkRefusedError", "MeasureError", "ModelError", "ModelHashError",
    "ModelMissingError", "ModelRejectedError", "ModelUnknownError", "NoTextError", "NotFoundError", "OfflineError",
    "PdfDamagedError", "PdfEncryptedError", "PdfNoTextError", "QueryError", "RagsysError", "RunError",
    "SpaceMismatchError", "UnsupportedTypeError", "UsageError",
]  # fmt: skip


class RagsysError(Exception):
    """Base of all deliberate errors: what happened, and in `hint` what to do next."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    hint: str = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint

    @property
    def message(self) -> str:
        """What happened, in one sentence, without the hint."""
        return str(self.args[0])


class UsageError(RagsysError):
    """The request itself cannot be carried out as it was made."""

    code = "usage"
    exit_code = 2
    http_status = 400


class ConfigError(UsageError):
    """A setting has a value that it cannot have."""

    code = "config-invalid"
    hint = "run `ragsys config show` to see each setting, its value and where it came from"


class FilterError(UsageError):
    """A `--filter` expression does not parse."""

    code = "filter-invalid"
    hint = "for example: --filter 'source ~ \"*/notes/*\" AND year >= 2020'"


class QueryError(UsageError):
    """A query is empty, or longer than the embedder can read."""

    code = "query-invalid"


class DatasetError(UsageError):
    """An evaluation set that cannot be read, or that does not fit the index it is used on."""

    code = "dataset-invalid"
    hint = "run `ragsys eval retrieval --help` for the layouts that are read"


class MeasureError(UsageError):
    """A measure that nobody here computes."""

    code = "measure-invalid"
    hint = "use the names of ir-measures, for example nDCG@10, R@100, RR@10, AP, P@5, Success@5, or AnswerR@5"


class RunError(UsageError):
    """A saved run that cannot be read, or runs that cannot be compared."""

    code = "run-invalid"
    hint = "name a folder that `ragsys eval retrieval` or `ragsys eval qa` wrote with --run"


class ExtraMissingError(UsageError):
    """Something that is installed on request only, and is not here."""

    code = "extra-missing"
    http_status = 501


class NotFoundError(UsageError):
    """A document or passage that was named is not in the index."""

    code = "not-found"
    http_status = 404
    hint = "run `ragsys list` to see what is indexed"


class IndexStateError(RagsysError):
    """The index directory is not in a state in which this can be done."""

    code = "index-state"
    exit_code = 3


class IndexNotFoundError(IndexStateError):
    """There is no index where one was looked for."""

    code = "index-not-found"
    http_status = 404
    hint = "run `ragsys add PATH` to create one, or name one with --index or RAGSYS_INDEX"


class IndexBusyError(IndexStateError):
    """Another process is writing to the index."""

    code = "index-busy"
    exit_code = 4
    http_status = 503
    hint = "wait for the other writer to finish, then run the command again"


class IndexNewerError(IndexStateError):
    """The index was written by a newer version of ragsys."""

    code = "index-newer"
    hint = "upgrade ragsys; an older version never changes a newer index"


class IndexReadOnlyError(IndexStateError):
    """The index directory cannot be written to."""

    code = "index-read-only"
    hint = "check the owner and the permissions of the directory, or choose another with --index"


class IndexOnNetworkError(IndexStateError):
    """The index directory lies on a network file system, where SQLite's write-ahead log is not safe."""

    code = "index-on-network"
    hint = "keep the index on a local disk: name one with --index or RAGSYS_INDEX; documents may lie anywhere"


class IndexDamagedError(IndexStateError):
    """The SQLite database itself is damaged: truth, not a derivative."""

    code = "index-damaged"
    exit_code = 8
    hint = "run `ragsys doctor` for the details; restore a backup, or add the documents to a new index"


class SpaceMismatchError(IndexStateError):
    """The index holds vectors of another embedder than the configured one."""

    code = "space-mismatch"
    http_status = 409
    hint = "use the embedder that the index was built with, or build a new index with --index"


class DiskFullError(RagsysError):
    """The disk filled up; what had been acknowledged before is safe."""

    code = "disk-full"
    exit_code = 7
    http_status = 507
    hint = "free some space and run the command again: it goes on where it stopped"


class ModelError(RagsysError):
    """A model cannot be had or used."""

    code = "model-error"
    exit_code = 5


class ModelUnknownError(ModelError):
    """A model name that is neither in the catalogue, nor a folder, nor a hub id."""

    code = "model-unknown"
    http_status = 404
    hint = "run `ragsys models list` to see the catalogue"


class ModelMissingError(ModelError):
    """A model that is known but not on this machine."""

    code = "model-missing"
    http_status = 503


class ModelHashError(ModelError):
    """A model file whose bytes are not the pinned ones."""

    code = "model-hash"
    hint = "run `ragsys models pull NAME --force` to fetch it again; never use the file as it is"


class ModelRejectedError(ModelError):
    """A converted model that does not agree with its reference closely enough to be used."""

    code = "model-rejected"


class DownloadError(ModelError):
    """A download that failed; what had arrived is kept and resumed."""

    code = "download-failed"
    exit_code = 6
    http_status = 502
    hint = "check the network and run the command again: it resumes where it stopped"


class OfflineError(ModelError):
    """Something asked for the network while ragsys is offline."""

    code = "offline"
    exit_code = 6
    http_status = 503
    hint = "run it once without --offline (and without RAGSYS_OFFLINE=1)"


class GenerationError(RagsysError):
    """The generator could not produce an answer."""

    code = "generation-failed"
    exit_code = 5


class DocumentError(RagsysError):
    """One file that could not be ingested; the rest of the batch goes on."""

    code = "document"
    http_status = 422


class EmptyFileError(DocumentError):
    """A file of zero bytes, or of nothing but a byte order mark."""

    code = "file-empty"


class BinaryFileError(DocumentError):
    """A file that claims to be text and is not."""

    code = "file-binary"


class UnsupportedTypeError(DocumentError):
    """A file of a kind that no parser reads."""

    code = "file-type-unsupported"


class FileTooLargeError(DocumentError):
    """A file beyond the configured limit."""

    code = "file-too-large"
    hint = "raise the limit with RAGSYS_MAX_FILE_BYTES, or split the file"


class FileNameError(DocumentError):
    """A file or folder whose name is not valid Unicode, so that no index could hold it."""

    code = "file-name-invalid"
    hint = "rename it; names in an older encoding can be converted, for example with convmv"


class FileUnreadableError(DocumentError):
    """A file that the operating system does not let us read."""

    code = "file-unreadable"
    hint = "check the permissions of the file"


class FileVanishedError(DocumentError):
    """A file that disappeared between being found and being read."""

    code = "file-vanished"


class FileChangedError(DocumentError):
    """A file that kept changing while it was read."""

    code = "file-changed"
    hint = "add it again when nothing writes to it"


class LinkRefusedError(DocumentError):
    """A link that leads out of the folder that was added, or back into itself."""

    code = "link-refused"
    hint = "add the target of the link by its own path"


class EncodingError(DocumentError):
    """A text file whose encoding could not be told with confidence."""

    code = "encoding-unknown"
    hint = "convert the file to UTF-8"


class PdfDamagedError(DocumentError):
    """A PDF that cannot be opened."""

    code = "pdf-damaged"


class PdfEncryptedError(DocumentError):
    """A PDF that needs a password."""

    code = "pdf-encrypted"
    hint = "save a copy without the password"


class PdfNoTextError(DocumentError):
    """A PDF whose pages carry no text, a scan most often."""

    code = "pdf-no-text"
    hint = "run it through OCR first, for example with ocrmypdf"


class NoTextError(DocumentError):
    """A file that was read and has no text in it."""

    code = "no-text"
