"""The server's log: a line of JSON for each request and each event, on standard error.

Ids, routes, counts and seconds; no query string, no question, no text of a document, no secret.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JsonLines", "log_event", "log_to"]

_log = logging.getLogger("ragsys.server")
_to_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


class JsonLines(logging.Formatter):
    """A record as one line of JSON. Of an exception only its kind and its place are written."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = record.__dict__.get("fields")
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **(fields if isinstance(fields, dict) else {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["at"] = _places(record.exc_info[2])
        return _to_json(line)


def log_to(stream: TextIO) -> None:
    """Send what the server and its libraries log to a stream, once."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    for name in ("ragsys", "uvicorn.error", "opentelemetry"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO if name == "ragsys" else logging.WARNING)
    # It warns of every body that is not well made, in lines of its own; the answer to the request says so.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)


def log_event(event: str, fields: Mapping[str, object], *, failed: BaseException | None = None) -> None:
    """Write an event; `failed` is what went wrong, of which the message is left out."""
    if failed is None:
        if _log.isEnabledFor(logging.INFO):  # nobody asks which line of the program wrote it, and finding that is dear
            about = {"fields": dict(fields)}
            _log.handle(_log.makeRecord(_log.name, logging.INFO, __file__, 0, event, (), None, extra=about))
    else:
        _log.error(event, extra={"fields": dict(fields)}, exc_info=failed)


def _places(traceback: object) -> list[str]:
    """Where an exception came from, innermost last: file and line, no values."""
    import traceback as module
    from types import TracebackType

    if not isinstance(traceback, TracebackType):
        return []
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in module.extract_tb(traceback)[-6:]]
