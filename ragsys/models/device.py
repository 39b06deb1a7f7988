"""Which device torch models run on: the one that was asked for, if it is there, or the best that there is."""

from __future__ import annotations

import re

from ragsys.errors import ConfigError

__all__ = ["pick_device"]

_DEVICE = re.compile(r"cpu|mps|cuda(:(?P<number>\d+))?")


def pick_device(setting: str) -> str:
    """The device for a setting; "auto" takes CUDA before Apple's MPS before the CPU.

    Raises:
        ConfigError: no device that ragsys knows, or one that this machine does not have.
    """
    match = _DEVICE.fullmatch(setting)
    if match is None and setting != "auto":
        raise ConfigError(f"device cannot be {setting!r}: it is auto, cpu, cuda (or cuda:1 and so on) or mps")
    if setting == "cpu":
        return setting
    import torch

    if match is None:
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    if setting == "mps":
        there = torch.backends.mps.is_available()
    else:
        there = torch.cuda.is_available() and int(match["number"] or 0) < torch.cuda.device_count()
    if not there:
        raise ConfigError(
            f"this machine has no device {setting}, or torch was built without it", hint="set device to auto or cpu"
        )
    return setting
