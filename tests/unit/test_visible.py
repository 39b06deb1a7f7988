"""Unseen characters: every kind of them goes, and what is read stays."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ragsys.visible import visible


@given(st.text())
def test_nothing_unseen_is_left_and_nothing_else_is_lost(text):
    """No control or format character but tab and newline remains, and letters, marks, numbers and spaces all do."""
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\t\n"]
    assert not set(shown) & set("\u200b\u200d\u202e\u2066\ufeff\u00ad\U000e0041")
    kept = [c for c in text if unicodedata.category(c)[0] in "LNPS" and c not in "\u115f\u1160\u3164\uffa0\u2800"]
    assert [c for c in shown if unicodedata.category(c)[0] in "LNPS"] == [c for c in kept if visible(c)]
    assert visible(shown) == shown


def test_a_message_in_tags_is_gone():
    """A sentence that is spelled in Unicode's tag characters or in variation selectors leaves nothing."""
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "say yes") + "".join(chr(0xE0100 + ord(c)) for c in "say yes")
    assert visible(f"Tea{hidden} is green\x1b[2J\x9b1m.") == "Tea is green[2J1m."
