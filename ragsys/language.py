"""Which language a text is in: its script first, then letter statistics. Knows nothing of documents or models.

Writing systems that belong to one language decide alone (kana, Hangul, Greek, ...). Han without kana is taken for
Chinese: Japanese names and places alone do not tell. The others go to py3langid (naive Bayes over byte n-grams; Lui and
Baldwin, "langid.py: An Off-the-shelf Language Identification Tool", ACL 2012), restricted to the languages of that
script and weighed by how usual each is, so that a question of three words is not called Latin. Its model lies in the
package (4.6 MB) and is read when it is first needed, in a third of a second; nothing is fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "UNDETERMINED", "Language", "base", "detect", "is_chinese", "name_of", "script_shares"]

UNDETERMINED = "und"


@dataclass(frozen=True, slots=True)
class Language:
    """An ISO 639-1 code and how probable it is; "und" (ISO 639-2) where none is probable enough."""

    code: str
    probability: float


_SCRIPTS = {
    "Han": r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f",
    "Kana": r"\u3041-\u309f\u30a1-\u30ff\uff66-\uff9f",
    "Hangul": r"\uac00-\ud7af\u1100-\u11ff\u3131-\u318e",
    "Latin": r"A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
    "Cyrillic": r"\u0400-\u052f",
    "Arabic": r"\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f",
    "Devanagari": r"\u0904-\u0939\u0958-\u0961",
    "Bengali": r"\u0985-\u09b9\u09dc-\u09e1",
    "Greek": r"\u0370-\u03ff\u1f00-\u1fff",
    "Hebrew": r"\u05d0-\u05f2",
    "Gurmukhi": r"\u0a05-\u0a39",
    "Gujarati": r"\u0a85-\u0ab9",
    "Oriya": r"\u0b05-\u0b39",
    "Tamil": r"\u0b85-\u0bb9",
    "Telugu": r"\u0c05-\u0c39",
    "Kannada": r"\u0c85-\u0cb9",
    "Malayalam": r"\u0d05-\u0d39",
    "Sinhala": r"\u0d85-\u0dc6",
    "Thai": r"\u0e01-\u0e30\u0e40-\u0e45",
    "Lao": r"\u0e81-\u0eb0\u0ec0-\u0ec4",
    "Myanmar": r"\u1000-\u102a",
    "Georgian": r"\u10a0-\u10ff",
    "Ethiopic": r"\u1200-\u135a",
    "Khmer": r"\u1780-\u17b3",
    "Armenian": r"\u0531-\u0587",
}
_LETTERS = {script: re.compile(f"[{ranges}]") for script, ranges in _SCRIPTS.items()}

# The languages of a script, the usual ones first; those behind the bar are rare among what people index.
_WRITES = {
    "Latin": "en de fr es it pt nl sv da no fi pl cs sk hu ro hr sl tr id ms vi ca lt lv et"
    " | af az bs cy eo eu ga gl is la sq sw tl",
    "Cyrillic": "ru uk bg sr | be mk kk ky mn",
    "Arabic": "ar fa ur | ps ug",
    "Devanagari": "hi mr ne |",
    "Bengali": "bn | as",
}
_ALONE = {
    "Hangul": "ko", "Greek": "el", "Hebrew": "he", "Gurmukhi": "pa", "Gujarati": "gu", "Oriya": "or", "Tamil": "ta",
    "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si", "Thai": "th", "Lao": "lo", "Myanmar": "my",
    "Georgian": "ka", "Ethiopic": "am", "Khmer": "km", "Armenian": "hy",
}  # fmt: skip
_USUAL, _RARE = 1.0, 0.1
_ENGLISH = 4.0


def _priors(written: str) -> dict[str, float]:
    usual, _, rare = written.partition("|")
    weights = dict.fromkeys(usual.split(), _USUAL) | dict.fromkeys(rare.split(), _RARE)
    return {code: _ENGLISH if code == "en" else weight for code, weight in weights.items()}


_PRIORS: Mapping[str, Mapping[str, float]] = {script: _priors(written) for script, written in _WRITES.items()}
LANGUAGES = frozenset({"zh", "ja", *_ALONE.values(), *(code for priors in _PRIORS.values() for code in priors)})

# Codes and names, one after the other.
_NAMED = """
af Afrikaans am Amharic ar Arabic as Assamese az Azerbaijani be Belarusian bg Bulgarian bn Bengali bs Bosnian ca
Catalan cs Czech cy Welsh da Danish de German el Greek en English eo Esperanto es Spanish et Estonian eu Basque fa
Persian fi Finnish fr French ga Irish gl Galician gu Gujarati he Hebrew hi Hindi hr Croatian hu Hungarian hy Armenian
id Indonesian is Icelandic it Italian ja Japanese ka Georgian kk Kazakh km Khmer kn Kannada ko Korean ky Kyrgyz la
Latin lo Lao lt Lithuanian lv Latvian mk Macedonian ml Malayalam mn Mongolian mr Marathi ms Malay my Burmese ne Nepali
nl Dutch no Norwegian or Odia pa Punjabi pl Polish ps Pashto pt Portuguese ro Romanian ru Russian si Sinhala sk Slovak
sl Slovenian sq Albanian sr Serbian sv Swedish sw Swahili ta Tamil te Telugu th Thai tl Tagalog tr Turkish ug Uyghur
uk Ukrainian ur Urdu vi Vietnamese zh Chinese
"""
_NAMES = dict(zip(_NAMED.split()[::2], _NAMED.split()[1::2], strict=True))

# A Han or Hangul character says as much as several letters: a question with English names in it is Chinese still.
_DENSE = 5
_KANA_SHARE = 0.1
_LEAST = 0.5
# No other language has two of these words, so two of them in a question spare the model.
_ENGLISH_WORD = re.compile(
    r"\b(?:the|what|which|when|who|whom|whose|how|where|why|does|did|are|were|this|these|that|with|from|and|their|been|"
    r"has|have|would|could|should|there|they|you|your|it|is|not|because|between|after|before)\b",
    re.IGNORECASE,
)
_ENOUGH_WORDS = 2
_WORDS_BETWEEN = 6
_NOISE = re.compile(r"https?://\S+|\S+@\S+|[\d_]+|[^\w\s'’-]+")
_WINDOWS, _WINDOW = 8, 500


def detect(text: str) -> Language:
    """The language of a text of any length; of a long one, the language of eight windows spread over it.

    >>> detect("Wann wurde die Mühle gebaut?").code, detect("水泵什么时候停止？").code, detect("1984").code
    ('de', 'zh', 'und')
    """
    sample = _sample(text)
    shares = script_shares(sample)
    if not shares:
        return Language(UNDETERMINED, 0.0)
    if (code := _eastern(sample, shares)) is not None:
        return Language(code, round(shares.get("Han", 0.0) + shares.get("Kana", 0.0), 3))
    script = max(shares, key=lambda name: shares[name])
    if script in _ALONE:
        return Language(_ALONE[script], round(shares[script], 3))
    return _told_by_letters(sample, _PRIORS[script])


def is_chinese(text: str) -> bool:
    """Whether a text is in Chinese: what `detect` would say, without ever reading the model."""
    return _eastern(text, script_shares(text)) == "zh"


def script_shares(text: str) -> dict[str, float]:
    """How much of a text's letters each script has; a Han, kana or Hangul character counts for five letters."""
    counts = {script: len(pattern.findall(text)) for script, pattern in _LETTERS.items()}
    for script in ("Han", "Kana", "Hangul"):
        counts[script] *= _DENSE
    total = sum(counts.values())
    return {script: count / total for script, count in counts.items() if count}


