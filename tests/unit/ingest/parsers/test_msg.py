"""Outlook's messages have the same shape as mailed ones, in any code page."""

import compound
import pytest

from ragsys.errors import DocumentError
from ragsys.ingest.parsers.msg import MsgParser

_SUBJECT, _BODY, _SENDER, _ADDRESS, _TO, _HEADERS = "0037", "1000", "0C1A", "5D01", "0E04", "007D"


@pytest.mark.parametrize(("charset", "codepage"), [(None, 0), ("gb18030", 936), ("big5", 950), ("utf-8", 0)])
def test_properties_become_a_message(charset, codepage):
    """Subject, people and text are found, as Unicode or in a code page."""
    held = {
        _SUBJECT: "關於水泵",
        _BODY: "水泵今天在工廠裡壞了。\r\n",
        _SENDER: "安",
        _ADDRESS: "ann@example.org",
    }
    data = compound.outlook(held, [("圖.pdf", b"%PDF-" * 1000)], charset=charset, codepage=codepage)
    found = MsgParser().parse(data, name="a.msg")
    assert found.text == "Subject: 關於水泵\nFrom: 安 <ann@example.org>\n\n水泵今天在工廠裡壞了。\n"
    assert found.title == "關於水泵"
    assert [(member.name, len(member.data)) for member in found.members] == [("圖.pdf", 5000)]


def test_the_headers_that_were_sent_come_first():
    """Where a message kept its mailed headers, people and date are those."""
    sent = "From: =?utf-8?B?5a6J?= <a@example.org>\r\nTo: b@example.org\r\nDate: Mon, 6 Jan 2025 10:00:00 +0100\r\n\r\n"
    found = MsgParser().parse(compound.outlook({_SUBJECT: "s", _BODY: "b", _TO: "x", _HEADERS: sent}), name="a.msg")
    assert found.metadata == {
        "author": "安 <a@example.org>",
        "to": "b@example.org",
        "date": "2025-01-06T10:00:00+01:00",
    }


def test_what_cannot_be_opened_is_an_outcome():
    """A cut file is a DocumentError."""
    with pytest.raises(DocumentError):
        MsgParser().parse(compound.outlook({_SUBJECT: "s"})[:700], name="a.msg")
