"""Access control: which documents a searcher may see, as a condition inside both legs.

A document carries principals, names such as `user:ann` or `group:lab`; `*` is everyone. An index in which no document
carries any is open. Once one does, whatever is not granted is denied: a document without principals to everyone, and a
searcher without a name everything but what `*` may see. Does not know who anybody is: the caller vouches for the names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from ragsys.errors import UsageError
from ragsys.indexes.schema import document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

__all__ = ["EVERYONE", "check_principals", "visible"]

EVERYONE = "*"
_LONGEST, _MOST = 200, 500


def check_principals(principals: Iterable[str]) -> tuple[str, ...]:
    """The names, sorted and each once. Raises `UsageError` for one that is empty, too long or not printable."""
    names = tuple(sorted(set(principals)))
    for name in names:
        if not name.strip() or len(name) > _LONGEST or not name.isprintable():
            raise UsageError(f"{name!r} cannot be a principal", hint="use names such as user:ann, group:lab or *")
    if len(names) > _MOST:
        raise UsageError(f"{len(names)} principals; at most {_MOST} are read")
    return names


def visible(principals: Iterable[str]) -> ColumnElement[bool]:
    """The condition on `indexes.schema.document` that one of the principals, or everyone, may see it."""
    granted = func.json_each(document.c.acl).table_valued("value")
    return exists(select(1).select_from(granted).where(granted.c.value.in_([*principals, EVERYONE])))
