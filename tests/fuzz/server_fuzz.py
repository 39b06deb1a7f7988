"""Requests made of the server's OpenAPI document, valid and not, and bent ones; every answer as the document tells.

    python tests/fuzz/server_fuzz.py --requests 10000 --seed 1 --json bench/results/server_fuzz.json

Schemathesis makes half of the requests, each route gets its share, and every second one is about something that is
there. The others are uploads as no client should send them, questions that are answered with events, and any method on
any path with hostile headers. The server is a real one with the shipped fakes for its models. A failure is an answer of
500 or above (503 apart, which says that it is busy), an error without a code, and a status, a kind or a shape that the
document does not tell of.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import httpx2
import schemathesis
import web
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from server_conformance import Document
from server_requests import BIG, Raw, others, streams, uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemathesis import Case

_SHOWN = 20
_UPLOADS, _STREAMS, _OTHERS = 0.2, 0.1, 0.2  # of all requests


@dataclass(slots=True)
class Found:
    """What came back: how often each status, and the requests that failed."""

    statuses: Counter[int] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    streams: int = 0
    failures: list[str] = field(default_factory=list)


class Fuzzed:
    """A server that is sent requests, and what is in it."""

    def __init__(self, client: httpx2.Client, document: Document, found: Found) -> None:
        self.client, self._document, self._found = client, document, found
        self._known: dict[str, str] = {}
        self._turn = 0

    def known(self, name: str, *, spent: bool) -> str:
        """The id of something that is there; another one from now on where it is `spent`."""
        identity = self._known.pop(name, "") if spent else self._known.get(name, "")
        if not identity:
            make = {"document": self._upload, "upload": self._upload, "session": self._session, "name": lambda: "notes"}
            identity = make.get(name, lambda: "x")()
            if not spent:
                self._known[name] = identity
        if name == "document" and self._turn % 20 == 0:
            self._known.pop(name, None)  # not always the same one
        return identity

    def send_case(self, case: Case) -> None:
        """Send a request as it was made, every second one about something that is there."""
        self._turn += 1
        if self._turn % 2 and case.path_parameters:
            spent = case.method == "DELETE"
            case.path_parameters = {name: self.known(name, spent=spent) for name in case.path_parameters}
        made = case.as_transport_kwargs(base_url=str(self.client.base_url))
        self._send(lambda: _prepared(made), case.method, case.path, "the document", case.as_curl_command)

    def send_raw(self, raw: Raw, kind: str) -> None:
        """Send a request that was made by hand."""
        self._turn += 1
        path = raw.path
        for name in ("document", "session", "upload", "name"):
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", self.known(name, spent=raw.method == "DELETE"))
        made = {name: value.encode("latin-1") for name, value in raw.headers.items()}

        def build() -> httpx2.Request:
            return self.client.build_request(
                raw.method, path, params=raw.params or None, headers=made, content=raw.body or None
            )

        self._send(build, raw.method, raw.path, kind, lambda: f"{raw!r}"[:600])

    def _send(
        self, build: Callable[[], httpx2.Request], method: str, path: str, kind: str, shown: Callable[[], str]
    ) -> None:
        try:
            response = self.client.send(build())
        except (ValueError, UnicodeError, httpx2.LocalProtocolError):  # no client could send it
            return
        found, body = self._found, response.content
        found.statuses[response.status_code] += 1
        found.made[kind] += 1
        found.accepted[kind] += response.is_success
        if path in self._document.paths:
            found.routes[f"{method} {path}"] += 1
        found.streams += "event-stream" in response.headers.get("content-type", "")
        if method != "HEAD" and path in self._document.paths:
            wrong = self._document.fault(method, path, response.status_code, dict(response.headers), body)
        else:  # the page, and what is nowhere
            wrong = "a server error" if response.status_code >= 500 else None
        if wrong is not None:
            found.failures.append(f"{wrong}: {response.status_code} {method} {path} {shown()} -> {body[:300]!r}")

    def _upload(self) -> str:
        sent = self.client.post(
            "/v1/documents", files={"file": ("kept.md", b"# Kept\n\nThe chain is kept.\n")}, params={"wait": True}
        )
        uploads = sent.json().get("uploads")
        if not uploads:
            return "x"
        self._known["upload"] = uploads[0]["id"]
        return str(uploads[0]["document"])

    def _session(self) -> str:
        return str(self.client.post("/v1/sessions").json().get("id", "x"))


def fuzz(home: Path, *, requests: int, start: int) -> Found:
    """Send about so many requests to a server of its own."""
    found = Found()
    limits = {"server_queue": 64, "max_file_bytes": BIG, "server_deadline": 20.0}
    with web.serving(home, {"notes": web.fill(home)}, **limits) as running, running.client() as client:
        document = running.app.openapi()
        fuzzed = Fuzzed(client, Document(document), found)
        schema = schemathesis.openapi.from_dict(document)
        operations = [result.ok() for result in schema.get_all_operations()]
        by_hand = _UPLOADS + _STREAMS + _OTHERS
        share = -(-int(requests * (1 - by_hand)) // (2 * len(operations)))
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for operation in operations:
                _all_of(operation.as_strategy(generation_mode=mode), share, start, fuzzed.send_case)
        every = others(list(document["paths"]))
        for kind, part, made in (
            ("uploads", _UPLOADS, uploads()),
            ("events", _STREAMS, streams()),
            ("methods and headers", _OTHERS, every),
        ):
            _all_of(made, int(requests * part), start, lambda raw, kind=kind: fuzzed.send_raw(raw, kind))
    return found


def _all_of(strategy, share, start, send) -> None:
    """So many requests of one kind; where there is none of that kind, none."""

    @seed(start)
    @settings(
        max_examples=share,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made=strategy)
    def run(made) -> None:
        send(made)

    try:
        run()
    except schemathesis.errors.SchemathesisError:
        return
    except BaseException as error:
        if type(error).__name__ not in {"Unsatisfiable", "SkipTest", "Skipped"}:
            raise


def _prepared(made) -> httpx2.Request:
    import requests

    ready = requests.Request(**made).prepare()
    return httpx2.Request(ready.method, ready.url, headers=dict(ready.headers), content=ready.body or b"")


def main() -> int:
    """Run it; exit code 1 where an answer was none that the document tells of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as home:
        found = fuzz(Path(home), requests=options.requests, start=options.seed)
    result = {
        "seed": options.seed,
        "requests": found.statuses.total(),
        "server_errors": sum(count for status, count in found.statuses.items() if status >= 500 and status != 503),
        "failures": len(found.failures),
        "made": dict(sorted(found.made.items())),
        "accepted": dict(sorted(found.accepted.items())),
        "streams": found.streams,
        "statuses": {str(status): count for status, count in sorted(found.statuses.items())},
        "routes": dict(sorted(found.routes.items())),
        "seconds": round(time.perf_counter() - began, 1),
        "machine": {"system": platform.platform(), "cpus": os.cpu_count()},
        "versions": {"python": platform.python_version(), "schemathesis": schemathesis.__version__},
    }
    text = json.dumps(result, indent=2)
    sys.stdout.write(text + "\n")
    for failure in found.failures[:_SHOWN]:
        sys.stderr.write(f"{failure}\n")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n", encoding="utf-8")
    return int(bool(found.failures))


if __name__ == "__main__":
    raise SystemExit(main())
