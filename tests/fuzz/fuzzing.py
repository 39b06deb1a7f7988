"""Mutate files of every format, read each as `add` would, and count what nobody thought of.

    PYTHONPATH=tests/support python tests/fuzz/fuzzing.py --files 20000 --seed 1 --json bench/results/fuzz.json

The corpus has a file for each parser, made here, and, where RAGSYS_DATA names the data sets, the documents in them.
What stands in images is made up: it is not tesseract that is tried. A file is bent
in a few places: bits, runs of bytes, numbers, cuts, repetitions, pieces of another file of its format; of a ZIP also
what is in it, so that the damage is behind the packing. The same seed bends the same files. What has to come out is
text, or an error with a code of its own: an exception of a parser that is none of ours, a process that dies and time
that runs out are each counted, and the files kept with --keep.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import re
import struct
import sys
import time
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import hostile_files
import manuscripts
import offices
import pdfs

from ragsys.config import Settings
from ragsys.ingest.isolation import Reader
from ragsys.ingest.wire import Limits, Piece

ROOT = Path(__file__).parents[2]
LARGEST = 200_000  # bytes of a real file: larger ones take the time of many
OF_EACH = 12  # real files of a format
BOUNDARY = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
TOKENS = (
    b"<> </ /> &; ]]> <!-- { } [ ] ( ) \" ' \\ \0 \n%PDF- endobj stream obj << >> \xff\xfe \xef\xbb\xbf \xe4\xb8".split(
        b" "
    )
)
NUMBER = re.compile(rb"\d+")
# What an error is called that is not about a file's own faults.
UNTYPED = frozenset({"document", "error"})
LATE, DEAD = "parser-timeout", "parser-died"
DATE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(slots=True)
class Outcome:
    """What a run saw: outcomes by format and code, and the mutants that should not be."""

    files: int = 0
    codes: dict[str, Counter[str]] = field(default_factory=dict)
    untyped: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def take(self, suffix: str, codes: list[str], mutant: str) -> None:
        """Count a mutant's outcomes."""
        self.files += 1
        self.codes.setdefault(suffix, Counter()).update(set(codes) or {"nothing"})
        for wrong, found in ((UNTYPED, self.untyped), ({DEAD}, self.died), ({LATE}, self.late)):
            if wrong & set(codes):
                found.append(mutant)
        if not codes:
            self.crashes.append(mutant)


def corpus() -> dict[str, list[bytes]]:
    """Whole files by suffix: ours, and real ones where there are any."""
    found: dict[str, list[bytes]] = {}
    for path in sorted((ROOT / "examples" / "collection").rglob("*.*")):
        found.setdefault(path.suffix[1:], []).append(path.read_bytes())
    for suffix, data in made():
        found.setdefault(suffix, []).append(settled(data))
    real: dict[str, int] = {}
    root = Path(os.environ.get("RAGSYS_DATA", ROOT / "none")) / "docs"
    for path in sorted(root.rglob("*.*")):
        suffix = path.suffix[1:].lower()
        if real.get(suffix, 0) < OF_EACH and path.is_file() and 0 < path.stat().st_size <= LARGEST:
            real[suffix] = real.get(suffix, 0) + 1
            found.setdefault(suffix, []).append(path.read_bytes())
    return found


