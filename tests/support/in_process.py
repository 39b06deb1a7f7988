"""A reader of files that works in this process, so that a test can put parsers of its own in. The frames are real."""

from ragsys.ingest.isolation import Reader
from ragsys.ingest.unpack import Unpacking
from ragsys.ingest.wire import Piece, Refused, Request, decode_reply, encode_reply


class InProcessReader(Reader):
    """Reads as the process would."""

    def read(self, data, name):
        """What the process would reply."""
        request = Request.decode(Request(name, self._limits, self._fields).encode())
        for reply in Unpacking(data, request, lambda _size: None, self._recognise).replies():
            decoded = decode_reply(encode_reply(reply))
            if isinstance(decoded, Piece | Refused):
                yield decoded


def use(monkeypatch, parser):
    """Have every file read in this process, by `parser`."""
    monkeypatch.setattr("ragsys.ingest.pipeline.Reader", InProcessReader)
    monkeypatch.setattr("ragsys.ingest.unpack.parser_for", lambda *_arguments: parser)
