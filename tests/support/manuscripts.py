"""The same manuscript in every format that has headings: what is written is what a parser has to find."""

import io
import json
import zipfile
from html import escape

import compound


def _epub(sections):
    chapters = [
        f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>'
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p></body></html>"
        for title, text in sections
    ]
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>Manuscript</dc:title><dc:creator>Nobody</dc:creator><dc:language>en-GB</dc:language>"
        f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="b/p.opf"/></rootfiles></container>',
        "b/p.opf": package,
    }
    return zipped({**files, **{f"b/c{n}.xhtml": chapter for n, chapter in enumerate(chapters)}})


def zipped(files):
    """A ZIP archive of texts or bytes by name, in their order."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def _notebook(sections):
    cells = [
        {"cell_type": "markdown", "source": [f"# {title}\n", "\n", text]} if n % 2 == 0 else
        {"cell_type": "markdown", "source": f"# {title}\n\n{text}"}
        for n, (title, text) in enumerate(sections)
    ]  # fmt: skip
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}).encode()


def _docbook(sections):
    inside = "".join(f"<section><title>{escape(t)}</title><para>{escape(p)}</para></section>" for t, p in sections)
    return f"<article>{inside}</article>".encode()


_TEX = str.maketrans({c: f"\\{c}" for c in "%&_#${}"} | {"\\": "\\textbackslash{}", "~": "\\textasciitilde{}"})


def _jsonl(sections):
    lines = [json.dumps({"_id": f"d{n}", "title": t, "text": p}) for n, (t, p) in enumerate(sections)]
    return "\n".join(lines).encode()


def _html(sections):
    return ("<!doctype html>" + "".join(f"<h1>{escape(t)}</h1><p>{escape(p)}" for t, p in sections)).encode()


def _latex(sections):
    shown = [(title.translate(_TEX), text.translate(_TEX)) for title, text in sections]
    return "\n".join(f"\\section{{{title}}}\n{text}\n" for title, text in shown).encode()


def _rst(sections):
    return "\n".join(f"{title}\n{'=' * max(len(title), 4)}\n\n{text}\n" for title, text in sections).encode()


# Names of parsers to a file name and a function from sections (a title and a paragraph each) to bytes.
WRITERS = {
    "asciidoc": ("a.adoc", lambda s: "\n".join(f"== {t}\n\n{p}\n" for t, p in s).encode()),
    "epub": ("a.epub", _epub),
    "html": ("a.html", _html),
    "jsonl": ("a.jsonl", _jsonl),
    "latex": ("a.tex", _latex),
    "markdown": ("a.md", lambda s: "\n".join(f"# {t}\n\n{p}\n" for t, p in s).encode()),
    "notebook": ("a.ipynb", _notebook),
    "rst": ("a.rst", _rst),
    "source": ("a.py", lambda s: "\n".join(f"def {t}():\n    # {p}\n    pass\n\n" for t, p in s).encode()),
    "xml": ("a.xml", _docbook),
}

_SECTIONS = [("Pumps", "Water goes up."), ("水泵", "水往高处流。")]
_MAIL = (
    b"From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: =?utf-8?B?5rC05rO1?= pump\r\n"
    b"Date: Mon, 06 Jan 2025 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n"
    + "水泵坏了。\r\n> 什么？".encode("gb2312")
    + b"\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF-\r\n"
    + b"--b--\r\n"
)
_ENVELOPE = b"From ann Mon Jan  6 10:00:00 2025\n"
_OUTLOOK = compound.outlook({"0037": "水泵", "1000": "Broken.\r\n", "0C1A": "Ann"}, [("a.pdf", b"%PDF-" * 900)])
_CUES = "1\n00:00:01,000 --> 00:00:02,000\n水泵。\n\n2\n00:00:02,500 --> 00:00:04,000\n<i>坏了</i>。\n"
_JSON = {"name": "x", "items": [{"a": 1, "b": ["水", "c"]}, {"a": None}]}

# One small file for every parser of text, mail or books, by the parser's name.
SAMPLES = {name: (file, write(_SECTIONS)) for name, (file, write) in WRITERS.items()}
SAMPLES |= {
    "csv": ("a.csv", '名称;size\n水泵;3\n\n"a;b";4\n'.encode()),
    "eml": ("a.eml", _MAIL),
    "json": ("a.json", json.dumps(_JSON).encode()),
    "mbox": ("a.mbox", _ENVELOPE + _MAIL + b"\n\n" + _ENVELOPE + _MAIL),
    "msg": ("a.msg", _OUTLOOK),
    "subtitles": ("a.srt", _CUES.encode()),
    "text": ("a.txt", "Title\n\n水泵坏了。".encode()),
}
