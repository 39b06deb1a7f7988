"""Which words and numbers are personal data, and which only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.errors import ExtraMissingError, UsageError
from ragsys.ingest import personal
from ragsys.ingest.personal import KINDS, find, parse_kinds

_ALL = KINDS[:-1]

# The examples are from documentation: RFC 2606, 5737 and 3849, fictitious 555 numbers, test cards, published IBANs,
# and resident numbers whose check digits were worked out here.
_FOUND = {
    "email": """ann@example.com Ann.O-Neil+x@mail.example.co.uk a_b@xn--fiqs8s.example u@例子.中国 x@sub.例子.com""",
    "phone": """
        13812345678 138-1234-5678 +8613812345678 008613812345678 86-13812345678 (86)13812345678
        010-12345678 (010)12345678 （021）61234567 0571-87654321 0755-8765-4321 +86-10-12345678 400-820-8820
        (202)555-0143 202-555-0143 202.555.0143 1-202-555-0143 +12025550143 +1.202.555.0143 +442079460958 +49-30-123456
        """,
    "card": "4111111111111111 5500-0000-0000-0004 378282246310005 6011111111111117 30569309025904 3530111333300000",
    "id": "11010519491231002X 34052419800101001X 11010519491231002x",
    "iban": "GB82WEST12345698765432 FR1420041010050500013M02606 NO9386011117947 de89370400440532013000 "
    "MT84MALT011000012345MTLCAST001S",
    "ip": "192.0.2.17 198.51.100.255 2001:db8::8a2e:370:7334 fe80::1 2001:db8:0:0:1:0:0:1",
}  # fmt: skip
_FOUND_WITH_SPACES = {
    "phone": [
        "138 1234 5678", "+86 138 1234 5678", "+1 (202) 555-0143", "(202) 555-0143", "+44 20 7946 0958",
        "+44 (0)20 7946 0958", "0044 20 7946 0958", "020 7946 0958", "+49 30/123456", "010 1234 5678",
    ],
    "card": ["4111 1111 1111 1111", "3782 822463 10005"],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32"],
}  # fmt: skip
_NOT = """
    2024-05-06 2024/05/06 06.05.2024 20240506 20240506123456 2024-05-06T10:00:00+08:00 12:34:56 2010-2020 5-10
    978-3-16-148410-0 9783161484100 0-306-40615-2 0306406152 ISSN:2049-3630 10.1000/182.2345.6789 4006381333931
    v1.2.3.4 numpy==2.10.0.1 1.2.3 1.2.3.4.5 10.20.300.4 127.0.0.1 255.255.255.0 0.0.0.0 ::1 a::b std::fs::File
    3.14159265358979 0.13812345678 1,381,234,567,800 12345678901234567890 138123456789 23812345678 12812345678
    1700000000 1700000000000 4111111111111112 4111-1111-1111-1112 110105194912310021 11010519491331002X
    99010519491231002X DE88370400440532013000 US12345678901234 @home a@b user@host ann@.com 100-200-3000 0815 §823
    f47ac10b-58cc-4372-a567-0e02b2c3d479 da39a3ee5e6b4b0d3255bfef95601890afd80709 00:1A:2B:3C:4D:5E B08N5WRWNW 3:16
    1e10 £1,000,000 42
    """.split()  # noqa: SIM905 - as they would stand in a text
_YES = [(kind, word) for kind, words in _FOUND.items() for word in words.split()]
_YES += [(kind, words) for kind, some in _FOUND_WITH_SPACES.items() for words in some]


@pytest.mark.parametrize(("kind", "text"), _YES)
@pytest.mark.parametrize("around", ["{}", "Write to {}, please.", "联系{}。", "（{}）", "a\n{}\nb"])
def test_personal_data_is_found_whole(kind, text, around):
    """Whatever stands around it, Chinese without a space included: one finding, of its kind, of all of it."""
    line = around.format(text)
    assert [(found.kind, line[found.start : found.end]) for found in find(line, _ALL)] == [(kind, text)]


@pytest.mark.parametrize(("kind", "text"), _YES)
def test_full_width_forms_and_other_hyphens_are_read(kind, text):
    """What a Chinese input method or a typesetter makes of it is found as well, with the same value."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text).replace(" ", "\u3000")
    for written in (wide, text.replace("-", "\u2011").replace(" ", "\u00a0")):
        assert [(f.kind, f.start, f.end) for f in find(f"是{written}。", _ALL)] == [(kind, 1, 1 + len(text))]
        assert [f.value for f in find(written, _ALL)] == [f.value for f in find(text, _ALL)]


