"""What all questions of a language share is taken off a query that asks documents in another language.

The vectors of a multilingual model still say which language a text is in, and that questions are questions: the mean
over many questions of a language says how (Libovicky, Rosa and Fraser, "On the Language Neutrality of Pre-trained
Multilingual Representations", Findings of EMNLP 2020, centre representations on it). A query less
three quarters of that mean leans less towards passages that share nothing but this. Among documents of its own language
it is of no use, and the query stays as it is.

The means ship for the default embedder, by the digest of its space; bench/centres.py makes them from questions of the
training sets. Chinese and English are told apart by script alone, so no model of languages is read for a search.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragsys.language import base, is_chinese

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ragsys.indexes import View
    from ragsys.types import Space

__all__ = ["CENTRES", "centred"]

CENTRES = Path(__file__).parent / "centres.json"
# Chosen on xquad in both directions, flat from .5 to 1; DECISIONS.md, 18.
_SHARE = 0.75
_CHINESE, _ENGLISH = "zh", "en"


def centred(vector: NDArray[np.float32], query: str, view: View, space: Space) -> NDArray[np.float32]:
    """The vector to search with for `query`, whose own is `vector` (dim,); where it is changed, its length is not 1."""
    language = _CHINESE if is_chinese(query) else _ENGLISH
    if not _abroad(language, view.all_languages()):
        return vector
    centre = _centres(space.digest).get(language)
    return vector if centre is None else vector - _SHARE * centre


def _abroad(language: str, documents: Mapping[str, int]) -> bool:
    """Whether most documents whose language is known are in the other of the two."""
    counts = {_CHINESE: 0, _ENGLISH: 0}
    for code, number in documents.items():
        if base(code) in counts:
            counts[base(code)] += number
    return 2 * counts[language] < sum(counts.values())


@lru_cache(maxsize=4)
def _centres(digest: str) -> dict[str, NDArray[np.float32]]:
    """The mean of the questions of each language in a space; none where they were never made."""
    found = json.loads(CENTRES.read_text(encoding="utf-8"))["spaces"].get(digest, {})
    return {language: np.array(values, dtype=np.float32) for language, values in found.items()}
