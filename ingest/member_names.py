"""Names of files inside archives: in which encoding they are, and how they are shown.

Nothing is ever written under such a name, so one that would lead out of a folder is only made to look like what it is.
ZIP's own encodings are CP437 and UTF-8 (APPNOTE 6.3.10, appendix D); Chinese and Japanese systems write their own
without saying so. Knows no archive.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.members import MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Distinct", "decode_names", "is_hidden", "shown"]

# What a name in each encoding has beside ASCII if it is one: Han or kana, and their punctuation. Korean is left out: in
# EUC-KR, Hangul are the very bytes of the usual Han characters of GB 2312.
_HAN = r"\u3001-\u3017\u4e00-\u9fff\uff01-\uff5e"
_EASTERN = (
    ("gbk", re.compile(rf"[\x00-\x7f{_HAN}]+"), "gb2312"),
    ("cp932", re.compile(rf"[\x00-\x7f{_HAN}\u3041-\u30ff]+"), "shift_jis"),
    ("big5", re.compile(rf"[\x00-\x7f{_HAN}]+"), "big5"),
)
_USUAL = 0.8
_LONGEST = 1000
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f]")
# Only in front: the colon of "0002 Re: Budget.eml" belongs to no drive.
_DRIVE = re.compile(r"^(?:[./]*[A-Za-z]:)+")


def decode_names(names: Sequence[bytes]) -> list[str]:
    """The names of one archive that do not say their encoding: all in the first one that makes names of all of them."""
    try:
        return [name.decode("utf-8") for name in names]
    except UnicodeDecodeError:
        joined = b"/".join(names)
    for encoding, plain, usual in _EASTERN:
        try:
            text = joined.decode(encoding)
        except UnicodeDecodeError:
            continue
        beyond_ascii = [character for character in text if not character.isascii()]
        frequent = len("".join(beyond_ascii).encode(usual, "ignore").decode(usual))
        if plain.fullmatch(text) and frequent >= _USUAL * len(beyond_ascii):
            return [name.decode(encoding) for name in names]
    return [name.decode("cp437") for name in names]


def shown(name: str) -> str:
    """A relative path without what leads upwards, with "/" between its parts; "unnamed" where nothing is left."""
    name = _UNSHOWN.sub("", name.replace("\\", "/").encode("utf-8", "replace").decode("utf-8"))
    parts = [part for part in _DRIVE.sub("", name, count=1).split("/") if part not in {"", ".", ".."}]
    # The mark is where a file's name ends and a member's begins.
    return "/".join(parts)[-_LONGEST:].replace(MARK, "!_/") or "unnamed"


def is_hidden(name: str) -> bool:
    """Whether a folder's walk would leave it out, or a Mac has put it beside the files."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


class Distinct:
    """Gives the second of two equal paths a number."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def __call__(self, path: str) -> str:
        """`path`, or the first of "path (2)", "path (3)" and so on that is new; the suffix stays behind."""
        folder, slash, name = path.rpartition("/")
        stem, dot, suffix = name.rpartition(".")
        stem, suffix = (stem, dot + suffix) if stem else (name, "")
        number, unique = 1, path
        while unique in self._seen:
            number += 1
            unique = f"{folder}{slash}{stem} ({number}){suffix}"
        self._seen.add(unique)
        return unique
