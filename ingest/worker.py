"""The process that reads files: one after another from standard input, documents to standard output.

It is started by isolation.py and gives up what it can before the first file (confinement.py). Parsers are known to it
by name and imported when a file needs them; nothing of models, vectors or storage ever is.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from ragsys.errors import OcrFailedError, ParserMemoryError, TextTooLargeError
from ragsys.ingest.confinement import allow, confine, leave_network, size_now
from ragsys.ingest.parsers import PARSERS
from ragsys.ingest.unpack import Unpacking
from ragsys.ingest.wire import (
    BEYOND,
    Begun,
    Ended,
    Piece,
    Recognised,
    Refused,
    Request,
    Shown,
    encode_reply,
    receive,
    send,
)

if TYPE_CHECKING:
    from typing import BinaryIO

    from ragsys.ingest.wire import Reply

__all__ = ["main"]

# Native parsers need address space for each byte of a file: a PDF is held, its streams are unpacked.
_FOR_EACH_BYTE, _FOR_EACH_MEMBER_BYTE = 16, 4
_LONGEST_REQUEST = 1024 * 1024
_NO_LIMIT = 2**62


def main() -> None:
    """Serve requests until standard input ends, or this process has grown."""
    leave_network()
    # What a parser prints must not come between the frames.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = os.fdopen(os.dup(0), "rb")
    for home in PARSERS.values():
        import_module(home.partition(":")[0])
    confine()
    base = size_now()
    while (body := receive(requests, _LONGEST_REQUEST)) is not None:
        request = Request.decode(body)
        data = receive(requests, _NO_LIMIT)
        if data is None:
            break
        _serve(data, request, base, requests, replies)
        del data
        last = size_now() > base + request.limits.memory // 2
        send(replies, encode_reply(Ended(last)))
        if last:
            break


def _serve(data: bytes, request: Request, base: int, requests: BinaryIO, replies: BinaryIO) -> None:
    limits = request.limits
    at = 0

    def prepare(size: int) -> None:
        nonlocal at
        at = size
        memory = base + limits.memory + _FOR_EACH_BYTE * len(data) + _FOR_EACH_MEMBER_BYTE * size
        allow(memory, limits.allowance(len(data)))

    def recognise(image: bytes) -> list[str]:
        send(replies, encode_reply(Shown(len(image))))
        send(replies, image)
        body = receive(requests, _NO_LIMIT)
        if body is None:
            raise OcrFailedError("nobody is there any more to recognise its text")
        found = Recognised.decode(body)
        if found.error is not None:
            raise found.error
        prepare(at)  # each page that is drawn takes its own time
        return found.pages

    recogniser = recognise if request.recognises else None
    for reply in Unpacking(data, request, prepare, recogniser).replies():
        try:
            _reply(reply, limits.text_bytes, replies)
        except MemoryError:
            # The reply is still held here; its encoded form is not.
            gc.collect()
            member = reply.member if isinstance(reply, Piece | Begun | Refused) else ""
            error = ParserMemoryError(f"{member or request.name} holds more text than fits into the memory it may take")
            send(replies, encode_reply(Refused(member, error)))


def _reply(reply: Reply, text_bytes: int, replies: BinaryIO) -> None:
    body = encode_reply(reply)
    if isinstance(reply, Piece) and len(body) > text_bytes + BEYOND:
        at = reply.member or "it"
        body = encode_reply(Refused(reply.member, TextTooLargeError(f"{at} gives {len(body)} bytes of text")))
    send(replies, body)


if __name__ == "__main__":
    sys.exit("this is started by ragsys.ingest.isolation")
