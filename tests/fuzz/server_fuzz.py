"""Requests made of the server's OpenAPI document, valid and not, and no server error among the answers.

    python tests/fuzz/server_fuzz.py --requests 10000 --seed 1 --json bench/results/server_fuzz.json

Schemathesis makes the requests, each route gets its share, and the server is a real one with the shipped fakes for its
models. An answer of 500 or above is a failure, 503 apart, which says that it is busy; so is an error without a code.
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

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import httpx2
import schemathesis
import web
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

if TYPE_CHECKING:
    from schemathesis import Case

_SHOWN = 20


@dataclass(slots=True)
class Found:
    """What came back: how often each status, and the requests that failed."""

    statuses: Counter[int] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def fuzz(home: Path, *, requests: int, start: int) -> Found:
    """Send about so many requests to a server of its own."""
    found = Found()
    with web.serving(home, {"notes": web.fill(home)}, server_queue=64) as running, running.client() as client:
        known = {
            "document": client.get("/v1/documents").json()["documents"][0]["id"],
            "session": client.post("/v1/sessions").json()["id"],
            "name": "notes",
        }
        schema = schemathesis.openapi.from_dict(running.app.openapi())
        operations = [result.ok() for result in schema.get_all_operations()]
        share = -(-requests // (2 * len(operations)))
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for operation in operations:
                _route(operation, mode, share, start, lambda case: _send(client, case, known, found))
    return found


def _route(operation, mode, share, start, send) -> None:
    """So many requests of one kind to one route; where a route has none of that kind, none."""

    @seed(start)
    @settings(
        max_examples=share,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case) -> None:
        send(case)

    try:
        run()
    except schemathesis.errors.SchemathesisError:
        return
    except BaseException as error:
        if type(error).__name__ not in {"Unsatisfiable", "SkipTest", "Skipped"}:
            raise


def _send(client: httpx2.Client, case: Case, known: dict[str, str], found: Found) -> None:
    """Send a request as it was made, every second one about something that is there, and judge the answer."""
    if case.method != "DELETE" and found.statuses.total() % 2 and case.path_parameters.keys() & known.keys():
        case.path_parameters = {name: known.get(name, "x") for name in case.path_parameters}
    made = case.as_transport_kwargs(base_url=str(client.base_url))
    route = f"{case.method} {case.path}"
    try:
        request = _prepared(made)
        with client.stream(
            request.method, request.url, headers=dict(request.headers), content=request.body or b""
        ) as response:
            body = b"" if "event-stream" in response.headers.get("content-type", "") else response.read()
    except (ValueError, UnicodeError, httpx2.LocalProtocolError):  # no client could send it
        return
    status = response.status_code
    found.statuses[status] += 1
    found.routes[route] += 1
    busy = status == 503
    coded = status < 400 or b'"code":"' in body
    if (status >= 500 and not busy) or not coded:
        found.failures.append(f"{status} {route} {case.as_curl_command()} -> {body[:300]!r}")


def _prepared(made):
    import requests

    return requests.Request(**made).prepare()


def main() -> int:
    """Run it; exit code 1 where a server error came back."""
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
        "server_errors": len(found.failures),
        "statuses": dict(sorted(found.statuses.items())),
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
