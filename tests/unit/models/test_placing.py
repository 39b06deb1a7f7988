"""How a model comes into its place."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import save_file

from ragsys.models.placing import swap

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(os.name == "nt", reason="there is no umask")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_files_are_as_readable_as_others_of_their_user(tmp_path: Path, umask: int, mode: int) -> None:
    """Whatever wrote them, the files of a model have the mode that the umask gives to a new file."""
    before = os.umask(umask)
    try:
        building, place = tmp_path / "m.building", tmp_path / "m"
        (building / "1_Pooling").mkdir(parents=True)
        save_file({"w": np.zeros(2, np.float32)}, building / "model.safetensors")
        (building / "1_Pooling" / "config.json").write_text("{}")
        (building / "1_Pooling" / "config.json").chmod(0o600)
        swap(building, place)
    finally:
        os.umask(before)
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.rglob("*") if path.is_file()}
    assert files == {"model.safetensors": mode, "config.json": mode}
