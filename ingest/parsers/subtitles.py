"""Subtitles (SubRip and WebVTT): what is said, as paragraphs, each cue in its place of time.

A paragraph ends with a pause, with another speaker, or where it has become long and a sentence ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.language import base
from ragsys.types import Extraction, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragsys.types import Scalar

__all__ = ["TIMES", "SubtitlesParser"]

_CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d\d(?:[.,]\d{1,3})?"
TIMES = re.compile(rf"[ \t]*({_CLOCK})[ \t]*-->[ \t]*({_CLOCK})(?:[ \t].*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>\n]{1,100})>")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|<\d[\d:.,]*>|\{\\[^{}\n]{0,100}\}")
_LANGUAGE = re.compile(r"^Language:[ \t]*([\w-]+)", re.MULTILINE)
_PAUSE = 3.0
_LONG, _TOO_LONG = 500, 1500
_END = (".", "!", "?", "。", "！", "？", "…", '"', "”", "」")


@dataclass(frozen=True, slots=True)
class _Cue:
    """What is shown for a while, in seconds from the beginning."""

    start: float
    end: float
    speaker: str
    lines: tuple[str, ...]


class SubtitlesParser:
    """Each paragraph begins with who speaks, where that is said."""

    name = "subtitles"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """What is said. Raises `NoTextError` where nothing is."""
        text = decode(data, name)
        pieces = Pieces()
        for paragraph in _paragraphs(_unrolled(_cues(text.split("\n")))):
            _write(pieces, paragraph)
        if not pieces:
            raise NoTextError(f"{name} has no cue in which anything is said")
        declared = _LANGUAGE.search(text[: text.find("-->")])
        language = base(declared.group(1)) if declared else ""
        metadata: dict[str, Scalar] = {"lang": language} if language else {}
        return pieces.result(metadata=metadata)


def _cues(lines: Sequence[str]) -> Iterator[_Cue]:
    """The cues in the order of the file; numbers, notes and styles between them are passed over."""
    at = 0
    while at < len(lines):
        times = TIMES.match(lines[at])
        at += 1
        if times is None:
            continue
        begin = at
        while at < len(lines) and lines[at].strip() and not TIMES.match(lines[at]):
            at += 1
        shown = lines[begin:at]
        voice = _VOICE.search("\n".join(shown))
        plain = tuple(filter(None, (_plain(line) for line in shown)))
        if plain:
            speaker = " ".join(unescape(voice.group(1)).split()) if voice else ""
            yield _Cue(_seconds(times.group(1)), _seconds(times.group(2)), speaker, plain)


def _unrolled(cues: Iterator[_Cue]) -> Iterator[_Cue]:
    """Without the lines that captions which roll show once more."""
    before: tuple[str, ...] = ()
    for cue in cues:
        fresh = cue.lines[1:] if before and cue.lines[0] == before[-1] else cue.lines
        before = cue.lines
        if fresh:
            yield _Cue(cue.start, cue.end, cue.speaker, fresh)


def _paragraphs(cues: Iterator[_Cue]) -> Iterator[list[_Cue]]:
    paragraph: list[_Cue] = []
    size = 0
    for cue in cues:
        if paragraph:
            last = paragraph[-1]
            ended = last.lines[-1].endswith(_END)
            pause = cue.start - last.end >= _PAUSE
            if pause or cue.speaker != last.speaker or size > _TOO_LONG or (size > _LONG and ended):
                yield paragraph
                paragraph, size = [], 0
        paragraph.append(cue)
        size += sum(map(len, cue.lines))
    if paragraph:
        yield paragraph


def _write(pieces: Pieces, paragraph: list[_Cue]) -> None:
    """One paragraph, with the place of each of its cues."""
    text = f"{paragraph[0].speaker}: " if paragraph[0].speaker else ""
    places = []
    for number, cue in enumerate(paragraph):
        places.append(Place(len(text) if number else 0, "", _clock(cue.start), _clock(cue.end)))
        text += " ".join(cue.lines) + " "
    pieces.graft(Extraction(text.rstrip(), places=tuple(places)))


def _plain(line: str) -> str:
    return " ".join(unescape(_TAG.sub("", line)).replace("\0", "").split())


def _seconds(clock: str) -> float:
    total = 0.0
    for part in clock.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
