"""A web site on loopback whose every page a test sets, well-behaved or not."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    """What was asked for, with its headers by their names in small letters."""

    path: str
    headers: dict


@dataclass
class Site:
    """Pages by path (with its query): bytes or a text, or (status, headers, body), or a function of the handler.

    A path without a page is answered with 404. A page with an ETag header is answered with 304 where that is sent.
    """

    url: str = ""
    pages: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self):
        """The port that it listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def paths(self):
        """What was asked for, in order."""
        return [request.path for request in self.requests]


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self):
        site = self.site
        site.requests.append(Request(self.path, {name.lower(): value for name, value in self.headers.items()}))
        page = site.pages.get(self.path, (404, {}, "nothing here"))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if callable(page):
                page(self)
                return
            status, headers, body = page if isinstance(page, tuple) else (200, {}, page)
            body = body.encode() if isinstance(body, str) else body
            headers = {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}
            if "ETag" in headers and self.headers.get("If-None-Match") == headers["ETag"]:
                status, headers, body = 304, {}, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *arguments):
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that goes away is what many tests are about."""


@contextlib.contextmanager
def serve(context=None, host="127.0.0.1"):
    """A running site; with `context` (an `ssl.SSLContext`), over TLS."""
    site = Site()
    server = _Server((host, 0), type("Handler", (_Handler,), {"site": site}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site.url = f"{'http' if context is None else 'https'}://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def unused_port():
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
