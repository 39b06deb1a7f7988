"""The process that reads files: what it gives up, and what becomes of a file on which it dies."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import hostile_files
import pdfs
import pytest

from ragsys.config import Settings
from ragsys.errors import OcrFailedError
from ragsys.ingest.isolation import Reader
from ragsys.ingest.wire import Limits, Piece

# A parser module that the process imports instead of the one for text.
TRAP = '''
"""A parser that does what the text of its file says."""
import os, signal, socket, subprocess, sys, time

from ragsys.errors import NoTextError
from ragsys.types import Extraction, Member


class TextParser:
    name = "text"

    def parse(self, data, *, name):
        word, _, rest = data.decode().partition(" ")
        return Extraction(str(getattr(self, word)(rest)))

    def echo(self, rest):
        return rest

    def crash(self, rest):
        os.abort() if rest == "abort" else os.kill(os.getpid(), signal.SIGSEGV)

    def fault(self, rest):
        import ctypes
        ctypes.string_at(0)

    def spin(self, rest):
        while True:
            pass

    def sleep(self, rest):
        time.sleep(1000)

    def eat(self, rest):
        return len(bytearray(int(rest)))

    def shout(self, rest):
        return "a" * int(rest)

    def deep(self, rest):
        return self.deep(rest)

    def bug(self, rest):
        raise KeyError(rest)

    def modules(self, rest):
        return " ".join(sys.modules)

    def environment(self, rest):
        return " ".join(os.environ)

    def tried(self, rest):
        try:
            exec(rest)
        except OSError as error:
            return f"refused: {error}"
        return "done"
'''


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """A function from settings to a reader whose parser of text is the trap."""
    (tmp_path / "trap.py").write_text(TRAP)
    monkeypatch.syspath_prepend(tmp_path)
    put = "from ragsys.ingest import parsers; parsers.PARSERS['text'] = 'trap:TextParser'; "
    program = "ragsys.ingest.isolation._PROGRAM"
    from ragsys.ingest.isolation import _PROGRAM

    monkeypatch.setattr(program, _PROGRAM.replace("from ragsys.ingest.worker", put + "from ragsys.ingest.worker"))
    opened = []

    def make(**settings):
        opened.append(Reader(Limits.of(Settings(**settings))))
        return opened[-1]

    yield make
    for one in opened:
        one.__exit__(None, None, None)


def said(reader, text, name="a.txt"):
    """What becomes of a text: texts, or codes in brackets."""
    data = text if isinstance(text, bytes) else text.encode()
    return [r.extraction.text if isinstance(r, Piece) else f"[{r.error.code}]" for r in reader.read(data, name)]


posix = pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("fault", "parser-died", id="segmentation fault"),
        pytest.param("eat 2000000000", "parser-memory", id="memory"),
        pytest.param("deep", "nested-too-deeply", id="recursion"),
        pytest.param("bug", "document", id="bug"),
        pytest.param("shout 5000000", "text-too-large", id="output"),
    ],
)
@posix
def test_what_a_file_does_is_its_own_outcome(reader, text, code):
    """It has its code, and the next file is read, by the same process or a new one."""
    reading = reader(max_text_bytes=1_000_000)
    assert said(reading, text) == [f"[{code}]"]
    assert said(reading, "echo on and on") == ["on and on"]


@pytest.mark.parametrize("text", ["spin", "sleep"])
@posix
def test_a_file_has_so_much_time(reader, monkeypatch, text):
    """Whether the processor is kept busy or nothing happens at all."""
    monkeypatch.setattr("ragsys.ingest.isolation._STARTING", 0.0)
    reading = reader(parser_seconds=1.0)
    said(reading, "echo x")
    assert said(reading, text) == ["[parser-timeout]"]
    assert said(reading, "echo still here") == ["still here"]


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "socket.create_connection(('127.0.0.1', 9))",
        "subprocess.run(['true'])",
        "os.system('true')",
        "open('/tmp/ragsys-written', 'w')",
        "os.open('/tmp/ragsys-written', os.O_CREAT | os.O_WRONLY)",
        "os.remove('/tmp/ragsys-written')",
        "os.rename('/tmp/ragsys-written', '/tmp/x')",
        "os.kill(1, 0)",
    ],
)
def test_what_the_process_has_given_up(reader, attempt):
    """Network, programs, writing and deleting are refused."""
    (text,) = said(reader(), f"tried {attempt}")
    assert text.startswith("refused: ")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid(), reason="a network of its own needs Linux and the right")
def test_there_is_no_network_for_native_code_either(reader):
    """Beneath Python's own calls, the process is in a network where nothing is, not in ours."""
    (text,) = said(reader(), "tried raise OSError(os.readlink('/proc/self/ns/net'))")
    assert text.startswith("refused: net:")
    assert text != f"refused: {Path('/proc/self/ns/net').readlink()}"
    (text,) = said(reader(), "tried raise OSError(len(open('/proc/net/route').readlines()))")
    assert text in {"refused: 0", "refused: 1"}


