"""Encodings that declare nothing are recognised, and what is not text is refused."""

from __future__ import annotations

import pytest

from ragsys.errors import BinaryFileError, EmptyFileError, EncodingError
from ragsys.ingest.encoding import decode

_CHINESE = "今天天气很好，我们一起去公园散步，然后回家吃饭。" * 4
_TRADITIONAL = "今天天氣很好，我們一起去公園散步，然後回家吃飯。" * 4
_JAPANESE = "今日は天気がとても良いので、公園を散歩してから家に帰って食事をします。" * 4
_KOREAN = "오늘은 날씨가 아주 좋아서 공원을 산책하고 집에 돌아와 밥을 먹었습니다. " * 4
_RUSSIAN = "Сегодня очень хорошая погода, и мы пошли гулять в парк. " * 4
_POLISH = "Zażółć gęślą jaźń. Dziękuję bardzo, że państwo przyszli dziś na świąteczne spotkanie. " * 4
_FRENCH = "Le café était fermé à cause de l'été. Où êtes-vous allés après le dîner ? " * 4
_GERMAN = "Die Straße ist für Fußgänger gesperrt; über die Brücke geht es schöner. " * 4


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (_CHINESE, "utf-8"),
        (_CHINESE, "utf-8-sig"),
        (_CHINESE, "utf-16"),
        (_CHINESE, "utf-16-le"),
        (_CHINESE, "utf-16-be"),
        (_CHINESE, "gb18030"),
        (_TRADITIONAL, "big5"),
        (_TRADITIONAL, "gb18030"),
        (_JAPANESE, "shift_jis"),
        (_JAPANESE, "euc_jp"),
        (_JAPANESE, "utf-16-le"),
        (_KOREAN, "euc_kr"),
        (_RUSSIAN, "cp1251"),
        (_RUSSIAN, "utf-16-le"),
        (_RUSSIAN, "utf-16-be"),
        (_FRENCH, "latin-1"),
        (_FRENCH, "cp1252"),
        (_FRENCH, "utf-16-le"),
        (_FRENCH, "utf-16-be"),
        (_FRENCH, "utf-32"),
        (_GERMAN, "latin-1"),
        (_POLISH, "cp1250"),
    ],
)
def test_round_trip(text, encoding):
    """Text comes back as it was from every encoding that people still use."""
    assert decode(text.encode(encoding), "a.txt") == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "utf-16", "utf-16-le"])
def test_a_damaged_character_does_not_make_another_encoding(encoding):
    """A wrong byte in the middle and a cut in the last character leave the rest of a Chinese text as it is."""
    text = _TRADITIONAL * 4
    data = bytearray(text.encode(encoding))
    data[len(data) // 2 // 2 * 2] = 0xFF
    found = decode(bytes(data[:-1]), "a.txt")
    assert found.startswith(text[:100])
    assert text[-100:-1] in found


def test_newlines_and_nuls_are_normalised():
    """Carriage returns become newlines and a stray NUL goes."""
    assert decode(b"one\r\ntwo\rthree" + b" words" * 20 + b"\x00", "a") == "one\ntwo\nthree" + " words" * 20


def test_a_log_with_colours_is_text():
    """Terminal escapes do not make a file binary."""
    log = "\x1b[31merror\x1b[0m in line 3\n" * 20
    assert decode(log.encode(), "build.log") == log


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)) * 8, b"\x00\x01\x02\x00" * 99, b"\x03\x1a\x00\x90" * 999, b"words " * 9 + b"\x00\xe9" * 3],
)
def test_binary_is_refused(data):
    """Bytes of all values, few of which print, are not text."""
    with pytest.raises(BinaryFileError):
        decode(data, "a.txt")


def test_a_mark_that_lies_is_refused():
    """A file that begins as UTF-16 and is not is no text of a known encoding."""
    with pytest.raises(EncodingError):
        decode(b"\xff\xfe" + b"\x00\xd8" * 50, "a.txt")


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_lone_mark_is_empty(mark):
    """A byte order mark alone is an empty file."""
    with pytest.raises(EmptyFileError):
        decode(mark, "a.txt")
