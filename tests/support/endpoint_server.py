"""A small generating server on loopback that can do everything wrong: one scripted reply for each request."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """A status, headers, and either chunks of a stream or a whole body; `cut` drops the connection after them."""

    status: int = 200
    headers: dict = field(default_factory=dict)
    chunks: list = field(default_factory=list)  # bytes, sent one by one
    body: bytes | None = None
    pause: float = 0.0  # seconds before each chunk
    cut: bool = False
    kind: str = "text/event-stream"


@dataclass
class Endpoint:
    """Its address, what it will say, and what it was asked; the last reply is said again and again."""

    url: str = ""
    replies: list = field(default_factory=list)
    requests: list = field(default_factory=list)  # (path, headers, body)


def said(*texts, reason="stop"):
    """A chat answer as a stream of events, with the usage at the end."""
    pieces = [{"choices": [{"delta": {"content": text}, "finish_reason": None}]} for text in texts]
    pieces.append({"choices": [{"delta": {}, "finish_reason": reason}]})
    pieces.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(texts)}})
    return Reply(chunks=[b"data: %s\n\n" % json.dumps(piece).encode() for piece in pieces] + [b"data: [DONE]\n\n"])


def refused(status, message="no", **headers):
    """A refusal in the protocol's own form."""
    body = json.dumps({"error": {"message": message}}).encode()
    return Reply(status, {name.replace("_", "-"): str(value) for name, value in headers.items()}, body=body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    endpoint: Endpoint

    def do_GET(self):
        self._answer(None)

    def do_POST(self):
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body):
        endpoint = self.endpoint
        endpoint.requests.append((self.path, dict(self.headers), body))
        reply = endpoint.replies.pop(0) if len(endpoint.replies) > 1 else endpoint.replies[0]
        self.close_connection = True
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", reply.kind if reply.body is None else "application/json")
            if reply.body is not None:
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                return
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for chunk in reply.chunks:
                time.sleep(reply.pause)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.flush()
            if reply.cut:
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format, *args):  # noqa: A002 - the base class names it so
        """Say nothing."""


@contextlib.contextmanager
def serve(*replies):
    """A server that says `replies` in order, until the end of the block."""
    endpoint = Endpoint(replies=list(replies))
    handler = type("Handler", (_Handler,), {"endpoint": endpoint})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.daemon_threads = True
        endpoint.url = f"http://127.0.0.1:{running.server_address[1]}/v1"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield endpoint
        finally:
            running.shutdown()
            thread.join()
