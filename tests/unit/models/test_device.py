"""Devices: the best there is, or the one that was asked for, or a typed error."""

from __future__ import annotations

import pytest
import torch

from ragsys.errors import ConfigError
from ragsys.models.device import pick_device


def test_auto_takes_the_best_that_is_there() -> None:
    """CUDA before MPS before the CPU, as torch reports them."""
    best = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert pick_device("auto") == best
    assert pick_device("cpu") == "cpu"


@pytest.mark.parametrize("setting", ["tpu", "", "cuda:x", "cuda:-1", "CPU", "gpu0"])
def test_an_unknown_device_is_a_typed_error(setting: str) -> None:
    """What is no device is refused, and the error lists what is."""
    with pytest.raises(ConfigError, match="auto, cpu, cuda"):
        pick_device(setting)


@pytest.mark.parametrize(
    ("setting", "there"),
    [
        ("mps", torch.backends.mps.is_available()),
        ("cuda", torch.cuda.is_available()),
        ("cuda:99", torch.cuda.device_count() > 99),
    ],
)
def test_a_device_that_is_not_there_is_a_typed_error(setting: str, there: bool) -> None:  # noqa: FBT001
    """A device that this machine lacks is refused by name, with a next step."""
    if there:
        assert pick_device(setting) == setting
        return
    with pytest.raises(ConfigError, match=f"no device {setting}") as caught:
        pick_device(setting)
    assert "cpu" in caught.value.hint
