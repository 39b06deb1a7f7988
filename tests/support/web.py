"""A real server on the loopback, with the shipped fakes for its models, in a thread of the test."""

import contextlib
import threading
import time
from pathlib import Path

import httpx2
import uvicorn

from ragsys import QueryEngine, Settings
from ragsys.config import INDEX_DIR
from ragsys.server.app import create_app
from ragsys.server.run import configured, listen
from ragsys.server.service import Service
from ragsys.server.tokens import Scope, TokenFile
from ragsys.tasks.loaded import Loaded
from ragsys.testing import HashEmbedder, ScriptedGenerator

NOTES = {
    "grinder.md": "# Grinder\n\nThe burrs are cleaned with a dry brush every two weeks.\n",
    "bike.md": "# Bicycle\n\nThe chain is oiled after every ride in the rain.\n",
}
QUESTION = "When is the chain oiled?"


class PatientGenerator(ScriptedGenerator):
    """Says the same every time, word by word, with a pause before each; knows how often it was stopped."""

    def __init__(self, reply="The chain is oiled after every ride in the rain.", pause=0.0):
        super().__init__([])
        self.reply, self.pause = reply, pause
        self.running = self.most = self.stopped = self.said = 0
        self._lock = threading.Lock()

    def stream(self, messages, decoding):
        """The reply's words."""
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            for word in self.reply.split(" "):
                time.sleep(self.pause)
                self.said += 1
                yield word + " "
        except GeneratorExit:
            self.stopped += 1
            raise
        finally:
            with self._lock:
                self.running -= 1


def fill(folder, acl=None, notes=NOTES):
    """An index in `folder` with the notes in it; its path."""
    files = folder / "notes"
    files.mkdir(parents=True, exist_ok=True)
    for name, text in notes.items():
        (files / name).write_text(text)
    with QueryEngine.open(folder / INDEX_DIR, settings=Settings(), embedder=HashEmbedder()) as engine:
        engine.add(files, acl=acl)
    return folder / INDEX_DIR


class Running:
    """A server that runs, and its tokens."""

    def __init__(self, url, app, service, tokens):
        self.url, self.app, self.service, self.tokens = url, app, service, tokens

    def client(self, token=None, **headers):
        """An HTTP client, with the token of this name."""
        if token is not None:
            headers["Authorization"] = f"Bearer {self.tokens[token]}"
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30.0, trust_env=False)


@contextlib.contextmanager
def serving(home, indexes, *, tokens=None, generator=None, embedder=None, reranker=None, **settings):
    """Serve `indexes` (paths by name) until the end of the block.

    `tokens` are (scope, principals) or (scope, principals, indexes) by name; the secrets are in `Running.tokens`.
    """
    settings = Settings(server_tokens=str(Path(home) / "tokens.json"), **settings)
    secrets = {}
    for name, (scope, principals, *only) in (tokens or {}).items():
        _, secrets[name] = TokenFile(Path(settings.server_tokens)).create(
            name, Scope[scope.upper()], principals, only[0] if only else None
        )
    loaded = Loaded(embedder=embedder or HashEmbedder(), generator=generator or PatientGenerator(), reranker=reranker)
    service = Service({name: (path, settings) for name, path in indexes.items()}, settings, loaded=loaded)
    app = create_app(service)
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(configured(app, drain=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        until(lambda: service.ready or not thread.is_alive())
        yield Running(url, app, service, secrets)
    finally:
        server.should_exit = True
        thread.join()


def until(condition, seconds=20.0):
    """Wait for something to be so, at most so long."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.01)


def events(response):
    """The events of a stream as a browser's EventSource reads them: (name, data, id)."""
    name, data, identity, found = "message", [], None, []
    for line in response.iter_lines():
        if not line:
            if data:
                found.append((name, "\n".join(data), identity))
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id":
            identity = value
    return found
