"""Casting: a value that stands in its quote, or a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.generate.casting import Cast, Uncast, cast
from ragsys.generate.schema import leaves, read_schema


def leaf(**schema):
    """The one field of a schema."""
    return next(iter(leaves(read_schema({"type": "object", "properties": {"x": schema}}))))


def value(quote, asked="", said=None, **schema):
    """What is read out of a quote; None where nothing is."""
    found = cast(leaf(**schema), asked, quote if said is None else said, quote)
    return found.value if isinstance(found, Cast) else None


TANK = "The tank holds 80 litres and stands 2 metres high since 1998."


@pytest.mark.parametrize(
    ("asked", "said", "expected"),
    [
        ("How many litres does the tank hold?", None, 80),
        ("How many metres high is it?", None, 2),
        ("Since when does it stand there?", None, 1998),
        ("What is the size?", "80 litres", 80),
        ("What is the size?", None, None),
        ("Does it hold 80, 2 or 1998?", None, None),
    ],
)
def test_the_number_that_is_meant(asked, said, expected):
    """The unit, the time or the draft decides; where nothing does, there is no value."""
    assert value(TANK, asked, said, type="integer") == expected


def test_a_draft_that_the_quote_does_not_hold_gives_nothing_of_its_own():
    """A number that only the model said is never the value."""
    assert value("The tank holds 80 litres.", "How much?", "90 litres", type="integer") == 80
    assert value("The tank is large.", "How much?", "90 litres", type="integer") is None


def test_limits_are_kept():
    """A number outside of its bounds, a fraction for an integer or a text that is too long is no value."""
    assert value("It weighs 3.5 kg.", type="integer") is None
    assert value("It weighs 3.5 kg.", type="number") == 3.5
    assert value("It weighs 300 kg.", type="integer", maximum=200) is None
    assert value("It is red.", type="string", maxLength=3) is None


def test_dates_booleans_and_options():
    """Each type by its own rule, in both languages."""
    assert value("It opened on 5 March 2024.", type="string", format="date") == "2024-03-05"
    assert value("It opened in March.", type="string", format="date") is None
    assert value("洞内不允许使用闪光灯。", "洞内允许使用闪光灯吗？", type="boolean") is False
    assert value("Dogs are allowed in the garden.", "Are dogs allowed in the garden?", type="boolean") is True
    assert value("Tea is green.", "Are dogs allowed in the garden?", type="boolean") is None
    assert value("The door is dark green.", type="string", enum=["green", "dark green", "red"]) == "dark green"
    assert value("The door is blue.", type="string", enum=["green", "red"]) is None
    assert value("白色的门。", type="string", enum=["白色", "红色"]) == "白色"


def test_texts_are_the_documents_own_words():
    """The drafted words as they stand in the quote, a token that fits the pattern, or the whole quote."""
    assert value("It is made of Iron and clay.", said="iron", type="string") == "Iron"
    assert value("It is made of iron.", said="A paraphrase", type="string") == "It is made of iron."
    assert value("The part AB-1234, new.", type="string", pattern=r"^[A-Z]{2}-\d{4}$") == "AB-1234"


def test_lists():
    """The run of numbers or words that belong together, each once."""
    text = "In the 2.4 GHz band, only the channels 1, 6 and 11 do not overlap."
    assert value(text, type="array", items={"type": "integer"}) == [1, 6, 11]
    text = "The glaze is made of ash, clay and feldspar."
    assert value(text, type="array", items={"type": "string"}) == ["ash", "clay", "feldspar"]
    assert value(text, said="clay and ash", type="array", items={"type": "string"}) == ["clay", "ash"]
    assert value("材料包括木灰、黏土和长石。", type="array", items={"type": "string"}) == ["木灰", "黏土", "长石"]
    assert value("It is green.", type="array", items={"type": "string"}) is None


KINDS = [{"type": t} for t in ("string", "number", "integer")] + [{"type": "string", "format": "date"}]
KINDS += [{"type": "array", "items": kind} for kind in KINDS]


@given(st.sampled_from(KINDS), st.text(max_size=60), st.text(max_size=60), st.text(max_size=120))
def test_whatever_the_texts_a_value_stands_in_its_quote(kind, asked, said, quote):
    """The span of a value lies in the quote, and a text is that span."""
    found = cast(leaf(**kind), asked, said, quote)
    if isinstance(found, Uncast):
        assert found.reason
        return
    assert 0 <= found.start < found.end <= len(quote)
    for item in found.value if isinstance(found.value, list) else [found.value]:
        assert not isinstance(item, str) or item in quote or "format" in str(kind)
