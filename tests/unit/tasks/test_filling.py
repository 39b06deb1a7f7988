"""Filling a schema: what comes out validates and is cited, and what the documents do not say is not made up."""

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragsys import QueryEngine, Settings, TextDocument
from ragsys.errors import SchemaError
from ragsys.generate.schema import leaves, read_schema
from ragsys.tasks.filling import question_of
from ragsys.testing import HashEmbedder

MILL = (
    "The old mill was built in 1872 beside the river. The old mill burned down on 3 May 1910. "
    "The wheel of the old mill is 6.5 metres wide. The old mill has 4 floors and 12 windows. "
    "The old mill grinds rye, wheat and barley. Visitors may not enter the old mill in winter. "
    "The roof of the old mill is made of slate."
)
TEA = "茶场建在海拔八百米的坡地上。鲜叶要在室内摊放六个小时。茶场每年生产十四吨绿茶。"
FIELDS = {
    "built": {"type": "integer", "description": "When was the old mill built?"},
    "burned": {"type": "string", "format": "date", "description": "When did the old mill burn down?"},
    "width": {"type": "number", "description": "How many metres wide is the wheel of the old mill?"},
    "floors": {"type": "integer", "description": "How many floors does the old mill have?"},
    "grain": {"type": "array", "items": {"type": "string"}, "description": "What does the old mill grind?"},
    "winter": {"type": "boolean", "description": "May visitors enter the old mill in winter?"},
    "roof": {"type": "string", "enum": ["slate", "straw"], "description": "What is the roof of the old mill made of?"},
    "spread": {"type": "integer", "description": "鲜叶要在室内摊放几个小时？"},
    "owner": {"type": "string", "description": "Who conducted the Vienna opera in 1955?"},
}
EXPECTED = {"built": 1872, "burned": "1910-05-03", "width": 6.5, "floors": 4, "winter": False, "roof": "slate"}
EXPECTED |= {"spread": 6}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine over the two texts that answers by extraction."""
    with QueryEngine.open(
        tmp_path_factory.mktemp("filling") / "index",
        settings=Settings(answer_mode="extract"),
        embedder=HashEmbedder(dim=512),
    ) as opened:
        opened.add_documents([TextDocument("notes:mill", MILL), TextDocument("notes:tea", TEA)])
        yield opened


def of(names, required=()):
    """A schema of some of the fields."""
    return {"type": "object", "properties": {n: FIELDS[n] for n in names}, "required": list(required)}


def test_values_of_every_type_with_their_citations(engine):
    """Each value is right, and its words are part of a verbatim quote of the document."""
    filled = engine.fill(of([*EXPECTED, "owner"]))
    assert filled.status == "answered"
    assert filled.value == EXPECTED
    for pointer, field in filled.fields.items():
        if field.citation is None:
            assert (pointer, field.status) == ("/owner", "abstained")
            assert field.reason
            continue
        text = engine.text(field.citation.document.id)
        assert text[field.citation.start : field.citation.end] == field.citation.quote
        assert field.text in field.citation.quote
    assert engine.verify({"citations": [_as_json(c) for c in filled.citations]})
    assert all(check.ok for check in engine.verify({"citations": [_as_json(c) for c in filled.citations]}))


def _as_json(citation):
    from ragsys.plain import as_data

    return as_data(citation)


def test_what_is_required_and_not_there_is_no_value(engine):
    """The whole is refused with the field's name, and null or nothing takes its place where the schema allows it."""
    refused = engine.fill(of(["built", "owner"], ["owner"]))
    assert (refused.status, refused.value) == ("abstained", None)
    assert "/owner" in refused.reason
    assert refused.fields["/built"].status == "answered"
    nullable = of(["built"], ["built"])
    nullable["properties"]["owner"] = FIELDS["owner"] | {"type": ["string", "null"], "default": "Karajan"}
    nullable["required"].append("owner")
    assert engine.fill(nullable).value == {"built": 1872, "owner": None}
    assert engine.fill(of(["owner"])).reason == "the documents answer none of the fields"


def test_nested_objects(engine):
    """An object that is not required goes with what it would have to hold; one that is takes the whole with it."""
    inner = {**of(["built", "owner"], ["owner"])}
    schema = {"type": "object", "properties": {"mill": inner, "roof": FIELDS["roof"]}}
    assert engine.fill(schema).value == {"roof": "slate"}
    assert engine.fill({**schema, "required": ["mill"]}).status == "abstained"
    inner["required"] = ["built"]
    assert engine.fill({**schema, "required": ["mill"]}).value == {"mill": {"built": 1872}, "roof": "slate"}


def test_a_schema_that_is_not_understood_is_a_typed_error(engine):
    """Before anything is searched."""
    with pytest.raises(SchemaError):
        engine.fill({"type": "object", "properties": {"a": {"type": "string", "format": "uri"}}})


def test_questions_come_from_names_and_descriptions():
    """A description that asks is the question; else it, or the names, are asked for, in their language."""
    schema = {
        "type": "object",
        "properties": {
            "bread": {"type": "object", "properties": {"ovenTemperature": {"type": "integer"}}},
            "price": {"type": "number", "description": "price in euros"},
            "高度": {"type": "number"},
            "open": {"type": "string", "description": "When is it open?"},
        },
    }
    asked = [question_of(leaf, None) for leaf in leaves(read_schema(schema))]
    assert asked == [
        "What is the oven temperature of the bread?",
        "What is the price in euros?",
        "高度是什么？",
        "When is it open?",
    ]
    assert question_of(next(iter(leaves(read_schema(schema)))), "Sourdough?").startswith("Sourdough: What")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=3, unique=True), st.data())
def test_a_value_always_validates(engine, names, data):
    """Whatever is required, nullable or bounded: a value is valid by the library's judgement, or there is none."""
    schema = of(names, data.draw(st.lists(st.sampled_from(names), unique=True)))
    for name in names:
        field = dict(schema["properties"][name])
        if data.draw(st.booleans()):
            field["type"] = [field["type"], "null"]
        if field["type"] in ("integer", "number") and data.draw(st.booleans()):
            field["maximum"] = data.draw(st.integers(0, 2000))
        schema["properties"][name] = field
    filled = engine.fill(schema)
    if filled.value is None:
        assert filled.reason
    else:
        jsonschema.validate(filled.value, schema, format_checker=jsonschema.FormatChecker())
