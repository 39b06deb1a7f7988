"""A mailbox is its messages."""

import pytest

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.eml import EmlParser
from ragsys.ingest.parsers.mbox import MboxParser

_FIRST = b"From ann@example.org Mon Jan  6 10:00:00 2025\n"


def test_each_message_is_a_member_of_its_own():
    """Messages keep their order, a name of number and subject, and lines that begin with "From"."""
    one = _FIRST + b"Subject: =?utf-8?B?5rC05rO1?=/one\n\nbody\n\nFrom here on.\n>From there at 10:00\n\n"
    found = MboxParser().parse(one + _FIRST + b"To: x\n\nsecond\n", name="a.mbox")
    assert found.text == ""
    assert [member.name for member in found.members] == ["0001 水泵 one.eml", "0002.eml"]
    first = EmlParser().parse(found.members[0].data, name="a").text
    assert first == "Subject: 水泵/one\n\nbody\n\nFrom here on.\nFrom there at 10:00\n"


def test_a_mailbox_without_messages_has_no_text():
    """What has no message in it is an outcome."""
    with pytest.raises(NoTextError):
        MboxParser().parse(b"nothing\n", name="a.mbox")
