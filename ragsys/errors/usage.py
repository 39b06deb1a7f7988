"""What the caller asked for cannot be done as it was asked."""

from __future__ import annotations

from ragsys.errors.base import RagsysError

__all__ = [
    "CalibrationError",
    "ConfigError",
    "DatasetError",
    "ExtraMissingError",
    "FilterError",
    "MeasureError",
    "NotFoundError",
    "QueryError",
    "RunError",
    "SchemaError",
    "SessionNotFoundError",
    "UsageError",
]


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


class CalibrationError(UsageError):
    """A calibration that cannot be made from what is there, or a file that is none."""

    code = "calibration-invalid"
    hint = "run `ragsys calibrate` again, or `ragsys calibrate --reset` to go back to what comes with ragsys"


class SchemaError(UsageError):
    """A JSON Schema that cannot be filled: not understood, or too large."""

    code = "schema-invalid"
    hint = "docs/guide.md, Answers as JSON, has what a schema may hold"


class ExtraMissingError(UsageError):
    """Something that is installed on request only, and is not here."""

    code = "extra-missing"
    http_status = 501


class NotFoundError(UsageError):
    """A document or passage that was named is not in the index."""

    code = "not-found"
    http_status = 404
    hint = "run `ragsys list` to see what is indexed"


class SessionNotFoundError(UsageError):
    """A conversation that is not there, or not for whoever asks."""

    code = "session-not-found"
    http_status = 404
    hint = "run `ragsys sessions list` to see the conversations that are kept"
