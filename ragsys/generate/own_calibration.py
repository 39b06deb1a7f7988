"""An index's own calibration: the file beside its database, what it was made with, and whether that still holds.

The file is small JSON and replaced as a whole. What it was made with is compared before it is used: numbers of another
embedder, analyzer or set of signals mean something else.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from ragsys.errors import CalibrationError
from ragsys.generate.calibration import FILE, Calibration, shipped_calibration
from ragsys.generate.signals import VERSION, Signals
from ragsys.indexes.analyzer import VERSION as ANALYZER
from ragsys.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ragsys.types import Space

__all__ = ["STALE", "MadeWith", "OwnCalibration", "calibration_for", "made_with", "read_own", "remove_own", "write_own"]

STALE = "calibration-stale"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What the numbers depend on: embedder and its space, reranker, the analyzer of words, and how signals are made."""

    embedder: str
    space: str
    reranker: str
    analyzer: str
    signals: str


def made_with(space: Space, *, reranker: str = "") -> MadeWith:
    """What a calibration made now, with vectors of `space`, would be made with."""
    names = " ".join((VERSION, *(field.name for field in fields(Signals))))
    return MadeWith(space.model, space.digest, reranker, ANALYZER, hashlib.sha256(names.encode()).hexdigest()[:12])


@dataclass(frozen=True, slots=True)
class OwnCalibration:
    """The calibrations of an index by language, with their provenance.

    `data` says what they were fitted on (name, digest, questions, whether they are labelled), `point` what was aimed
    at, `versions` which ragsys; `assumption` is what the measured shares rest on.
    """

    languages: Mapping[str, Calibration]
    made_with: MadeWith
    data: Mapping[str, Any]
    point: Mapping[str, Any]
    date: str
    versions: Mapping[str, str]
    assumption: str

    def content(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "format": _FORMAT,
            "languages": {language: row.row() for language, row in self.languages.items()},
            "made_with": asdict(self.made_with),
            "data": dict(self.data),
            "point": dict(self.point),
            "date": self.date,
            "versions": dict(self.versions),
            "assumption": self.assumption,
        }


def write_own(folder: Path, own: OwnCalibration) -> Path:
    """Put the file into the index's folder, whole or not at all. Raises `CalibrationError` where it cannot be."""
    target = folder / FILE
    temporary = folder / f"{FILE}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(own.content(), file, ensure_ascii=False, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise CalibrationError(f"{target} cannot be written: {error.strerror}") from None
    return target


def remove_own(folder: Path) -> bool:
    """Remove the file; whether there was one. Raises `CalibrationError` where it cannot be removed."""
    try:
        (folder / FILE).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise CalibrationError(f"{folder / FILE} cannot be removed: {error.strerror}") from None
    return True


def read_own(folder: Path) -> OwnCalibration | None:
    """The index's own calibration, or None. Raises `CalibrationError` for a file that is none."""
    path = folder / FILE
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        if whole["format"] != _FORMAT:
            raise CalibrationError(f"{path} has the format {whole['format']}, and this version reads {_FORMAT}")
        label = f"{whole['date']} {str(whole['data']['digest'])[:12]}"
        return OwnCalibration(
            languages={
                language: Calibration.parse(f"own/{language} {label}", row)
                for language, row in whole["languages"].items()
            },
            made_with=MadeWith(**whole["made_with"]),
            data=dict(whole["data"]),
            point=dict(whole["point"]),
            date=str(whole["date"]),
            versions=dict(whole["versions"]),
            assumption=str(whole["assumption"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CalibrationError(f"{path} is no calibration: {type(error).__name__}") from None


def calibration_for(folder: Path, language: str, now: MadeWith) -> tuple[Calibration, tuple[Notice, ...]]:
    """The calibration of a question's language: the index's own where it has one that fits, or the shipped one.

    A notice says so where the index has one that does not fit, and is not used.
    """
    shipped = shipped_calibration(language, now.embedder)
    try:
        own = read_own(folder)
    except CalibrationError as error:
        return shipped, (Notice(STALE, f"{error.message}; the calibration that comes with ragsys is used"),)
    if own is None or language not in own.languages:
        return shipped, ()
    mine = own.languages[language]
    differing = [
        field.name for field in fields(MadeWith) if getattr(own.made_with, field.name) != getattr(now, field.name)
    ]
    if not differing and set(mine.weights) <= set(Signals.__slots__):
        return mine, ()
    text = (
        f"this index's calibration of {own.date} was made with other {' and '.join(differing) or 'signals'}: the one "
        "that comes with ragsys is used; run `ragsys calibrate` again, or `ragsys calibrate --reset`"
    )
    return shipped, (Notice(STALE, text),)
