"""The catalogue: pinned, and asked for by name."""

from __future__ import annotations

import re

import pytest

from ragsys.config import Settings
from ragsys.errors import ModelUnknownError
from ragsys.models import catalogue, entry


def test_every_file_is_pinned() -> None:
    """Each target of each entry has a SHA-256: its own, or the entry's for a file joined from parts."""
    for item in catalogue():
        for wheel in item.wheels:
            for member in wheel.members:
                assert re.fullmatch(r"[0-9a-f]{64}", member.sha256 or item.sha256)


def test_no_target_leaves_its_folder() -> None:
    """A member is written below the model's own folder."""
    targets = [m.target for e in catalogue() for w in e.wheels for m in w.members]
    assert targets
    assert not [t for t in targets if t.startswith("/") or ".." in t]


def test_the_default_models_are_in_it() -> None:
    """The defaults of the settings can be pulled, and are of the right kind."""
    assert entry(Settings().embedder).kind == "embedder"
    assert entry(Settings().generator).kind == "generator"


def test_gemma_shows_its_terms() -> None:
    """A licence with terms of its own carries a notice that is shown at pull."""
    notice = entry("gemma-3-270m").notice
    assert notice is not None
    assert "Gemma Terms of Use" in notice


def test_an_unknown_name_is_a_typed_error() -> None:
    """A name that is not there is a ModelUnknownError."""
    with pytest.raises(ModelUnknownError, match="nonesuch"):
        entry("nonesuch")
