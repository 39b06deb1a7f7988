"""Results as plain values, as JSON is made of them. Knows nothing of who writes the JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

__all__ = ["as_data"]


def as_data(value: Any) -> Any:
    """A result as plain JSON values: dataclasses become objects, tuples lists, sets sorted ones."""
    if value is None or isinstance(value, str | int | float):  # nearly everything is
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_data(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_data(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(as_data(item) for item in value)
    if isinstance(value, list | tuple):
        return [as_data(item) for item in value]
    return value
