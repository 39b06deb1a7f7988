"""What a follow-up question leans on, carried over from the question before it: query resolution by its terms.

After Voskarides et al., "Query Resolution for Conversational Search with Limited Supervision" (SIGIR 2020), which chooses
terms of the history to add to the question; here rules choose them, for English and Chinese. A question that stands
alone is left as it is. Knows nothing of documents or models, and adds no word that the conversation does not hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.generate.evidence import content_terms
from ragsys.generate.prompt import is_chinese

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["carry", "stands_alone"]

# Longer than this, a question says what it is about.
_LONG = 24
_MOST_WORDS = 16
_MOST_OF_ANSWER = 6
_FEW_TERMS = 2

_PRONOUN = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|themselves|he|him|his|himself|she|her|hers|herself|"
    r"this|these|those|ones?|former|latter|there)\b|\bthat\b(?=\s*(?:\?|$|\w+\s*\?|of\b|for\b|be\b|help|work|mean|"
    r"happen|work|is\b|was\b|complex|one\b))",
    re.IGNORECASE,
)
# "Is there", "there are": nothing that was said before.
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were)\s+there\b|\bthere\s+(?:is|are|was|were)\b"
    r"|\bit\s+(?:takes?|is\s+(?:possible|true|necessary|important))\b"
    r"|\b(?:is|was)\s+it\s+(?:possible|true|necessary|important)\b",
    re.IGNORECASE,
)
# What a pronoun can mean when it stands before it in the same question.
_NOUN = re.compile(r"\b(?:the|a|an|my|our|your)\s+\w+|(?<=\s)[A-Z]\w+")
_LEAD = re.compile(
    r"(?:and|or|but|so|then|also|plus)\b|(?:what|how)\s+about\b|what\s+(?:else|if)\b|why(?:\s+(?:not|so|is\s+that))?\s*\?*$",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)\b",
    re.IGNORECASE,
)
_SUBJECT_WH = re.compile(r"(?:who|what)\s+(?!kind|sort|type|year|time|colou?r|part|share)\w+\s+\w+", re.IGNORECASE)

_PRONOUN_ZH = re.compile(
    r"[它他她其]们?|(?<![A-Za-z])该|此|这|那(?!么多)|前者|后者|两者|上述|同[一]?[个天年]|第二年|当时|两年后|上面|刚才"
)
_LEAD_ZH = re.compile(r"(?:那么?|还有|另外|然后|而|并且|如果)|.*呢[？?]?$")
# What asks, joins and points, and is not what a Chinese question is about.
_ASKING_ZH = re.compile(
    r"什么时候|什么地方|什么样|为什么|是什么|有什么|什么|怎么样|怎么|怎样|如何|多少|多久|多大|多长|多高|多远|几次|几个|几[年月天位种]?|"
    r"哪[一]?[年月天位个些种里家座部集项场所季]|哪里|哪儿|哪|谁|吗|呢|吧|请问|是否|是不是|有没有|叫做?|"
    r"[它他她其]们?|该|此|这[些个种]?|那[些个种里]?|的|了|是|在|由|被|把|有|与|和|到|从|对|为|以|用来"
)
_HAN_WORD = re.compile(r"[㐀-鿿]+|[^\W㐀-鿿]+(?:[·.'’\-][^\W㐀-鿿]+)*|[㐀-鿿]+(?:·[㐀-鿿]+)+")
_WORD = re.compile(r"[^\W_]+(?:[.'’\-][^\W_]+)*")


def stands_alone(question: str) -> bool:
    """Whether a question can be understood without what was said before it."""
    return _alone_zh(question) if is_chinese(question) else _alone_en(question)


def _alone_en(question: str) -> bool:
    text = question.strip()
    words = _WORD.findall(text)
    if len(words) > _LONG:
        return True
    if _LEAD.match(text):
        return False
    for match in _PRONOUN.finditer(_EXPLETIVE.sub(lambda found: " " * len(found.group()), text)):
        if not _NOUN.search(text, 1, match.start()):
            return False
    named = any(word[0].isupper() or word[0].isdigit() for word in words[1:])
    if named or len(content_terms(text)) > _FEW_TERMS:
        return True
    return bool(content_terms(text)) and bool(_VERB.search(text) or _SUBJECT_WH.match(text))


def _alone_zh(question: str) -> bool:
    text = question.strip()
    if len(text) > 2 * _LONG:
        return True
    if _LEAD_ZH.match(text) or _PRONOUN_ZH.search(text):
        return False
    left = "".join(_HAN_WORD.findall(_ASKING_ZH.sub(" ", text)))
    return len(left) > 2 * _FEW_TERMS or bool(re.search(r"什么是|是什么|什么叫", text) and len(left) >= _FEW_TERMS)


def carry(question: str, before: str, answer: str = "") -> str:
    """The question with what it leans on of the standalone question `before` and of a short answer to it, in brackets."""
    held = content_terms(question)
    words = _topic(before, held)
    if answer and not is_chinese(answer) and len(_WORD.findall(answer)) <= _MOST_OF_ANSWER:
        words += _topic(answer, held | content_terms(before))
    if answer and is_chinese(answer) and len(answer) <= 4 * _MOST_OF_ANSWER:
        words += _topic(answer, held | content_terms(before))
    words = words[:_MOST_WORDS]
    return f"{question.strip()} ({' '.join(words)})" if words else question


def _topic(text: str, held: frozenset[str]) -> list[str]:
    """The words of a text that carry meaning and are not held already, each once, in their order."""
    found: list[str] = []
    pieces: Sequence[str]
    pieces = _HAN_WORD.findall(_ASKING_ZH.sub(" ", text)) if is_chinese(text) else _WORD.findall(text)
    for piece in pieces:
        terms = content_terms(piece)
        if terms and not terms <= held and piece not in found:
            found.append(piece)
    return found
