"""When a text is an answer, overlaps one, or holds one: exact match, token F1 and containment.

English after SQuAD (Rajpurkar et al., EMNLP 2016, and "Know What You Don't Know", ACL 2018): lower case, without
punctuation and articles. Chinese by characters after CMRC 2018 (Cui et al., EMNLP 2019): without punctuation and
spaces, and the overlap is the longest common run. A gold answer that holds a CJK character is scored the second way.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["exact_match", "holds", "overlap", "token_f1", "tokens"]

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_IS_CJK = re.compile(f"[{_CJK}]")
_PIECE = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """1 if the prediction equals one of the answers after normalisation, else 0.

    Without an answer, a question that has none, the empty prediction is right: a refusal is scored.

    >>> exact_match("The Eiffel Tower!", ["eiffel tower"])
    1.0
    """
    return _best(prediction, answers, lambda a, b: float(a == b))


def token_f1(prediction: str, answers: Sequence[str]) -> float:
    """The best F1 of the prediction's tokens over the answers; characters where the answer is Chinese.

    >>> token_f1("the tall tower", ["tower"])
    0.6666666666666666
    """
    return _best(prediction, answers, _f1)


def _best(prediction: str, answers: Sequence[str], rate: Callable[[list[str], list[str]], float]) -> float:
    if not answers:
        return float(not prediction.strip())
    return max(_rate(prediction, answer, rate) for answer in answers)


def _rate(prediction: str, answer: str, rate: Callable[[list[str], list[str]], float]) -> float:
    if _IS_CJK.search(answer):
        return rate(_characters(prediction), _characters(answer))
    return rate(_words(prediction), _words(answer))


def _f1(prediction: list[str], answer: list[str]) -> float:
    """F1 of two token lists; two empty ones agree."""
    if not prediction or not answer:
        return float(prediction == answer)
    chinese = any(_IS_CJK.match(token) for token in answer)
    same = _longest_run(prediction, answer) if chinese else (Counter(prediction) & Counter(answer)).total()
    return 2 * same / (len(prediction) + len(answer))


def _words(text: str) -> list[str]:
    """SQuAD's normalisation, in its order: lower, punctuation out, articles out, white space."""
    return _ARTICLE.sub(" ", text.lower().translate(_ASCII_PUNCTUATION)).split()


def _characters(text: str) -> list[str]:
    """CMRC's segmentation: each CJK character by itself, other runs whole, punctuation and spaces out."""
    return _PIECE.findall(text.lower())


def _longest_run(left: Sequence[str], right: Sequence[str]) -> int:
    """The length of the longest run of tokens that both have."""
    best = 0
    row = [0] * (len(right) + 1)
    for a in left:
        above = row
        row = [0] * (len(right) + 1)
        for position, b in enumerate(right):
            if a == b:
                row[position + 1] = above[position] + 1
                best = max(best, row[position + 1])
    return best


@lru_cache(maxsize=16_384)
def tokens(text: str) -> tuple[str, ...]:
    """Folded words and single CJK characters: what containment and overlap compare."""
    return tuple(_PIECE.findall(unicodedata.normalize("NFKC", text).casefold()))


def holds(text: str, answers: Iterable[str]) -> bool:
    """Whether one of the answers stands in the text as a run of whole tokens, so that "8" is not in "1988".

    After the answer match of open-domain retrieval (Chen et al., "Reading Wikipedia", ACL 2017; Karpukhin et al.,
    "Dense Passage Retrieval", EMNLP 2020). An answer of symbols alone is looked up as it is.
    """
    joined = f" {' '.join(tokens(text))} "
    for answer in answers:
        found = tokens(answer)
        if (f" {' '.join(found)} " in joined) if found else (answer.strip() != "" and answer.strip() in text):
            return True
    return False


def overlap(quotes: Sequence[str], evidence: str) -> tuple[float, float]:
    """Precision and recall of the quotes' tokens against an evidence's, each token counted as often as it occurs."""
    given: Counter[str] = Counter()
    for quote in quotes:
        given.update(tokens(quote))
    gold = Counter(tokens(evidence))
    if not given or not gold:
        return 0.0, 0.0
    same = (given & gold).total()
    return same / given.total(), same / gold.total()
