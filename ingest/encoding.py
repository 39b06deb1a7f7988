"""Bytes of a text file to a string: marks, UTF-8, UTF-16, and then the most plausible older encoding."""

from __future__ import annotations

import codecs
import re

from ragsys.errors import BinaryFileError, EmptyFileError, EncodingError

__all__ = ["decode"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MOST_CONTROL = 0.02
_MANY_ZEROS = 0.2
_HAN = re.compile(r"[\u4e00-\u9fff]")
_OLD = ("gb18030", "big5", "cp1252")


def decode(data: bytes, name: str) -> str:
    r"""The text of a file, with newlines as "\n" and without NULs, lone surrogates and the byte order mark.

    Raises:
        EmptyFileError: nothing but a byte order mark.
        BinaryFileError: not text.
        EncodingError: text of an encoding that cannot be told.
    """
    text = _decode(data, name)
    if len(_CONTROL.findall(text[:_SAMPLE])) > _MOST_CONTROL * min(len(text), _SAMPLE):
        raise BinaryFileError(f"{name} is not text")
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode("utf-8", "replace").decode("utf-8").removeprefix("\ufeff")
    if not text:
        raise EmptyFileError(f"{name} holds nothing but a byte order mark")
    return text


def _decode(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode("utf-8") if encoding == "utf-8" else data.decode(encoding)
            except UnicodeDecodeError:
                raise EncodingError(f"{name} begins as {encoding} and is not") from None
    sample = data[:_SAMPLE]
    if sample.count(0) > _MANY_ZEROS * len(sample):
        return _utf16(data, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A cut in the middle of a file's last character is damage, not another encoding.
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8")
    if sample.count(0):
        raise BinaryFileError(f"{name} is not text")
    return _old(data, name)


def _utf16(data: bytes, name: str) -> str:
    """UTF-16 without a mark: Latin text has its zeros all on one side."""
    even, odd = data[:_SAMPLE:2].count(0), data[1:_SAMPLE:2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) * 10 > max(even, odd) or len(data) % 2:
        raise BinaryFileError(f"{name} is not text")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise BinaryFileError(f"{name} is not text") from None


def _old(data: bytes, name: str) -> str:
    """GB18030 where it gives mostly common Chinese, else what charset-normalizer finds."""
    sample = data[:_SAMPLE]
    high = sum(byte >= 0x80 for byte in sample)  # noqa: PLR2004 - beyond ASCII
    for encoding in _OLD[:2]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Two bytes a character: Chinese text turns (nearly) all its high bytes into common characters.
        if len(_HAN.findall(text[:_SAMPLE])) * 2 > 0.7 * high and high > 8:  # noqa: PLR2004
            return text
    from charset_normalizer import from_bytes

    found = list(from_bytes(data[: 4 * _SAMPLE]))  # best first; equally good ones in the order of their names
    best = [match.encoding for match in found if (match.chaos, match.coherence) == (found[0].chaos, found[0].coherence)]
    # Among equals the most common one: French fits cp1250 as well, with some letters wrong.
    for encoding in [*(best[:1] if "cp1252" not in best else []), "cp1252", "latin-1"]:
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if len(_CONTROL.findall(text[:_SAMPLE])) <= _MOST_CONTROL * min(len(text), _SAMPLE):
            return text
    if high > 0.3 * len(sample):
        raise BinaryFileError(f"{name} is not text")
    raise EncodingError(f"the encoding of {name} cannot be told")
