"""What `ragsys models bench` measured last on this machine, kept in the model folder. Knows not how it is measured."""

from __future__ import annotations

import contextlib
import json
import platform
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from ragsys.models.fetch import cannot_write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Speed", "keep_speed", "kept_speeds"]

_FILE = "measured.json"


@dataclass(frozen=True, slots=True)
class Speed:
    """How quick one model was, and what it took.

    Of a generator: tokens of prompt and of answer per second, and the seconds to the first token of a prompt and of
    the next one, which begins with the same words. Of an embedder: passages per second and milliseconds for a query.
    """

    model: str
    kind: str
    load_seconds: float
    peak_bytes: int | None
    device: str
    threads: int
    weights_sha256: str
    date: str
    prompt_tokens_per_second: float | None = None
    tokens_per_second: float | None = None
    first_token_seconds: float | None = None
    next_first_token_seconds: float | None = None
    passages_per_second: float | None = None
    query_ms: float | None = None
    machine: str = field(default_factory=platform.node)
    versions: Mapping[str, str] = field(default_factory=dict)


def kept_speeds(models_dir: Path) -> dict[str, Speed]:
    """The last figures of each model that were measured on this machine; none where the file cannot be read."""
    found = {}
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        for row in json.loads((models_dir / _FILE).read_text(encoding="utf-8")).values():
            speed = Speed(**row)
            if speed.machine == platform.node():
                found[speed.model] = speed
    return found


def keep_speed(speed: Speed, models_dir: Path) -> None:
    """Keep figures in place of the model's earlier ones. Raises `ModelError` or `DiskFullError` if it cannot."""
    kept = {**kept_speeds(models_dir), speed.model: speed}
    target = models_dir / _FILE
    try:
        temporary = target.with_suffix(".tmp")
        text = json.dumps({name: asdict(row) for name, row in sorted(kept.items())}, indent=2)
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise cannot_write(target, error) from None
