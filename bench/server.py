"""A `ragsys serve` process under load, on loopback, over made-up passages; its clients share the cores with it.

Passages, vectors and embedder are those of bench/scale.py, and the generator says one sentence: what is measured is the
server and the search, and no model. Overload aims at ten times the requests a second that were answered before, by ten
times as many clients (`times` is what they reached); nobody heeds Retry-After. The full run takes half an hour.

python bench/server.py [--passages 10000 100000] [--clients 32] [--seconds 600] [--beside 60]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report
import scale
import synthetic
from clients import Client, Load, load, milliseconds

from ragsys.config import Settings
from ragsys.indexes import Index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragsys.types import Decoding, Message

SEED, STARTS, ASKED, TIMES = 1, 3, 20, 10
SECTIONS, WORDS = 20, 40  # of an uploaded file
_SEARCH, _CHAT, _UPLOAD = "/v1/search", "/v1/chat/completions", "/v1/documents?wait=true"
_START = 60.0


class Worded(scale.Drawn):
    """The embedder of made-up vectors, for a server that also chunks what is uploaded."""

    def token_starts(self, text: str) -> Sequence[int]:
        """Where each word starts."""
        return [match.start() for match in re.finditer(r"\S+", text)]


class Talker:
    """A generator that says one sentence, word by word, whatever it is asked."""

    name, context_tokens = "talker", 4096

    def count_tokens(self, text: str) -> int:
        """Words."""
        return len(text.split())

    def stream(self, messages: Sequence[Message], decoding: Decoding) -> Iterator[str]:
        """The sentence."""
        del messages, decoding
        yield from ("It ", "is ", "what ", "was ", "said ", "[1].")


def main() -> None:
    """Measure every size; or be the server, with the command line of `ragsys`."""
    if sys.argv[1:2] == ["serve"]:
        be_the_server()
        return
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--passages", type=int, nargs="+", default=[10_000])
    options.add_argument("--clients", type=int, default=32)
    options.add_argument("--seconds", type=float, default=600.0, help="of searching")
    options.add_argument("--beside", type=float, default=60.0, help="seconds of overload, and of uploading")
    chosen = options.parse_args()
    figures: dict[str, Any] = {
        "clients": chosen.clients,
        "seconds": chosen.seconds,
        "beside_seconds": chosen.beside,
        "settings": {"server_workers": Settings().server_workers, "server_queue": chosen.clients},
        "omp_num_threads": os.environ.get("OMP_NUM_THREADS"),
        "load_average_before": round(os.getloadavg()[0], 1),
    }
    for size in chosen.passages:
        with tempfile.TemporaryDirectory() as folder:
            write_index(Path(folder), size)
            found = at_size(Path(folder), chosen.clients, chosen.seconds, chosen.beside)
        figures[f"{size:,} passages"] = found
    answered = sum(figures[f"{size:,} passages"]["searches"]["answered"] for size in chosen.passages)
    report.write("server", figures, seed=SEED, n=answered)


def be_the_server() -> None:
    """The real command, with models that cost nothing."""
    import ragsys.generate
    import ragsys.models
    from ragsys.cli.main import main as command

    def embedder(settings: Settings) -> Worded:
        del settings
        return Worded()

    def generator(settings: Settings) -> Talker:
        del settings
        return Talker()

    ragsys.models.load_embedder = embedder
    ragsys.generate.load_generator = generator
    command()


def write_index(folder: Path, size: int) -> None:
    """An index of that size, as the pipeline writes it."""
    embedder = Worded()
    with Index.open(folder, create=True) as index:
        with index.writer() as writer:
            writer.set_space(embedder.space)
            for documents in scale.batches(embedder, size):
                writer.put(documents)
            writer.publish()
        index.refine(timeout=600)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is ready: its port, its process, and the seconds from its start until it was."""

    port: int
    process: int
    ready: float

    def mb(self, kind: str) -> float:
        """Its resident memory, now (VmRSS) or at most (VmHWM)."""
        status = Path(f"/proc/{self.process}/status").read_text(encoding="utf-8")
        return round(int(status.partition(f"{kind}:")[2].split()[0]) / 1024, 1)

    def cpu(self) -> float:
        """The seconds of processor time that it has used, which other work on the machine changes little."""
        fields = Path(f"/proc/{self.process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(folder: Path, queue: int) -> Iterator[Running]:
    """A server of an index until the end of the block; as many searches may wait as there are clients."""
    here = {"XDG_CONFIG_HOME": str(folder / "config"), "RAGSYS_ANSWER_MODE": "generate", "RAGSYS_MIN_CONFIDENCE": "0"}
    log = folder / "log"
    command = [sys.executable, __file__, "serve", str(folder), "--port", "0"]
    began = time.perf_counter()
    with log.open("w") as told:
        environment = {**os.environ, **here, "RAGSYS_SERVER_QUEUE": str(queue)}
        process = subprocess.Popen(command, stderr=told, env=environment)
    try:
        port = wait_for(lambda: listening(log))
        wait_for(lambda: is_ready(port))
        yield Running(port, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()


def wait_for(look: Any) -> Any:
    """What `look` finds, once it does."""
    ends = time.monotonic() + _START
    while not (found := look()):
        if time.monotonic() > ends:
            raise TimeoutError("the server is not ready")
        time.sleep(0.005)
    return found


def listening(log: Path) -> int:
    """The port, as soon as the log says it."""
    line = log.read_text(encoding="utf-8").partition("\n")[0]
    return int(json.loads(line)["port"]) if '"listening"' in line and line.endswith("}") else 0


def is_ready(port: int) -> bool:
    """Whether /ready says so."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def at_size(folder: Path, clients: int, seconds: float, beside: float) -> dict[str, Any]:
    """Everything about one index."""
    ready = []
    for _ in range(STARTS - 1):
        with serving(folder, clients) as server:
            ready.append(server.ready)
    with serving(folder, clients) as server:
        ready.append(server.ready)
        found: dict[str, Any] = {"ready_seconds": round(report.percentile(ready, 0.5), 2), "starts": STARTS}
        found["mb_when_ready"] = server.mb("VmRSS")
        found |= asyncio.run(under_load(server, clients, seconds, beside))
        found["mb_most"] = server.mb("VmHWM")
    return found


async def under_load(server: Running, clients: int, seconds: float, beside: float) -> dict[str, Any]:
    """First bytes, then searches alone, beside uploads, and ten times too many."""
    bodies = [json.dumps({"query": question}).encode() for question in synthetic.queries(scale.QUERIES, SEED)]
    found: dict[str, Any] = {"streamed_answer": await first_bytes(server)}
    used = server.cpu()
    alone = await load(server.port, _SEARCH, bodies, clients=clients, seconds=seconds)
    each = (server.cpu() - used) / len(alone.answered)
    cpu = {"server_cpu_ms_each": round(each * 1000, 2)}
    found |= {"searches": alone.figures() | cpu, "mb_after_searches": server.mb("VmRSS")}
    uploads = asyncio.create_task(upload(server, beside))
    busy = await load(server.port, _SEARCH, bodies, clients=clients, seconds=beside)
    found["searches_beside_uploads"] = busy.figures() | {
        "p95_change": round(report.percentile(busy.answered, 0.95) / report.percentile(alone.answered, 0.95), 2),
        **await uploads,
    }
    return found | {"overload": await overload(server, bodies, alone, each, beside)}


async def first_bytes(server: Running) -> dict[str, Any]:
    """Streamed answers, one after the other."""
    client, first, whole, answered = Client(server.port), [], [], 0
    for question in synthetic.queries(ASKED, SEED + 1):
        body = {"model": "", "messages": [{"role": "user", "content": question}], "stream": True}
        reply = await client.post(_CHAT, json.dumps(body).encode())
        if reply.status != 200:
            raise RuntimeError(reply.body)
        first.append(reply.first)
        whole.append(reply.seconds)
        answered += b'"status":"answered"' in reply.body.replace(b": ", b":")
    client.close()
    times = {"first_byte_ms": milliseconds(first, 50, 95), "whole_ms": milliseconds(whole, 50, 95)}
    return {"asked": ASKED, "answered": answered, **times}


async def upload(server: Running, seconds: float) -> dict[str, int]:
    """One client that uploads files of twenty sections, each when the one before is indexed."""
    rng, client, began, files = random.Random(SEED), Client(server.port), time.perf_counter(), 0
    words = synthetic.vocabulary(rng, 20_000)
    while time.perf_counter() < began + seconds:
        text = "".join(
            f"# {rng.choice(words)}\n\n{' '.join(rng.choices(words, k=WORDS))}.\n\n" for _ in range(SECTIONS)
        )
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{files}.md"\r\n\r\n'
        reply = await client.post(_UPLOAD, f"{head}{text}\r\n--b--\r\n".encode(), "multipart/form-data; boundary=b")
        if reply.status != 200:
            raise RuntimeError(reply.body)
        files += 1
    client.close()
    return {"files_uploaded": files, "passages_uploaded": files * SECTIONS}


async def overload(
    server: Running, bodies: Sequence[bytes], alone: Load, each: float, seconds: float
) -> dict[str, Any]:
    """Ten times what was answered, for a while, and how soon a search is quick again when that ends.

    An answer takes `each` seconds of the server's processor time when nothing is refused. By that, `goodput_share` is
    what the answers are of what could have been answered in the time that the server had; what the clients took of the
    cores that they share with it is beside it.
    """
    used, ours = server.cpu(), time.process_time()
    clients = TIMES * alone.clients
    usual_rate = len(alone.answered) / alone.seconds
    every = clients / (TIMES * usual_rate)
    usual = report.percentile(alone.answered, 0.95)
    flood = asyncio.create_task(load(server.port, _SEARCH, bodies, clients=clients, seconds=seconds, every=every))
    await asyncio.sleep(seconds)
    began, client = time.perf_counter(), Client(server.port)
    while True:
        reply = await client.post(_SEARCH, bodies[0])
        if reply.status == 200 and reply.seconds <= usual:
            break
        await asyncio.sleep(0.01)
    recovered = time.perf_counter() - began
    client.close()
    found = (await flood).figures()
    used, ours = server.cpu() - used, time.process_time() - ours
    found["times"] = round(found["sent_per_second"] / usual_rate, 1)
    found["goodput_share"] = round(found["answered"] * each / used, 2)
    found["cpu_seconds"] = {"server": round(used, 2), "clients": round(ours, 2)}
    return found | {"seconds_to_recover": round(recovered, 2), "mb_after": server.mb("VmRSS")}


if __name__ == "__main__":
    main()
