"""The root of all deliberate errors."""

from __future__ import annotations

from typing import ClassVar

__all__ = ["RagsysError"]


class RagsysError(Exception):
    """Base of all deliberate errors: what happened, and in `hint` what to do next."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    hint: str = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint

    @property
    def message(self) -> str:
        """What happened, in one sentence, without the hint."""
        return str(self.args[0])
