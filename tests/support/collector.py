"""A collector of OpenTelemetry's on the loopback: takes OTLP over HTTP, and remembers the spans."""

import contextlib
import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@contextlib.contextmanager
def collecting():
    """Its address and the requests that it has had, until the end of the block."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            received.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def spans_of(received):
    """The spans, and the attributes of what sent them."""
    spans, resource = [], {}
    for _, _, body in received:
        for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource |= {pair.key: pair.value.string_value for pair in sent.resource.attributes}
            spans += [span for scope in sent.scope_spans for span in scope.spans]
    return spans, resource
