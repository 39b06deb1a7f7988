"""What people ask of their documents, one file each: every task reads through a `Workspace` and yields values."""

from __future__ import annotations

from ragsys.tasks.workspace import Workspace

__all__ = ["Workspace"]
