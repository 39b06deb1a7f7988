"""What a reader cannot see in a text: characters that drive a terminal, hide, reorder or draw nothing.

Text in the index keeps them, since every offset counts in it. What is shown, and what a model reads, does without.
"""

from __future__ import annotations

import re

__all__ = ["UNSEEN", "visible"]

# Control characters but tab and newline; soft hyphens, joiners and fillers; direction marks; separators of lines and
# paragraphs; variation selectors and Unicode's tags, which can spell out a whole message that nobody sees.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    r"""`text` without what a reader does not see.

    >>> visible("pass\u200bword\x1b[2J")
    'password[2J'
    """
    return UNSEEN.sub("", text)