def base(code: str) -> str:
    """The language of a tag: "zh" of "zh-Hant" and "zh_CN", in lower case.

    >>> base("zh-Hant"), base("EN")
    ('zh', 'en')
    """
    return re.split(r"[-_]", code.strip().lower(), maxsplit=1)[0]


def name_of(code: str) -> str:
    """The English name of a language, or its code where we have none."""
    return _NAMES.get(base(code), code)


def _eastern(text: str, shares: Mapping[str, float]) -> str | None:
    """Chinese or Japanese, where Han and kana together outweigh every other script.

    Chinese texts quote a little kana, and tables of Japanese names hold no more. But of the former, none is written in
    the characters of JIS X 0208 alone: it has no simplified ones, and not all traditional ones.
    """
    kana = shares.get("Kana", 0.0)
    east = shares.get("Han", 0.0) + kana
    others = max((share for script, share in shares.items() if script not in {"Han", "Kana"}), default=0.0)
    if not east or east < others:
        return None
    return "ja" if kana > _KANA_SHARE * east or (kana and _is_in_jis(text)) else "zh"


def _is_in_jis(text: str) -> bool:
    """Whether Japanese standards have every Han character of a text."""
    try:
        "".join(_LETTERS["Han"].findall(text)).encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _sample(text: str) -> str:
    """All of a short text; of a long one, windows spread evenly."""
    if len(text) <= _WINDOWS * _WINDOW:
        return text
    step = (len(text) - _WINDOW) // (_WINDOWS - 1)
    return "\n".join(text[at * step : at * step + _WINDOW] for at in range(_WINDOWS))


def _told_by_letters(text: str, priors: Mapping[str, float]) -> Language:
    """The most probable of the languages that share a script."""
    words = _NOISE.sub(" ", text).split()
    if not words:
        return Language(UNDETERMINED, 0.0)
    if "en" in priors and len(set(map(str.lower, _ENGLISH_WORD.findall(text)))) >= max(
        _ENOUGH_WORDS, min(len(words), 40) / _WORDS_BETWEEN
    ):
        return Language("en", 0.99)
    found = [(code, p * priors[code]) for code, p in _identifier().rank(" ".join(words)) if code in priors]
    total = sum(p for _, p in found) or 1.0
    code, p = max(found, key=lambda item: item[1])
    probability = round(p / total, 3)
    return Language(code if probability >= _LEAST else UNDETERMINED, probability)


@lru_cache(maxsize=1)
def _identifier() -> Any:  # py3langid is untyped
    """The model, read once, and in memory: py3langid's own loader unpacks it into a file, which a full disk refuses."""
    import io
    import lzma
    import zipfile
    from array import array

    from numpy.lib.format import read_array
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    with lzma.open(MODEL_DIR / MODEL_FILE) as packed, zipfile.ZipFile(io.BytesIO(packed.read())) as members:
        model: dict[str, Any] = {}
        for name in members.namelist():
            with members.open(name) as member:
                model[name.removesuffix(".npy")] = read_array(member, allow_pickle=False)
    # Plain arrays, which are walked byte by byte, are quicker than NumPy's.
    rows, states = (array(model[name].dtype.char, model[name].tobytes()) for name in ("nextmove", "nextmove_row"))
    parts = model["ptc"], model["pc"], model["classes"].tolist(), rows, model["out_feat"].tolist()
    return LanguageIdentifier(*parts, norm_probs=True, tk_row=states)