def made() -> list[tuple[str, bytes]]:
    """A small file of each format that we can write."""
    text = "Kettles are descaled twice a year. 水壶每年除垢两次。"
    sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c><c r="B1"><v>2</v></c></row>'
    paragraphs = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    mail = (
        "From: a@example.org\nSubject: =?utf-8?b?5rC05aO2?=\nMIME-Version: 1.0\nContent-Type: multipart/mixed; "
        f'boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n--b\nContent-Type: text/html\n'
        "Content-Disposition: attachment; filename=a.html\n\n<html><p>Attached.</html>\n--b--\n"
    )
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
    notebook["cells"] = [{"cell_type": kind, "metadata": {}, "source": [text]} for kind in ("markdown", "code", "raw")]
    files = [("a.txt", text.encode()), ("b.html", f"<!doctype html><p>{text}".encode())]
    return [
        ("pdf", pdfs.build([["Kettles are descaled."], ["Grinders."]], outline=[("Kettles", 0)], title="Care")),
        ("pdf", pdfs.build([["Sideways."]], rotate=90)),
        ("zip", hostile_files.zipped([*files, ("in.zip", hostile_files.zipped(files))])),
        ("tar", hostile_files.tarred([(hostile_files.tar_info(name), data) for name, data in files])),
        ("tgz", hostile_files.tarred([(hostile_files.tar_info(name), data) for name, data in files], "w:gz")),
        ("gz", hostile_files.gzip.compress(text.encode(), mtime=0)),
        ("bz2", hostile_files.bz2.compress(text.encode())),
        ("xz", hostile_files.lzma.compress(text.encode())),
        (
            "docx",
            hostile_files.docx(f'<w:document xmlns:w="{hostile_files.W}"><w:body>{paragraphs}</w:body></w:document>'),
        ),
        ("xlsx", hostile_files.xlsx(f'<worksheet xmlns="{sheet}"><sheetData>{row}</sheetData></worksheet>')),
        ("csv", f"name,text,n\nkettle,\"{text}\",2\nmill,'x',3\n".encode()),
        ("json", json.dumps({"name": "kettle", "text": text, "list": [1, 2.5, None, {"a": True}]}).encode()),
        ("jsonl", json.dumps({"text": text}).encode() + b'\n{"text": "two"}\n'),
        ("ipynb", json.dumps(notebook).encode()),
        ("xml", f'<?xml version="1.0"?><a b="c"><d>{text}</d><!-- x --><![CDATA[y]]></a>'.encode()),
        ("eml", mail.encode()),
        ("mbox", b"From a@example.org Tue Nov 24 00:00:00 2026\n" + mail.encode() + b"\n" + mail.encode()),
        ("rtf", rb"{\rtf1\ansi{\fonttbl\f0 Times;}\f0 Kettles are \b descaled\b0 .\par \u27700?\'e9}"),
        ("srt", f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo.\n".encode()),
        ("vtt", f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n".encode()),
        ("tex", rf"\documentclass{{article}}\begin{{document}}\section{{A}}{text}$x^2$\end{{document}}".encode()),
        ("py", f'"""Doc."""\n\ndef kettle():\n    """{text}"""\n    return 1\n'.encode()),
        ("js", f"/** {text} */\nfunction kettle(a) {{\n  return a;\n}}\nclass Mill {{ grind() {{}} }}\n".encode()),
        ("tsv", f"name\ttext\nkettle\t{text}\n".encode()),
        ("txt", text.encode("gb18030")),
        ("txt", text.encode("utf-16")),
        ("png", _png(60, 20)),
        *((name.rpartition(".")[2], data) for name, data in manuscripts.SAMPLES.values()),
        *offices.samples().items(),
    ]


def settled(data: bytes) -> bytes:
    """The same file whenever it was written: of a ZIP, without the hour in it."""
    if not data.startswith(b"PK\x03\x04"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [(name, settled(archive.read(name))) for name in archive.namelist()]
    return _zipped([(name, DATE.sub(b"2026-01-01T00:00:00Z", data)) for name, data in files])


def _zipped(files: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, inside in files:
            # An EPUB is known by its first file, which is not packed.
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), inside, how, compresslevel=1)
    return out.getvalue()


def _png(width: int, height: int) -> bytes:
    """A grey image."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bend(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A file with a few things wrong in it."""
    if data.startswith(b"PK\x03\x04") and chance.random() < 0.6:
        bent = _bend_inside(data, others, chance)
        if bent is not None:
            return bent
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8, 30))):
        _bend_once(found, others, chance)
    return bytes(found)


def _bend_once(found: bytearray, others: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(found) + 1)
    end = at + min(chance.choice((1, 4, 16, 256, 4096)), len(found) - at)
    way = chance.randrange(9)
    if way == 0 and at < len(found):
        found[at] ^= 1 << chance.randrange(8)
    elif way == 7:
        _renumber(found, at, chance)
    elif way == 8 and chance.random() < 0.3:
        del found[at:]
    else:
        found[at:end] = _instead(bytes(found[at:end]), way, others, chance)


