"""Encodings that declare nothing are recognised, and what is not text is refused."""

from __future__ import annotations

import pytest

from ragsys.errors import BinaryFileError, EmptyFileError
from ragsys.ingest.encoding import decode

_CHINESE = "今天天气很好，我们一起去公园散步，然后回家吃饭。" * 4
_POLISH = "Zażółć gęślą jaźń. Dziękuję bardzo, że państwo przyszli dziś na świąteczne spotkanie. " * 4
_FRENCH = "Le café était fermé à cause de l'été. Où êtes-vous allés après le dîner ? " * 4


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (_CHINESE, "utf-8"),
        (_CHINESE, "utf-8-sig"),
        (_CHINESE, "utf-16"),
        (_CHINESE, "gb18030"),
        (_FRENCH, "latin-1"),
        (_FRENCH, "cp1252"),
        (_FRENCH, "utf-16-le"),
        (_FRENCH, "utf-16-be"),
        (_FRENCH, "utf-32"),
        (_POLISH, "cp1250"),
    ],
)
def test_round_trip(text, encoding):
    """Text comes back as it was from every encoding that people still use."""
    assert decode(text.encode(encoding), "a.txt") == text


def test_newlines_and_nuls_are_normalised():
    """Carriage returns become newlines and a stray NUL goes."""
    assert decode(b"one\r\ntwo\rthree" + b" words" * 20 + b"\x00", "a") == "one\ntwo\nthree" + " words" * 20


def test_binary_is_refused():
    """Bytes of all values are not text."""
    with pytest.raises(BinaryFileError):
        decode(bytes(range(256)) * 8, "a.txt")


def test_a_lone_mark_is_empty():
    """A byte order mark alone is an empty file."""
    with pytest.raises(EmptyFileError):
        decode(b"\xef\xbb\xbf", "a.txt")
