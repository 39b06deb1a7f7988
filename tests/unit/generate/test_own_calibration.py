"""An index's own calibration: written whole, read back, and never used where it does not fit."""

import json
from dataclasses import replace

import pytest

from ragsys.errors import CalibrationError
from ragsys.generate.calibration import FILE, shipped_calibration
from ragsys.generate.own_calibration import (
    STALE,
    OwnCalibration,
    calibration_for,
    made_with,
    read_own,
    remove_own,
    write_own,
)
from ragsys.generate.signals import Signals
from ragsys.types import Space

NOW = made_with(Space("hash", "0" * 64, 8))


def own(**changes):
    """A calibration of English that fits what is in use now."""
    row = replace(
        shipped_calibration("en", "any"), threshold=0.77, weights=dict.fromkeys(Signals.__slots__, 0.5), name="own/en"
    )
    given = OwnCalibration({"en": row}, NOW, {"name": "set", "digest": "ab" * 32}, {}, "2026-11-24", {}, "as these")
    return replace(given, **changes)


def test_it_is_used_from_then_on_and_named(tmp_path):
    """What was written is what is used, under a name with its date and its data; another language keeps what ships."""
    write_own(tmp_path, own())
    found, notices = calibration_for(tmp_path, "en", NOW)
    assert (found.threshold, found.name, notices) == (0.77, "own/en 2026-11-24 abababababab", ())
    assert calibration_for(tmp_path, "zh", NOW) == (shipped_calibration("zh", "any"), ())
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("changed", ["embedder", "space", "reranker", "analyzer", "signals"])
def test_one_that_was_made_with_something_else_is_not_used_silently(tmp_path, changed):
    """The shipped one is used, and a notice with a code of its own says what differs."""
    write_own(tmp_path, own())
    found, (notice,) = calibration_for(tmp_path, "en", replace(NOW, **{changed: "another"}))
    assert found.name.startswith("shipped/en/")
    assert notice.code == STALE
    assert changed in notice.message


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"format": 99}', '{"format": 1}', "null", '"x"', '{"format": 1, "languages": {"en": 1}}'],
)
def test_a_damaged_file_is_a_typed_error_and_answers_go_on(tmp_path, content):
    """Reading it says what is wrong; answering says so and takes what ships."""
    (tmp_path / FILE).write_text(content)
    with pytest.raises(CalibrationError):
        read_own(tmp_path)
    found, (notice,) = calibration_for(tmp_path, "en", NOW)
    assert (found.name, notice.code) == ("shipped/en/any", STALE)


def test_numbers_that_are_none_are_refused(tmp_path):
    """A weight or a threshold that is not a finite number makes no calibration."""
    write_own(tmp_path, own())
    whole = json.loads((tmp_path / FILE).read_text())
    whole["languages"]["en"]["threshold"] = float("nan")
    (tmp_path / FILE).write_text(json.dumps(whole))
    with pytest.raises(CalibrationError):
        read_own(tmp_path)


def test_it_can_be_taken_back(tmp_path):
    """Removed, what ships is used again without a word; removing nothing is no error."""
    write_own(tmp_path, own())
    assert remove_own(tmp_path)
    assert not remove_own(tmp_path)
    assert calibration_for(tmp_path, "en", NOW) == (shipped_calibration("en", "any"), ())


def test_a_folder_that_cannot_be_written_is_a_typed_error(tmp_path):
    """Where the file cannot be put, it says so and leaves nothing behind."""
    (tmp_path / FILE).mkdir()
    with pytest.raises(CalibrationError):
        write_own(tmp_path, own())
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
