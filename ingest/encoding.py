"""Bytes of a text file to a string: marks, what it declares, UTF-8, UTF-16, then the most plausible older encoding."""

from __future__ import annotations

import codecs
import re

from ragsys.errors import BinaryFileError, DocumentError, EmptyFileError, EncodingError

__all__ = ["declared_text", "decode", "decode_declared", "decode_part"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEVERAL = 3
_MARKED = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAMPLE = 64 * 1024
# Terminal logs are text: an escape is no sign of a binary file.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_BYTES = bytes(code for code in range(256) if _CONTROL.match(chr(code)))
_MOST_CONTROL = 0.02
# The share of characters, of those beyond ASCII, that may be undecodable in a text that is only slightly damaged.
_MOST_DAMAGE = 0.02

# What UTF-16 without a mark has to consist of: alphabets, Chinese, Japanese and Korean, and their punctuation.
_PLAIN = re.compile(r"[\t\n\r -~\u00a0-\u06ff\u2010-\u2030\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]")
_MOSTLY_PLAIN = 0.95
_LETTERS = re.compile(rb"[a-z ]")
_MOSTLY_LETTERS = 0.6

# Some of the most frequent characters of each language: together about a third of any text of it, and almost nothing
# of a text that was decoded wrongly.
_HAN = "的一是不了人我在有他之大来以个中上们到和地也子出而要于就下得可你年生自会那后能对着里其所去过家发么天"
_OLD_HAN = "這為來個們說國時後對著裡過學還將開沒經與無長問見動點頭實現"
_KANA = "のにはをたがでとしてれさるいなもらこかっくんまりよすあきけせうえそちみやつお"
_HANGUL = "이다는의에을가고하지로은한기사도어리나대자서시를인있"
_COMMON = {
    "gb18030": frozenset(_HAN + _OLD_HAN),
    "big5": frozenset(_HAN + _OLD_HAN),
    "cp932": frozenset(_KANA),
    "euc_jp": frozenset(_KANA),
    "euc_kr": frozenset(_HANGUL),
}
_CONVINCING = 0.1
# What a page or a message may declare, and what its bytes are then read as: the larger encodings that browsers take
# for it.
_DECLARED = {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932"}
_TRUSTED = re.compile(
    r"utf-[78]|gb18030|hz|big5|big5hkscs|cp9(?:32|49|50)|euc_(?:jp|kr)|iso8859-\d+|cp125\d|koi8-[ru]|mac-\w+|iso2022_\w+"
)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_RUN = re.compile(rb"[\x80-\xff]{2,}")
_IN_RUNS = 0.4


def decode(data: bytes, name: str) -> str:
    r"""The text of a file, with newlines as "\n" and without NULs, lone surrogates and the byte order mark.

    A few bytes that fit no character (U+FFFD marks them) do not make another encoding of a text.

    Raises:
        EmptyFileError: nothing but a byte order mark.
        BinaryFileError: not text.
        EncodingError: text of an encoding that cannot be told.
    """
    text = _decode(data, name)
    if len(_CONTROL.findall(text[:_SAMPLE])) > _MOST_CONTROL * min(len(text), _SAMPLE):
        raise BinaryFileError(f"{name} is not text")
    text = _clean(text)
    if not text:
        raise EmptyFileError(f"{name} holds nothing but a byte order mark")
    return text


def decode_declared(data: bytes, declared: str, name: str) -> str:
    """The text of bytes that name their own encoding, which is believed where it is true.

    What is valid UTF-8 over several characters is nothing else. Raises as `decode` does.
    """
    text = declared_text(data, declared)
    return decode(data, name) if text is None else _clean(text)


def declared_text(data: bytes, declared: str) -> str | None:
    """The text of bytes by the encoding that somebody says they have; None where that is not to be believed."""
    if data.startswith(_MARKED) or _is_utf8(data):
        return None
    try:
        encoding = codecs.lookup(declared).name
        encoding = _DECLARED.get(encoding, encoding)
        text = data.decode(encoding, "replace") if _TRUSTED.fullmatch(encoding) else None
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if text is None or _is_damaged(text) else text


def decode_part(data: bytes, declared: str = "") -> str:
    """The text of a part of a file, such as a header or a body, whatever it is: the rest can be read without it."""
    try:
        return decode_declared(data, declared, "a part") if declared else decode(data, "a part")
    except DocumentError:
        return _CONTROL.sub("", _clean(data.decode("utf-8", "replace")))


def _is_utf8(data: bytes) -> bool:
    """Whether bytes beyond ASCII are UTF-8; bytes that are all ASCII may be an encoding of seven bits."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    # Two bytes of a Chinese encoding may be a letter of UTF-8; a few such pairs in a row never are.
    return len(text) - len(text.encode("ascii", "ignore")) >= _SEVERAL


def _clean(text: str) -> str:
    """Newlines as one character, without NULs, lone surrogates and the byte order mark."""
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8", "replace").decode("utf-8").removeprefix("\ufeff")


def _decode(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data.decode(encoding, "replace")
            if _is_damaged(text):
                raise EncodingError(f"{name} begins as {encoding} and is not")
            return text
    sample = data[:_SAMPLE]
    # No text in bytes has control characters; in UTF-16 they are halves of ordinary ones.
    if len(sample) - len(sample.translate(None, _CONTROL_BYTES)) > _MOST_CONTROL * len(sample):
        return _utf16(data, name)
    text = data.decode("utf-8", "replace")
    if not _is_damaged(text):
        return text
    if sample.count(0):
        raise BinaryFileError(f"{name} is not text")
    return _old(data, name)


def _is_damaged(text: str) -> bool:
    """Whether so much could not be decoded that the encoding is another one."""
    bad = text.count("\ufffd")
    if not bad:
        return False
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    # A cut in the middle of a file's last character is damage, not another encoding.
    return bad > max(_MOST_DAMAGE * beyond_ascii, bad == 1 and text.endswith("\ufffd"))


def _utf16(data: bytes, name: str) -> str:
    """UTF-16 without a mark, in the byte order that gives text."""
    even = len(data) - len(data) % 2
    if len(_LETTERS.findall(data[:_SAMPLE])) > _MOSTLY_LETTERS * min(len(data), _SAMPLE):
        # Two ASCII letters side by side look like a Chinese character.
        raise BinaryFileError(f"{name} is not text")
    scores = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        text = data[: min(even, _SAMPLE)].decode(encoding, "replace")
        scores[encoding] = len(_PLAIN.findall(text)) / max(len(text), 1)
    best = max(scores, key=scores.__getitem__)
    if scores[best] < _MOSTLY_PLAIN:
        raise BinaryFileError(f"{name} is not text")
    text = data[:even].decode(best, "replace")
    if _is_damaged(text):
        raise BinaryFileError(f"{name} is not text")
    return text


def _old(data: bytes, name: str) -> str:
    """The East Asian encoding that gives a language's most frequent characters, else what charset-normalizer finds."""
    scores = {encoding: _frequent(data[:_SAMPLE], encoding) for encoding in _COMMON}
    best = max(scores, key=scores.__getitem__)
    if scores[best] > _CONVINCING:
        text = data.decode(best, "replace")
        if not _is_damaged(text):
            return text
    from charset_normalizer import from_bytes

    found = list(from_bytes(data[: 4 * _SAMPLE]))  # best first; equally good ones in the order of their names
    best_of = [
        match.encoding for match in found if (match.chaos, match.coherence) == (found[0].chaos, found[0].coherence)
    ]
    # Among equals the most common one: French fits cp1250 as well, with some letters wrong.
    for encoding in [*(best_of[:1] if "cp1252" not in best_of else []), "cp1252", "latin-1"]:
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if len(_CONTROL.findall(text[:_SAMPLE])) <= _MOST_CONTROL * min(len(text), _SAMPLE):
            return text
    raise EncodingError(f"the encoding of {name} cannot be told")


def _frequent(sample: bytes, encoding: str) -> float:
    """The share of the language's most frequent characters among all that are not ASCII; 0 where it cannot be."""
    text = sample.decode(encoding, "replace")
    # An accented letter stands alone among plain ones; bytes of these languages come in runs.
    if _is_damaged(text) or sum(map(len, _RUN.findall(sample))) < _IN_RUNS * len(_BEYOND_ASCII.findall(sample)):
        return 0.0
    beyond_ascii = [character for character in text if not character.isascii()]
    common = _COMMON[encoding]
    return sum(character in common for character in beyond_ascii) / max(len(beyond_ascii), 1)
