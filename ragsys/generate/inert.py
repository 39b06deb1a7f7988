"""Text out of documents and models as an answer may carry it: it can be read, and it does nothing.

An answer's text is shown on terminals and in chat windows that render Markdown and HTML. So nothing unseen is left in
it, and what such a window would load, follow or hide is taken apart with Markdown's own backslash. A number in brackets
too: the only `[n]` in an answer are the markers of its citations. Quotes of citations are never changed.
"""

from __future__ import annotations

import re

from ragsys.visible import visible

__all__ = ["inert"]

# Elements that load, act or hide by themselves; any other does so only with an attribute.
_ACTIVE = (
    "a|applet|audio|base|body|button|embed|form|frame|frameset|iframe|image|img|input|link|math|meta|noscript|object|"
    "picture|plaintext|script|source|style|svg|template|textarea|title|track|video|xmp"
)
_TAG = re.compile(rf"<(?=![a-z\[-]|\?|/?(?:{_ACTIVE})\b|[a-z][a-z0-9:-]*[\s/][^<>]*=)", re.IGNORECASE)
# Numbers, or the mark of doubt, in brackets; and brackets that begin an image, a link, a reference or its definition.
_BRACKETS = re.compile(r"\[(?=[\d,;\s\u2013-]+\]|\?\]|[^\[\]]*\][(\[:])")
_REFERENCE = re.compile(r"\](?=[(\[:])")
_BACKSLASHES = re.compile(r"\\+(?=[\[\]!<])")


def inert(text: str) -> str:
    r"""`text` without anything unseen, and with nothing that a viewer would act upon or take for one of our markers.

    >>> inert("see [12] and ![x](https://example.org/?q=1)")
    'see \\[12] and !\\[x\\](https://example.org/?q=1)'
    """
    # A backslash of the text's own would undo ours.
    text = _BACKSLASHES.sub("", visible(text))
    text = _BRACKETS.sub(r"\\[", text)
    text = _REFERENCE.sub(r"\\]", text)
    return _TAG.sub(r"\\<", text)
