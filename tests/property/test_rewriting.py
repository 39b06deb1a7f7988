"""Whatever is said, a rewritten question invents nothing and keeps what was asked."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ragsys.generate.carrying import PRONOUNS
from ragsys.generate.evidence import content_terms
from ragsys.generate.rewriting import Exchange, rewrite
from ragsys.indexes.analyzer import terms
from ragsys.testing import ScriptedGenerator

_WORDS = """
What When Who did does it he the of and in why mill chain oil 1872 300 Ann Lee 它 那 什么 时候 磨坊 属于 谁 呢 ？ ?
"""
_WORD = st.sampled_from(_WORDS.split())
_SAID = st.lists(_WORD, max_size=12).map(" ".join) | st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
_HISTORY = st.lists(st.builds(Exchange, _SAID, _SAID), max_size=8)


@given(_SAID, _HISTORY, st.none() | _SAID)
def test_a_rewriting_never_invents(question, history, said):
    """Every content word and number of the standalone question is in the conversation, and the asked ones stay."""
    found = rewrite(question, history, None if said is None else ScriptedGenerator([said]))
    allowed = " ".join([question, *(part for turn in history for part in (turn.question, turn.answer))])
    if found.method == "generated":
        assert content_terms(found.standalone) <= content_terms(allowed)
        assert content_terms(PRONOUNS.sub(" ", question)) <= content_terms(found.standalone)
    else:
        # An underscore joins words to the analyzer, and parts them where words are carried over.
        parted = terms(allowed.replace("_", " "))
        assert set(terms(found.standalone)) <= {*terms(allowed), *parted}
        assert found.standalone.strip().startswith(question.strip())
    assert set(re.findall(r"\d+", found.standalone)) <= set(re.findall(r"\d+", allowed))
    assert 0 <= found.history <= len(history)
    assert (found.method == "as-is") == (found.history == 0)
    assert len(found.standalone) <= 2 * len(question) + 1000


@given(_SAID, _HISTORY)
def test_rules_give_the_same_again(question, history):
    """Without a generator the same conversation gives the same question."""
    assert rewrite(question, history) == rewrite(question, history)
