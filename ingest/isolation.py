"""Files are read in another process, which can be killed: this side of it.

A parser that crashes, hangs or takes all memory is the outcome of its file. The process is started for the first file
and fed one after another; it is ended and started again where it dies, takes too long, or has grown. What it may do
is for confinement.py. Wall-clock time is kept here, and only while something is waited for.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, OcrMissingError, ParserDiedError, ParserMemoryError, ParserTimeoutError
from ragsys.ingest.parsers.json_records import Fields
from ragsys.ingest.wire import BEYOND, Begun, Ended, Recognised, Refused, Request, Shown, decode_reply, receive, send
from ragsys.stages import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

    from ragsys.ingest.wire import Limits, Piece, Reply

__all__ = ["Reader"]

# The process has our modules, and nothing else from the working directory.
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from ragsys.ingest.worker import main; main()"
# Keys and tokens in the environment are nothing that a file should be near.
_KEPT = ("LANG", "LC_", "LD_LIBRARY_PATH", "PATH", "PYTHON", "SYSTEMROOT", "TMPDIR", "TZ", "VIRTUAL_ENV")
# Beside others that want the processor, a second of it takes longer than one.
_WALL = 3.0
_STARTING = 20.0
# One thread: each of NumPy's takes address space, and there is one document at a time.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_LOOK = 0.2
_DEATHS = 5  # of one file: then the rest of it is given up
# How native code ends that is refused memory, and what the system does where there is none for anybody.
_STARVED = frozenset({"SIGABRT", "SIGTRAP", "SIGILL", "SIGKILL"})


class Reader:
    """Reads files in a process of its own. Use it as a context manager, from one thread.

    `recognise` gives the text of each page of an image. It is called on this side: that process starts no program.
    """

    def __init__(
        self, limits: Limits, fields: Fields | None = None, recognise: Callable[[bytes], list[str]] | None = None
    ) -> None:
        self._limits, self._recognise = limits, recognise
        self._fields = fields or Fields()
        self._child: _Child | None = None
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()
        self._end()

    def stop(self) -> None:
        """Let whatever is being read be the last. May be called from another thread."""
        self._stopped = True
        if (child := self._child) is not None:
            child.kill()

    def read(self, data: bytes, name: str) -> Iterator[Piece | Refused]:
        """The documents in a file, in its order; `name` is the last part of its path.

        Where one of them ends the process, those after it are read by a new one.
        """
        began = time.perf_counter()
        for reply in self._documents(data, name):
            tell("parse", began, time.perf_counter(), {"bytes": len(data), "failed": int(isinstance(reply, Refused))})
            yield reply
            began = time.perf_counter()

    def _documents(self, data: bytes, name: str) -> Iterator[Piece | Refused]:
        dead: list[int] = []
        before = _Progress()
        while not self._stopped:
            seen = before.number + 1, tuple(dead), tuple(sorted(before.parents))
            request = Request(name, self._limits, self._fields, self._recognise is not None, *seen)
            now = _Progress()
            try:
                yield from self._replies(data, request, now)
            except OSError as failure:
                error = self._died(failure, now.member or name, len(data))
            finally:
                if not now.ended:
                    self._end()
            if now.ended or self._stopped:
                return
            # Between two documents it was the file itself that it died over.
            lost = now.answered or now.number < request.done or len(dead) == _DEATHS
            yield Refused("" if lost else now.member, error)
            if lost or not now.member:
                return
            dead.append(now.number)
            before = now

    def _replies(self, data: bytes, request: Request, now: _Progress) -> Iterator[Piece | Refused]:
        """What the process says to a request. Raises `OSError` where it dies over it."""
        seconds = _WALL * self._limits.allowance(len(data))
        if self._child is None:
            self._child = _Child()
            seconds += _STARTING
        child = self._child
        child.ask(request, data, seconds)
        while not now.ended:
            reply = child.reply(self._limits.text_bytes + 2 * BEYOND, seconds)
            now.take(reply)
            if isinstance(reply, Shown):
                child.tell(self._recognised(child.frame(reply.size, seconds)), seconds)
            elif not isinstance(reply, Begun | Ended):
                yield reply
        if now.last:
            self._end()

    def _recognised(self, image: bytes) -> Recognised:
        """What stands in an image."""
        if self._recognise is None:
            return Recognised([], OcrMissingError("nothing is there to recognise text"))
        try:
            return Recognised(self._recognise(image))
        except DocumentError as error:
            return Recognised([], error)

    def _died(self, failure: OSError, what: str, size: int) -> DocumentError:
        """Why the process ended while it read `what`."""
        child = self._child
        if child is None:
            return ParserDiedError(f"the process that reads files cannot be started ({failure})")
        child.end()
        signalled = signal.Signals(-child.status).name if child.status < 0 else f"status {child.status}"
        if child.late or signalled == "SIGXCPU":
            allowed = self._limits.allowance(size)
            return ParserTimeoutError(f"reading {what} takes longer than the {allowed:.0f} s that it may")
        how = f"reading {what} ended the process that did it ({signalled})"
        if signalled in _STARVED:
            return ParserMemoryError(f"{how}, most likely because it may not take more memory")
        return ParserDiedError(how)

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Progress:
    """How far a file has been read, by what its process said."""

    def __init__(self) -> None:
        self.number, self.member, self.answered = -1, "", False
        self.parents: set[int] = set()
        self.ended = self.last = False
        self._open: list[int] = []

    def take(self, reply: Reply) -> None:
        """Follow a reply."""
        match reply:
            case Begun(member, depth):
                self.number += 1
                self.member, self.answered = member, False
                del self._open[depth:]
                self.parents.update(self._open)
                self._open.append(self.number)
            case Ended(last):
                self.ended, self.last = True, last
            case Shown():
                pass
            case _:
                self.answered = True


class _Child:
    """The process itself, with its pipes."""

    def __init__(self) -> None:
        kept = {key: value for key, value in os.environ.items() if key.upper().startswith(_KEPT)}
        path = json.dumps([entry or str(Path.cwd()) for entry in sys.path])
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept | _ONE_THREAD,
            start_new_session=True,  # Ctrl-C is for us to act on
        )
        self._deadline, self._over = math.inf, Event()
        Thread(target=self._watch, name="ragsys-watch", daemon=True).start()
        self.late = False

    @property
    def status(self) -> int:
        """Its exit status, once it has ended: a signal's number is negative."""
        return self._process.returncode

    def ask(self, request: Request, data: bytes, seconds: float) -> None:
        """Send a file. Raises `OSError` where it is dead."""
        if self._process.stdin is None:
            raise BrokenPipeError
        with self._within(seconds):
            send(self._process.stdin, request.encode())
            send(self._process.stdin, data)

    def tell(self, found: Recognised, seconds: float) -> None:
        """Send what stands in an image. Raises `OSError` where it is dead."""
        if self._process.stdin is None:
            raise BrokenPipeError
        with self._within(seconds):
            send(self._process.stdin, found.encode())

    def reply(self, most: int, seconds: float) -> Reply:
        """The next thing it says. Raises `OSError` where it is dead, or says nothing for so long."""
        return decode_reply(self.frame(most, seconds))

    def frame(self, most: int, seconds: float) -> bytes:
        """The next frame as it is. Raises `OSError` where it is dead, or sends nothing for so long."""
        body = None
        if self._process.stdout is not None:
            with self._within(seconds):
                body = receive(self._process.stdout, most)
        if body is None:
            raise ConnectionResetError
        return body

    def kill(self) -> None:
        """End it now. One that has died of something else stays dead of that."""
        self._process.kill()

    def end(self) -> None:
        """End it, and learn how it ended."""
        process = self._process
        self._over.set()
        if process.returncode is None:
            self.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        self._deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = math.inf

    def _watch(self) -> None:
        """Kill it where it takes too long; in a thread of its own."""
        while not self._over.wait(_LOOK):
            if time.monotonic() > self._deadline:
                self.late = True
                self.kill()
                return
