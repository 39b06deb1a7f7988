"""What a follow-up question leans on, carried over from the question before it: query resolution by its terms.

After Voskarides et al., "Query Resolution for Conversational Search with Limited Supervision" (SIGIR 2020): terms of
the history are added to the question. There a model chooses them, here rules do, for English and Chinese. Knows nothing
of documents or models, and adds no word that the conversation does not hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.generate.evidence import content_terms
from ragsys.language import is_chinese

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PRONOUNS", "carry", "stands_alone"]

# Longer than this many words, a question says what it is about.
_LONG = 24
_MOST_WORDS, _FEW_WORDS = 12, 6
_FEW_TERMS = 2

_PRONOUN = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|themselves|he|him|his|himself|she|her|hers|herself|there|"
    r"this|these|those|former|latter|else|other|another|others|any\s*more|afterwards?)\b|\b(?:then|later)\s*\??$"
    # "That" where it points, not where it joins: at the end, after a preposition, before a verb or a last noun.
    r"|\b(?:of|in|for|by|to|with)\s+that\b"
    r"|\bthat(?=\s*(?:$|[?.!,])|\s+\w+\s*\?|\s+(?:is|was|of|for|be|help|work|mean|happen|one)\b)",
    re.IGNORECASE,
)
# "Is there", "it takes", "each other": nothing that was said before.
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were|does|do)\s+there\b|\bthere\s+(?:is|are|was|were)\b|\b(?:do|does|did)\s+it\s+take\b"
    r"|\bit\s+(?:takes?|is\s+(?:possible|true|necessary|important))\b"
    r"|\b(?:is|was)\s+it\s+(?:possible|true|necessary|important)\b"
    r"|\bother\s+than\b|\b(?:each|one\s+an)other\b|\bthis\s+(?=(?:year|month|week|day)\b)",
    re.IGNORECASE,
)
# What a pronoun can mean when it stands before it in the same question: a name, or the noun of a clause before it.
_NAMED = re.compile(r"(?<=\w\s)(?!I\b)[A-Z]\w+|\b(?i:when|if|after|before|while|once)\s+(?:a|an|the|my)\s+\w+.*,")
_DEFINITE = re.compile(r"\bthe\s+\w+", re.IGNORECASE)
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
    r"(?<!其)[它他她]们?|其(?![他它余实])|(?<!应)该|(?<!因)此|这|^那|[，,、]那|那[个些种里儿位次时么]"
    r"|前者|后者|两者|上述|同一?[个天年]|第二年|当时|[一两三几]年后|上面|刚才"
)
_LEAD_ZH = re.compile(r"(?:那么?|还有|另外|然后|而|并且|如果)|.*呢[？?]?$")
# What asks, joins and points, and is not what a Chinese question is about.
_ASKING_ZH = re.compile(
    r"什么时候|什么地方|什么样|为什么|是什么|有什么|什么|怎么样|怎么|怎样|如何|多少|多久|多大|多长|多高|多远|几次|几个|几[年月天位种]?|"
    r"哪[一]?[年月天位个些种里家座部集项场所季]|哪里|哪儿|哪|谁|吗|呢|吧|请问|是否|是不是|有没有|叫做?|"
    r"[它他她其]们?|该|此|这[些个种]?|那[些个种里]?|的|了|是|在|由|被|把|有|与|和|到|从|对|为|以|用来"
)
_WORD_ZH = re.compile(r"[㐀-鿿]+|[^\W㐀-鿿]+(?:[·.'’\-][^\W㐀-鿿]+)*[年月日]?")
# Joins what is said and says nothing by itself.
_LIGHT = frozenset({"between", "dure", "about", "like", "should", "could", "must", "may", "might"})
_WORD = re.compile(r"[^\W_]+(?:[.'’\-][^\W_]+)*")

# What stands for something that was said before, in either language.
PRONOUNS = re.compile(f"{_PRONOUN.pattern}|{_PRONOUN_ZH.pattern}", re.IGNORECASE)


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
        if not _NAMED.search(text[: match.start()]):
            return False
    named = any(word[0].isupper() and word != "I" for word in words[1:])
    things = sum(not term.isdigit() for term in content_terms(text))
    if named or things > _FEW_TERMS:
        return True
    return things > 0 and not _DEFINITE.search(text) and bool(_VERB.search(text) or _SUBJECT_WH.match(text))


def _alone_zh(question: str) -> bool:
    text = question.strip()
    if len(text) > 2 * _LONG:
        return True
    if _LEAD_ZH.match(text) or _PRONOUN_ZH.search(text):
        return False
    left = "".join(_WORD_ZH.findall(_ASKING_ZH.sub(" ", text)))
    return len(left) > 2 * _FEW_TERMS or bool(re.search(r"什么是|是什么|什么叫", text) and len(left) >= _FEW_TERMS)


def carry(question: str, earlier: Sequence[str]) -> tuple[str, int]:
    """The question with the words that it leans on, in brackets, and how many of the `earlier` ones gave them.

    `earlier` are the questions before it, oldest first, as they were typed. The words are those of the last one that
    stands alone, and of the one right before.
    """
    back = next((n for n, text in enumerate(reversed(earlier), 1) if stands_alone(text)), len(earlier))
    if not back:
        return question, 0
    held = content_terms(question)
    words = _topic(earlier[-back], held)[:_MOST_WORDS]
    if back > 1:
        words += _topic(earlier[-1], held | content_terms(" ".join(words)))[:_FEW_WORDS]
    return (f"{question.strip()} ({' '.join(words)})", back) if words else (question, 0)


def _topic(text: str, held: frozenset[str]) -> list[str]:
    """The words of a text that carry meaning and are not held already, each once, in their order.

    Numbers only where nothing that is held is a number: "and in 2005?" asks about another year.
    """
    pieces = _WORD_ZH.findall(_ASKING_ZH.sub(" ", text)) if is_chinese(text) else _WORD.findall(text)
    dated = any(character.isdigit() for term in held for character in term)
    found: list[str] = []
    for piece in pieces:
        terms = content_terms(piece) - _LIGHT
        if terms and not terms <= held and piece not in found and not (dated and piece[0].isdigit()):
            found.append(piece)
    return found
