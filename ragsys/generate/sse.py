"""Server-sent events: bytes as they arrive to the data of each event. Knows nothing of HTTP.

After the HTML standard, section 9.2.6 ("Interpreting an event stream"); names, ids and waiting times are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["events"]

_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")


def events(chunks: Iterable[bytes], *, longest: int = 1 << 18) -> Iterator[str]:
    r"""Yield the data of each event; one that the end cuts off is yielded as well, for whoever reads it to judge.

    Raises:
        ValueError: an event of more than `longest` bytes, or one that is not UTF-8.

    >>> list(events([b": hello\n\nda", b"ta: one\r\n\r", b"\ndata: two\ndata: lines\n\n"]))
    ['one', 'two\nlines']
    """
    held = b""
    data: list[str] = []
    size = 0
    for chunk in chunks:
        *lines, held = _LINE_END.split(held + chunk)
        for line in lines:
            size += len(line)
            if not line:
                if data:
                    yield "\n".join(data)
                data, size = [], 0
            elif line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" ").decode("utf-8"))
        if size + len(held) > longest:
            raise ValueError(f"an event of more than {longest} bytes")
    if held.startswith(b"data:"):
        data.append(held[5:].strip().decode("utf-8"))
    if data:
        yield "\n".join(data)
