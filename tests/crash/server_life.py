"""Lives of a server that is to be killed: the real `ragsys serve` with the hashing embedder, and named points.

Each line of standard input is a life: its arguments, its environment, and a file for its standard error. It is forked
from this process, which has done the imports; its process id is printed, and a line when it has ended. The environment
says what happens to it:

    SERVER_LIFE_HOME        a folder for what the harness wants to know of a life that ends suddenly
    SERVER_LIFE_POINT       NAME:N, the server kills itself when it comes to a point for the Nth time after SIGUSR1,
                            or from its start, where this ends in an exclamation mark
    SERVER_LIFE_PROTOCOL    a deliberately broken protocol of server_protocols.py

In the folder, `last` holds the point that it came to last, and `synced` what has been flushed to the disk: a line of
JSON for each fsync. Nothing of the product is changed but by those protocols.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import signal
import stat
import sys
import threading
from pathlib import Path

import server_protocols

# What a server needs and what would be imported later.
_IMPORTED = (
    "faiss",
    "starlette.formparsers",
    "uvicorn",
    "ragsys.cli.serve",
    "ragsys.engine",
    "ragsys.generate",
    "ragsys.indexes",
    "ragsys.ingest.pipeline",
    "ragsys.server.app",
    "ragsys.server.run",
    "ragsys.testing",
)
_WIDTH = 40  # of `last`


class Points:
    """Counts how often the server came to each point, and ends it at one of them."""

    def __init__(self, deadly: str) -> None:
        name, _, nth = deadly.rstrip("!").partition(":")
        self._deadly, self._left = name, int(nth or "1")
        self._armed = deadly.endswith("!")
        self._last = os.open(_home() / "last", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._lock = threading.Lock()

    def reach(self, name: str) -> None:
        """Come to a point."""
        with self._lock:
            os.pwrite(self._last, name.ljust(_WIDTH).encode(), 0)
            if self._armed and name == self._deadly:
                self._left -= 1
                if not self._left:
                    os.kill(os.getpid(), signal.SIGKILL)

    def arm(self, *_: object) -> None:
        """From here on it counts."""
        self._armed = True

    def around(self, target: object, name: str, before: str, after: str = "") -> None:
        """Make the beginning and the end of a function points."""
        function = getattr(target, name)

        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            self.reach(before)
            result = function(*args, **kwargs)
            if after:
                self.reach(after)
            return result

        setattr(target, name, wrapped)


def set_points(points: Points) -> None:
    """Put the points where they belong. Those of publishing are the steps that the index says itself."""
    from starlette.formparsers import MultiPartParser

    from ragsys.indexes import store
    from ragsys.indexes.conversations import Conversations
    from ragsys.indexes.snapshot import SnapshotStore
    from ragsys.ingest import isolation, pipeline
    from ragsys.server import app, spool, uploads
    from ragsys.testing import HashEmbedder

    points.around(MultiPartParser, "on_part_data", "body")
    points.around(spool, "_copy", "copy", "copied")
    points.around(spool, "_write", "record", "recorded")
    points.around(spool.Spool, "store", "store", "stored")
    points.around(spool.Spool, "place", "place", "placed")
    points.around(isolation.Reader, "read", "parse")
    points.around(pipeline.Pipeline, "_document", "parsed")
    points.around(HashEmbedder, "embed_passages", "embed", "embedded")
    points.around(store.Writer, "put", "put", "committed")
    points.around(store, "bury", "bury", "buried")
    points.around(store, "insert_document", "insert", "inserted")
    points.around(spool.Spool, "finish", "finish", "finished")
    points.around(spool.shutil, "rmtree", "clear")
    points.around(uploads.Uploads, "remove", "remove")
    points.around(store.Writer, "remove", "unindex", "unindexed")
    points.around(spool.Spool, "drop", "drop", "dropped")
    points.around(Conversations, "start", "session", "session-kept")
    points.around(Conversations, "append", "turn", "turn-kept")
    points.around(Conversations, "delete", "session-delete", "session-deleted")

    store._FEW_CHANGES = 4  # so that snapshots are written again and again
    begin = SnapshotStore.__init__

    def begun(self, folder, database, on_step=None):
        def step(name):
            kind = "refine" if threading.current_thread().name.startswith("ragsys-refine") else "publish"
            points.reach(f"{kind}-{name}")

        begin(self, folder, database, on_step or step)

    SnapshotStore.__init__ = begun
    make = app.create_app
    app.create_app = lambda service: _answering(make(service), points)


def _answering(inner, points: Points):
    """An application of which the end of each answer is a point, once it is on its way to the client."""
    names = {
        ("POST", "documents"): "acknowledged",
        ("DELETE", "documents"): "removed",
        ("POST", "sessions"): "answered",
    }

    async def outer(scope, receive, send) -> None:
        parts = scope.get("path", "").split("/")
        name = names.get((scope.get("method"), parts[2] if len(parts) > 2 else ""))

        async def sent(message) -> None:
            await send(message)
            if name and message["type"] == "http.response.body" and not message.get("more_body"):
                points.reach(name)

        await inner(scope, receive, sent)

    return outer


def record_syncs() -> None:
    """Write down what each fsync of the server's own made durable: a file's bytes, or a folder's entries."""
    into = os.open(_home() / "synced", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    flush = os.fsync

    def fsync(handle):
        about = os.fstat(handle)
        line = {"inode": about.st_ino, "size": about.st_size}
        if stat.S_ISDIR(about.st_mode):  # listed before: what comes meanwhile may not be in it
            line = {"inode": about.st_ino, "entries": {entry.name: entry.inode() for entry in os.scandir(handle)}}
        flush(handle)
        os.write(into, json.dumps(line).encode() + b"\n")

    os.fsync = fsync


def _home() -> Path:
    return Path(os.environ["SERVER_LIFE_HOME"])


def live() -> None:
    """Be a server until the end."""
    import ragsys.generate
    import ragsys.models
    from ragsys.cli.main import main as command
    from ragsys.testing import HashEmbedder, ScriptedGenerator

    ragsys.models.load_embedder = lambda settings: HashEmbedder()
    ragsys.generate.load_generator = lambda settings: ScriptedGenerator([])
    record_syncs()
    server_protocols.follow(os.environ["SERVER_LIFE_PROTOCOL"])
    points = Points(os.environ["SERVER_LIFE_POINT"])
    signal.signal(signal.SIGUSR1, points.arm)
    set_points(points)
    command()


def main() -> None:
    """One life after another."""
    for name in _IMPORTED:
        importlib.import_module(name)
    for line in sys.stdin:
        wanted = json.loads(line)
        life = os.fork()
        if life == 0:
            try:
                os.environ |= wanted["environment"]
                os.dup2(os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), sys.stderr.fileno())
                sys.argv[1:] = wanted["arguments"]
                live()
            finally:
                os._exit(1)
        sys.stdout.write(f"{life}\n")
        sys.stdout.flush()
        os.waitpid(life, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
