"""Figures of the last measurement: kept by model, of this machine only, and never in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ragsys.errors import ModelError
from ragsys.models import Speed, keep_speed, kept_speeds

if TYPE_CHECKING:
    from pathlib import Path

_SPEED = Speed("babble", "generator", 1.5, 10**9, "cpu", 2, "00", "2026-11-24", tokens_per_second=7.5)


def test_the_last_figures_of_each_model_are_kept(tmp_path: Path) -> None:
    """A new measurement takes the place of the model's older one; those of another machine are not ours."""
    assert kept_speeds(tmp_path) == {}
    keep_speed(_SPEED, tmp_path)
    keep_speed(replace(_SPEED, model="words", kind="embedder"), tmp_path)
    keep_speed(replace(_SPEED, tokens_per_second=8.0), tmp_path)
    keep_speed(replace(_SPEED, model="elsewhere", machine="another"), tmp_path)
    kept = kept_speeds(tmp_path)
    assert sorted(kept) == ["babble", "words"]
    assert kept["babble"] == replace(_SPEED, tokens_per_second=8.0)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"babble": 7}', '{"babble": {"model": "babble"}}'])
def test_a_damaged_file_is_no_figures(tmp_path: Path, text: str) -> None:
    """It is written anew at the next measurement."""
    (tmp_path / "measured.json").write_text(text)
    assert kept_speeds(tmp_path) == {}
    keep_speed(_SPEED, tmp_path)
    assert kept_speeds(tmp_path) == {"babble": _SPEED}


def test_a_folder_that_cannot_be_written_is_a_typed_error(tmp_path: Path) -> None:
    """Where there is no folder, the error names the next step."""
    with pytest.raises(ModelError, match="cannot write"):
        keep_speed(_SPEED, tmp_path / "nowhere")
