"""The index, or the disk that it lies on, is not in a state to do this."""

from __future__ import annotations

from ragsys.errors.base import RagsysError

__all__ = [
    "DiskFullError",
    "IndexBusyError",
    "IndexDamagedError",
    "IndexNewerError",
    "IndexNotFoundError",
    "IndexOnNetworkError",
    "IndexReadOnlyError",
    "IndexStateError",
    "SpaceMismatchError",
]


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
