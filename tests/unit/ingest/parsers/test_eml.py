"""Messages are read as a mail program shows them, whatever is broken in them."""

import base64

import pytest

from ragsys.errors import DocumentError, NoTextError
from ragsys.ingest.parsers.eml import EmlParser
from ragsys.ingest.parsers.mail import file_name
from ragsys.ingest.parsers.mail_headers import iso_date, readable

_HEAD = "From: Ann <ann@example.org>\nTo: bob@example.org\nSubject: Pumps\nDate: Mon, 6 Jan 2025 10:00:00 +0100\n"


def parse(message):
    """A message from text or bytes."""
    return EmlParser().parse(message if isinstance(message, bytes) else message.encode(), name="a.eml")


def multipart(kind, *parts):
    """A message of parts, each with its own headers."""
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"{_HEAD}MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=b\n\n{body}--b--\n"


def test_headers_are_the_first_paragraph_and_metadata():
    """Subject, people and date stand before the body, and the subject is title and heading."""
    found = parse(_HEAD + "\nIt leaks.\n\n> Does it?\n")
    head = "Subject: Pumps\nFrom: Ann <ann@example.org>\nTo: bob@example.org\nDate: Mon, 6 Jan 2025 10:00:00 +0100"
    assert found.text == head + "\n\nIt leaks.\n\n> Does it?\n"
    assert found.title == "Pumps"
    assert found.text[found.headings[0].start :].startswith("Pumps\n")
    author = {"author": "Ann <ann@example.org>", "to": "bob@example.org"}
    assert found.metadata == {**author, "date": "2025-01-06T10:00:00+01:00"}


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (("Content-Type: text/plain\n\nplain", "Content-Type: text/html\n\n<p>rich"), "plain"),
        (("Content-Type: text/html\n\n<p>rich", "Content-Type: text/plain\n\nplain"), "plain"),
        (("Content-Type: text/plain\n\n \n", "Content-Type: text/html\n\n<p>rich<p style='display:none'>no"), "rich"),
        (("Content-Type: text/html\n\n<p>rich",), "rich"),
    ],
)
def test_of_alternatives_the_plain_text_is_read(parts, shown):
    """Plain text comes first, and HTML where there is none in it; hidden text of HTML stays hidden."""
    assert parse(multipart("alternative", *parts)).text.endswith(f"\n\n{shown}\n")


def test_attachments_and_messages_inside_are_members():
    """What is attached is a document of its own, under its own name; signatures and pictures of a page are not."""
    pdf = "Content-Type: application/pdf; name*=UTF-8''%E6%B0%B4.pdf\nContent-Transfer-Encoding: base64\n"
    encoded = base64.b64encode(b"%PDF-").decode()
    inner = "Content-Type: message/rfc822\n\nFrom: c@example.org\nSubject: Inner\n\nbody"
    text = 'Content-Type: text/plain\nContent-Disposition: attachment; filename="../notes.txt"\n\nnotes'
    signature = "Content-Type: application/pgp-signature\n\n-----BEGIN PGP"
    found = parse(multipart("mixed", "\nbody", f"{pdf}\n{encoded}", f"{pdf}\n{encoded}", inner, text, signature))
    names = [member.name for member in found.members]
    assert names == ["水.pdf", "水 (2).pdf", "Inner.eml", "notes.txt"]
    assert found.members[0].data == b"%PDF-"
    assert parse(found.members[2].data).text == "Subject: Inner\nFrom: c@example.org\n\nbody\n"
    assert "notes" not in found.text


@pytest.mark.parametrize("charset", ["gb2312", "no-such-charset", "utf-8", "us-ascii", "hex", "utf-16"])
def test_a_wrong_charset_costs_no_text(charset):
    """Chinese is read whatever is declared for it, in the header and in the body, and raw bytes in a header too."""
    head = "Subject: 关于水泵的会议\n".encode("gb18030")
    body = "水泵今天在工厂里坏了，我们不知道为什么，请大家来看一下。".encode("gb18030")
    found = parse(head + f"Content-Type: text/plain; charset={charset}\n\n".encode() + body)
    assert found.text == "Subject: 关于水泵的会议\n\n水泵今天在工厂里坏了，我们不知道为什么，请大家来看一下。\n"


def test_parameters_that_the_standard_library_cannot_read_cost_no_text():
    """A charset in the form of RFC 2231, and encodings that are none, leave the body."""
    for line in ("text/plain; charset*=us-ascii''gbk", "text/plain; charset*0=x; charset*1*=%ff", "text; x", ""):
        for how in ("base64x", "x-uuencode", "8bit"):
            found = parse(f"{_HEAD}Content-Type: {line}\nContent-Transfer-Encoding: {how}\n\n水泵坏了。\n")
            assert "水泵坏了。" in found.text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?B?5rC0?= =?utf-8?B?5rO1?=", "水泵"),
        ("=?utf-8?B?5rA=?= =?utf-8?B?tOazug==?=", "水泺"),
        ("=?gb2312?Q?=CB=AE?= pump", "水 pump"),
        ("=?iso-8859-1?Q?caf=E9_au?= lait", "café au lait"),
        ("=?utf-8?B?5rC0!!?=", "水"),
        ("=?x-none?B?AA", "=?x-none?B?AA"),
        ("one\n two\0three", "one two three"),
    ],
)
def test_encoded_words_are_decoded(value, text):
    """Encoded words join where only white space is between them; what is broken stays what it is."""
    assert readable(value) == text


def test_dates_that_are_none_are_none():
    """A date that cannot be read is left out."""
    assert iso_date("Mon, 6 Jan 2025 10:00:00 +0100") == "2025-01-06T10:00:00+01:00"
    assert iso_date("yesterday") == iso_date("") == iso_date("1 Jan 99999999 00:00") == ""


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("a/../b\x00.pdf", "a .. b .pdf"),
        ("..", "x"),
        ("", "x"),
        ("\u202egpj.exe", "gpj.exe"),
        ("n" * 300 + ".pdf", None),
    ],
)
def test_a_members_name_is_one_part_of_a_path(name, clean):
    """Slashes and what controls a terminal are no part of a name; a long one keeps its suffix."""
    found = file_name(name, "x")
    assert found == clean or (clean is None and len(found) == 120 and found.endswith(".pdf"))


def test_parts_without_end_are_refused():
    """Parts nested deeper than Python's stack, or by the thousand, are an outcome."""
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    with pytest.raises(DocumentError):
        parse(_HEAD + nested)
    with pytest.raises(DocumentError, match="parts"):
        parse(multipart("mixed", *(["\nx"] * 10_001)))
    with pytest.raises(NoTextError):
        parse(" \n")
