"""Schemas: what is understood becomes fields, and the rest is refused by name."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.errors import SchemaError
from ragsys.generate.casting import _LONGEST
from ragsys.generate.schema import leaves, read_schema


def of(**properties):
    """A schema of these properties."""
    return {"type": "object", "properties": properties}


def test_fields_are_named_by_their_pointers():
    """Nested names are escaped as RFC 6901 says, and a reader's names are titles where there are some."""
    inner = {"type": "object", "title": "dough", "properties": {"a/b~c": {"type": "integer"}}}
    (leaf,) = leaves(read_schema(of(d=inner)))
    assert (leaf.pointer, leaf.names, leaf.kind) == ("/d/a~1b~0c", ("dough", "a/b~c"), "integer")


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ([], "not an object"),
        ({"type": "string"}, "root"),
        (of(), "without properties"),
        (of(a={"type": "string", "format": "uri"}), "uri"),
        (of(a={"$ref": "https://example.org/s.json"}), "type"),
        (of(a={"type": "string", "$ref": "#/x"}), r"\$ref"),
        (of(a={"type": "string", "const": "x"}), "const"),
        (of(a={"anyOf": [{"type": "string"}]}), "type"),
        (of(a={"type": "array", "items": of(b={"type": "string"})}), "items"),
        (of(a={"type": "boolean", "enum": [True]}), "enum"),
        (of(a={"type": "integer", "minimum": "low"}), "not a JSON Schema"),
        (of(a={"type": ["string", "integer"]}), "type"),
        ({**of(a={"type": "string"}), "required": ["b"]}, "required"),
        ({**of(a={"type": "string"}), "patternProperties": {}}, "patternProperties"),
        (of(a=of(b=of(c=of(d={"type": "string"})))), "deep"),
        (of(**{f"f{i}": {"type": "string"} for i in range(101)}), "101"),
        (of(a={"type": "string", "description": "x" * 2000}), "longer"),
        (of(a={"type": "string", "description": "x\u202e"}), "not readable"),
        (of(a={"type": "string", "enum": [str(i) for i in range(101)]}), "100"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(schema, named):
    """The error says which keyword, and where."""
    with pytest.raises(SchemaError, match=named) as caught:
        read_schema(schema)
    assert caught.value.code == "schema-invalid"


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(?=a)", r"(a)\1", "a*a*a*a*b", "(a?){20}", "a?" * 30, "("])
def test_a_pattern_that_could_run_for_ever_is_refused(pattern):
    """Repeated groups, references, look-arounds and too many repetitions are named as what they are."""
    with pytest.raises(SchemaError, match="pattern"):
        read_schema(of(a={"type": "string", "pattern": pattern}))


@pytest.mark.parametrize("pattern", [r"^[A-Z]{2}-\d{4}$", r"^\d+(?:\.\d+)?$", r"^(red|green)$", r"\S+@\S+", "^中文+$"])
def test_a_simple_pattern_is_taken(pattern):
    """Classes, counts, one optional part and a choice are what people write."""
    assert next(iter(leaves(read_schema(of(a={"type": "string", "pattern": pattern}))))).limits["pattern"] == pattern


def test_the_worst_pattern_that_is_taken_ends_soon():
    """On the longest value that it is tried on, all its ways together are few (else the test's time runs out)."""
    pattern = "a*a*a*a?a?a?a?(a|a|a|a)(a|a|a|a)b"
    read_schema(of(a={"type": "string", "pattern": pattern}))
    assert re.search(pattern, "a" * _LONGEST) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "properties", "items", "enum", "required", "a", "title"]), inner)
    ),
    max_leaves=12,
)


@given(JSON | st.builds(of, a=JSON, b=JSON))
def test_any_json_is_a_schema_or_a_typed_error(schema):
    """Nothing but `SchemaError` comes out, whatever stands in the file."""
    json.dumps(schema)
    try:
        found = list(leaves(read_schema(schema)))
    except SchemaError:
        return
    assert found