@pytest.mark.parametrize("text", _NOT)
@pytest.mark.parametrize("around", ["{}", "Number {} of it.", "在{}年。"])
def test_what_only_looks_like_it_is_left_alone(text, around):
    """Dates, ISBNs, versions, serial numbers, wrong check digits: nothing is found."""
    line = around.format(text)
    assert [line[found.start : found.end] for found in find(line, _ALL)] == []


@pytest.mark.parametrize("text", ["version 1.2.3.4", "Version: 10.0.19041.1", "版本 1.2.3.4", "ver. 2.0.0.1"])
def test_a_version_is_no_address(text):
    """Four numbers after a word for versions are one."""
    assert find(text, _ALL) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Tel.: 555-0143", "555-0143"),
        ("phone number 5550143", "5550143"),
        ("电话：8765 4321", "8765 4321"),
        ("传真:61234567", "61234567"),
        ("手机号码 138 12345678", "138 12345678"),
    ],
)
def test_a_word_that_says_so_makes_a_phone_number(text, number):
    """Local numbers have no shape of their own; after "phone" they need none."""
    assert [(f.kind, text[f.start : f.end]) for f in find(text, ["phone"])] == [("phone", number)]
    assert find(f"Item {number}", ["phone"]) == []


def test_equal_data_are_equal_however_they_are_written():
    """Case, spaces and country code aside, the value is the same."""
    text = "138 1234 5678, +86 138-1234-5678, 13812345678; A@b.org a@B.ORG; "
    text += "DE89 3704 0044 0532 0130 00 DE89370400440532013000"
    assert [found.value for found in find(text, _ALL)] == (
        ["13812345678"] * 3 + ["a@b.org"] * 2 + ["DE89370400440532013000"] * 2
    )


def test_only_what_is_asked_for_is_found():
    """Each kind by itself finds its own and nothing else."""
    text = "\n".join(words for _, words in _YES)
    everything = find(text, _ALL)
    for kind in _ALL:
        assert {f.kind for f in find(text, [kind])} == {kind}
        assert len([f for f in everything if f.kind == kind]) == sum(k == kind for k, _ in _YES)
    assert find(text, []) == []


@given(st.lists(st.sampled_from([*_YES, *((None, word) for word in _NOT)]), max_size=12))
def test_every_mixture_is_told_apart(parts):
    """In any order, a word between each two: exactly the personal data is found."""
    text = " and ".join(words for _, words in parts)
    assert [(f.kind, text[f.start : f.end]) for f in find(text, _ALL)] == [part for part in parts if part[0]]


@given(st.text(st.sampled_from("0123456789 -.()+@:/aAxX\uff38\uff11电话tel"), max_size=60))
def test_whatever_the_text_spans_are_in_it_and_do_not_overlap(text):
    """Findings ascend, lie in the text, and are not empty."""
    at = 0
    for found in find(text, _ALL):
        assert at <= found.start < found.end <= len(text)
        at = found.end


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "unit", ["+1", "1", "0 ", "a@", "a.", "DE89 ", "00", "(0", "1-", "::", "1.", "tel", "86", "4111 "]
)
def test_a_hostile_text_does_not_hang(unit):
    """Long runs of what begins every pattern: linear, so 200,000 characters are a matter of a second."""
    find(unit * (200_000 // len(unit)), _ALL)


@given(st.integers(0, 999))
def test_check_digits_are_those_of_the_standards(number):
    """Of the ten last digits of a card, one is right; of the eleven of a resident number, one."""
    stem = f"411111{number:09d}"
    assert sum(bool(find(f"{stem}{digit}", ["card"])) for digit in range(10)) == 1
    stem = f"11010519491231{number:03d}"
    assert sum(bool(find(f"{stem}{digit}", ["id"])) for digit in "0123456789X") == 1


def test_kinds_are_read_and_refused():
    """Names with commas, all for all but names, and names only where somebody recognises them."""
    assert parse_kinds("all") == set(_ALL)
    assert parse_kinds(" Email , phone,") == {"email", "phone"}
    assert parse_kinds("") == set()
    with pytest.raises(UsageError, match="addresses"):
        parse_kinds("email,addresses")
    with pytest.raises(ExtraMissingError):
        parse_kinds("name")


def test_an_installed_recogniser_finds_names(monkeypatch):
    """It is given the text and gives spans; those that are none are passed over."""
    monkeypatch.setattr(personal, "_recognisers", lambda: (lambda text: [(0, 3), (5, 5), (90, 99)],))
    assert parse_kinds("name,email") == {"name", "email"}
    assert [(f.kind, f.value) for f in find("Ann wrote.", ["name"])] == [("name", "ann")]
