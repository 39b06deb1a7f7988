"""The few routes of the hub that a pull needs, on loopback: a repository's listing, and its files with Range.

It can also cut a connection, hand out other bytes than it lists, be slow, ask for a token, and send large files on to
another address, as the real one does.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_BLOCK = 4096
_LARGE = (".safetensors", ".gguf", ".bin")


@dataclass
class Request:
    """What was asked for, and with which headers."""

    path: str
    range: str | None
    authorization: str | None
    agent: str


@dataclass
class Hub:
    """Repositories by id, and what should go wrong with them."""

    url: str = ""
    folders: dict = field(default_factory=dict)  # (repository, revision) -> folder
    cards: dict = field(default_factory=dict)
    cut: dict = field(default_factory=dict)  # file name -> bytes after which the connection closes, once
    forged: set = field(default_factory=set)  # file names that are sent with other bytes than were listed
    gated: set = field(default_factory=set)  # repositories that want the token "let-me-in"
    sizes: dict = field(default_factory=dict)  # file name -> the size that is listed instead of the real one
    pause: float = 0.0  # seconds after each block
    requests: list = field(default_factory=list)

    def add(self, repo, folder, *, revision="main", card=None):
        """Publish a folder as a repository's revision; returns its commit."""
        self.folders[repo, revision] = folder
        self.cards[repo] = card or {}
        return self.commit(repo, revision)

    def commit(self, repo, revision):
        """The commit of a revision: a hash over everything in it."""
        lines = [
            f"{p.relative_to(self.folders[repo, revision])} {sha256(p)}" for p in files(self.folders[repo, revision])
        ]
        return hashlib.sha1("\n".join(lines).encode()).hexdigest()

    def revision(self, repo, revision):
        """The revision of that name or commit, or None."""
        known = [r for name, r in self.folders if name == repo]
        return next((r for r in known if revision in {r, self.commit(repo, r)}), None)

    def asked(self, part):
        """The requests whose path holds `part`."""
        return [request for request in self.requests if part in request.path]


def files(folder):
    """Every file below a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def sha256(path):
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self):
        hub, path = self.hub, urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        told = (self.headers.get(name) for name in ("Range", "Authorization", "User-Agent"))
        hub.requests.append(Request(path, *told))
        parts = path.strip("/").split("/")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if parts[:2] == ["api", "models"]:
                self._listing("/".join(parts[2:4]), "/".join(parts[5:]) or "main")
            elif parts[0] == "cdn":
                self._send("/".join(parts[1:3]), parts[3], "/".join(parts[4:]))
            elif parts[2:3] == ["resolve"]:
                self._file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
            else:
                self._refuse(404, "")

    def _listing(self, repo, asked):
        hub = self.hub
        if not any(name == repo for name, _ in hub.folders):
            self._refuse(404, "RepoNotFound")
            return
        revision = hub.revision(repo, asked)
        if revision is None:
            self._refuse(404, "RevisionNotFound")
            return
        folder = hub.folders[repo, revision]
        siblings = []
        for path in files(folder):
            data = path.read_bytes()
            item = {"rfilename": path.relative_to(folder).as_posix(), "size": hub.sizes.get(path.name, len(data))}
            item["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            if path.name.endswith(_LARGE):
                item["lfs"] = {"sha256": sha256(path), "size": len(data), "pointerSize": 130}
            siblings.append(item)
        body = {"id": repo, "sha": hub.commit(repo, revision), "siblings": siblings, "cardData": hub.cards[repo]}
        body |= {
            "private": False,
            "gated": "auto" if repo in hub.gated else False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
        }
        self._answer(json.dumps(body).encode())

    def _file(self, repo, commit, name):
        if repo in self.hub.gated and self.headers.get("Authorization") != "Bearer let-me-in":
            self._refuse(403 if self.headers.get("Authorization") else 401, "GatedRepo")
        elif name.endswith(_LARGE):
            self.send_response(302)
            self.send_header("Location", f"{self.hub.url}/cdn/{repo}/{commit}/{name}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._send(repo, commit, name)

    def _send(self, repo, commit, name):
        data = (self.hub.folders[repo, self.hub.revision(repo, commit)] / name).read_bytes()
        if name in self.hub.forged:
            data = bytes(len(data))
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start and start >= len(data):
            self._refuse(416, "")
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = min(len(data), start + self.hub.cut.pop(name, len(data)))
        for at in range(start, end, _BLOCK):
            self.wfile.write(data[at : min(at + _BLOCK, end)])
            time.sleep(self.hub.pause)

    def _answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status, code):
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *args):  # noqa: A002 - the base class names it so
        """Say nothing."""


@contextlib.contextmanager
def serve(port=0):
    """A hub that answers until the end of the block."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as running:
        hub.url = f"http://127.0.0.1:{running.server_address[1]}"
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield hub
        finally:
            running.shutdown()
            thread.join()