def _instead(piece: bytes, way: int, others: list[bytes], chance: random.Random) -> bytes:
    """What comes in the place of a few bytes."""
    other = chance.choice(others)
    start = chance.randrange(len(other) + 1)
    return {
        1: chance.randbytes(len(piece)),
        2: chance.choice(BOUNDARY).to_bytes(4, chance.choice(("little", "big"))),
        3: b"",
        4: piece * chance.choice((2, 3, 50)),
        5: chance.choice(TOKENS) * chance.choice((1, 2, 300)) + piece,
        6: other[start : start + len(piece)],
    }.get(way, piece)


def _renumber(found: bytearray, at: int, chance: random.Random) -> None:
    """Another number in the place of one that is written in digits."""
    numbers = list(NUMBER.finditer(found, at, at + 4096))
    if numbers:
        start, end = chance.choice(numbers).span()
        found[start:end] = str(chance.choice(BOUNDARY)).encode()


def _bend_inside(data: bytes, others: list[bytes], chance: random.Random) -> bytes | None:
    """A ZIP, one of whose files is bent."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [
                (info.filename, archive.read(info)) for info in archive.infolist() if info.file_size < LARGEST * 10
            ]
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
        return None
    filled = [number for number, (_, content) in enumerate(files) if content]
    if not filled:
        return None
    number = chance.choice(filled)
    content = bytearray(files[number][1])
    for _ in range(chance.choice((1, 2, 5))):
        _bend_once(content, others, chance)
    files[number] = (files[number][0], bytes(content))
    return _zipped(list(dict(files).items()))


def mutant(found: dict[str, list[bytes]], seed: int, number: int) -> tuple[str, bytes]:
    """The suffix and the bytes of one mutant: formats take turns."""
    chance = random.Random(f"{seed}:{number}")
    suffixes = sorted(found)
    suffix = suffixes[number % len(suffixes)]
    return suffix, bend(chance.choice(found[suffix]), found[suffix], chance)


def run(files: int, seed: int, *, keep: Path | None = None, seconds: float = 5.0) -> Outcome:
    """Read so many mutants."""
    outcome, found = Outcome(), corpus()
    settings = Settings(parser_seconds=seconds)
    with Reader(Limits.of(settings), recognise=lambda _: ["Kettles are descaled.", ""]) as reader:
        for number in range(files):
            suffix, data = mutant(found, seed, number)
            began = time.perf_counter()
            replies = list(reader.read(data, f"mutant.{suffix}")) if data else []
            outcome.slowest = max(outcome.slowest, time.perf_counter() - began)
            codes = [kind_of(reply) for reply in replies] if data else ["file-empty"]
            before = len(outcome.untyped) + len(outcome.died) + len(outcome.late) + len(outcome.crashes)
            outcome.take(suffix, codes, f"{seed}:{number}.{suffix}")
            after = len(outcome.untyped) + len(outcome.died) + len(outcome.late) + len(outcome.crashes)
            if after > before:
                messages = [r.error.message for r in replies if not isinstance(r, Piece)]
                sys.stderr.write(f"{seed}:{number}.{suffix} {codes[:3]} {messages[:2]}\n")
                if keep is not None:
                    (keep / f"{seed}-{number}.{suffix}").write_bytes(data)
    return outcome


def kind_of(reply: object) -> str:
    """What a reply is counted as."""
    return "text" if isinstance(reply, Piece) else reply.error.code


def main() -> None:
    """Run from the command line; status 1 where anything was untyped, late, dead or lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the files that should not be")
    parser.add_argument("--json", type=Path, help="where to write the result")
    arguments = parser.parse_args()
    began = time.perf_counter()
    outcome = run(arguments.files, arguments.seed, keep=arguments.keep)
    result = {
        "files": outcome.files,
        "seed": arguments.seed,
        "seconds": round(time.perf_counter() - began, 1),
        "slowest_seconds": round(outcome.slowest, 2),
        "crashes": outcome.crashes,
        "hangs": outcome.late,
        "untyped": outcome.untyped,
        "parser_died": outcome.died,
        "codes": {suffix: dict(sorted(codes.items())) for suffix, codes in sorted(outcome.codes.items())},
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.exit(bool(outcome.crashes or outcome.late or outcome.untyped))


if __name__ == "__main__":
    main()