def test_it_knows_no_models_and_no_keys(reader, monkeypatch):
    """Nothing heavy is imported, and what the environment hides is not passed on."""
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    reading = reader()
    modules = set(said(reading, "modules")[0].split())
    assert not modules & {"torch", "transformers", "faiss", "onnxruntime", "sqlalchemy", "ragsys.models"}
    assert "OPENAI_API_KEY" not in said(reading, "environment")[0].split()


def test_one_process_reads_many_files(reader):
    """It is started for the first, and only then."""
    reading = reader()
    assert reading._child is None
    said(reading, "echo 1")
    process = reading._child._process.pid
    for number in range(50):
        assert said(reading, f"echo {number}") == [str(number)]
    assert reading._child._process.pid == process


@posix
def test_a_process_that_has_grown_is_replaced(reader):
    """Memory that one file took is not there against the next."""
    reading = reader(parser_memory=64 * 1024 * 1024)
    said(reading, "echo 1")
    first = reading._child._process.pid
    assert said(reading, "tried sys.kept = bytearray(40_000_000)") == ["done"]
    said(reading, "echo 2")
    assert reading._child._process.pid != first


@posix
def test_members_behind_a_deadly_one_are_read(reader):
    """Each that kills is an outcome of its own, and nothing is read twice or lost."""
    files = [("a.txt", b"echo a"), ("b.txt", b"fault"), ("c.zip", hostile_files.zipped([("d.txt", b"echo d")]))]
    files += [("e.zip", hostile_files.zipped([("f.txt", b"echo f"), ("g.txt", b"fault"), ("h.txt", b"echo h")]))]
    files += [("i.txt", b"echo i")]
    replies = list(reader().read(hostile_files.zipped(files), "a.zip"))
    found = [(r.member, r.extraction.text if isinstance(r, Piece) else r.error.code) for r in replies]
    assert found == [
        ("a.txt", "a"),
        ("b.txt", "parser-died"),
        ("c.zip!/d.txt", "d"),
        ("e.zip!/f.txt", "f"),
        ("e.zip!/g.txt", "parser-died"),
        ("e.zip!/h.txt", "h"),
        ("i.txt", "i"),
    ]


@posix
def test_a_file_of_nothing_but_traps_is_given_up(reader):
    """After some deaths the rest of an archive is not tried, and the archive says so."""
    files = [(f"{number}.txt", b"fault") for number in range(9)]
    replies = list(reader().read(hostile_files.zipped(files), "a.zip"))
    assert [r.member for r in replies] == [*(f"{number}.txt" for number in range(5)), ""]


def test_members_come_one_by_one(reader):
    """The first of many is here before the last is read: an archive is never held unpacked."""
    files = [(f"{number:04}.txt", b"echo x") for number in range(3000)]
    replies = reader().read(hostile_files.zipped(files), "a.zip")
    assert next(replies).member == "0000.txt"
    assert sum(1 for _ in replies) == 2999


def test_it_can_be_stopped(reader):
    """From another thread, while it reads: nothing hangs, and nothing is read after that."""
    from threading import Timer

    reading = reader(parser_seconds=1000.0)
    said(reading, "echo x")
    Timer(0.3, reading.stop).start()
    began = time.monotonic()
    assert said(reading, "sleep") == []
    assert said(reading, "echo x") == []
    assert time.monotonic() - began < 60


def test_real_parsers_run_in_it():
    """A PDF and a page give what they give in this process."""
    from ragsys.ingest.parsers import parser_for

    pages = [["Kettles are descaled."], ["Grinders are brushed."]]
    data = pdfs.build(pages, outline=[("Kettles are descaled.", 0)], title="Care")
    page = b"<!doctype html><title>Care</title><h1>Kettles</h1><p>They are descaled."
    with Reader(Limits.of(Settings())) as reading:
        for content, name in ((data, "care.pdf"), (page, "care.html")):
            (piece,) = reading.read(content, name)
            assert piece.extraction == parser_for(content, name).parse(content, name=name)
            assert (piece.member, piece.size) == ("", len(content))


PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (40).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0" + bytes(4)


def test_images_are_recognised_on_this_side():
    """The process shows an image and is told its text; where that fails, or nobody does it, that is the outcome."""

    def recognise(image):
        if image != PNG:
            raise OcrFailedError("it is another one")
        return [f"An image of {len(image)} bytes.", "Its second page."]

    with Reader(Limits.of(Settings()), recognise=recognise) as reading:
        text = f"An image of {len(PNG)} bytes.\n\nIts second page.\n\n"
        assert said(reading, PNG, "a.png") == [text]
        assert said(reading, PNG + b"more", "a.png") == ["[ocr-failed]"]
        assert said(reading, hostile_files.zipped([("a.png", PNG), ("b.txt", b"beside")]), "a.zip") == [text, "beside"]
    with Reader(Limits.of(Settings())) as reading:
        assert said(reading, PNG, "a.png") == ["[ocr-missing]"]
