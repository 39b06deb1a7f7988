"""A user's JSON Schema as fields to be filled: which keywords are understood, and the limits of what is accepted.

Understood (JSON Schema 2020-12): an object of properties, which are strings, numbers, integers, booleans, enums, arrays
of those, or objects again, two levels down; `required`, `description`, `title`, `enum`, `minimum` and its like,
`pattern`, `format: date`, the bounds of lengths and items, and a second type "null". Anything else is refused by
name: a keyword that is silently ignored would be a promise that is not kept. `default` is never used as a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ragsys.errors import SchemaError
from ragsys.visible import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Branch", "Leaf", "leaves", "read_schema"]

Scalar = str | int | float

_FIELDS, _DEPTH, _OPTIONS, _CHARACTERS = 100, 3, 100, 1000
_ANNOTATIONS = {"title", "description", "default", "examples", "$schema", "$id", "$comment"}
_KEYWORDS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "string": {"minLength", "maxLength", "pattern", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "boolean": set[str](),
}
_KEYWORDS["integer"] = _KEYWORDS["number"]

# A pattern is run by a matcher that backtracks, so it may be no more than a row of characters and classes, each with
# its repetition, and of groups that are not repeated: then there are only so many ways to try.
_ATOM = r"(?:\\[dDwWsS]|\\[^\w\s]|\[\^?(?:\\[^\n]|[^\]\\\n])+\]|[^\\\[\](){}*+?|\n])"
_PIECES = rf"(?:{_ATOM}(?:[*+?]|\{{\d{{1,2}}(?:,\d{{1,2}})?\}})?)*+"
_SAFE = re.compile(rf"(?:{_PIECES}\((?:\?:)?{_PIECES}(?:\|{_PIECES})*+\)\??)*+{_PIECES}")
_REPEATED = re.compile(r"(?<!\\)[*+]|\{\d+,\d+\}")
_OPTIONAL = re.compile(r"(?<![\\(])\?")
_REPEATS, _OPTIONALS, _GROUPS, _ALTERNATIVES, _LONGEST_PATTERN = 3, 4, 2, 8, 200


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value to be found. `pointer` names it (RFC 6901); `names` say it to a reader, from the root down."""

    pointer: str
    names: tuple[str, ...]
    kind: str
    description: str
    many: bool
    nullable: bool
    options: tuple[Scalar, ...]
    limits: Mapping[str, Any]
    items: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Branch:
    """An object of the schema: its properties by name, and which of them have to be there."""

    properties: Mapping[str, Branch | Leaf]
    required: frozenset[str]
    nullable: bool


def read_schema(schema: object) -> Branch:
    """The fields of a schema (as JSON was parsed). Raises `SchemaError` for what is not understood or too large."""
    found = _node(schema, "", (), 0)
    if not isinstance(found, Branch):
        raise SchemaError("the schema's root is not an object with properties")
    number = sum(1 for _ in leaves(found))
    if not 0 < number <= _FIELDS:
        raise SchemaError(f"the schema has {number} fields; 1 to {_FIELDS} can be filled")
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(cast("Any", schema))
    except jsonschema.SchemaError as error:
        raise SchemaError(f"not a JSON Schema: {error.message[:200]}") from None
    return found


def leaves(branch: Branch) -> Iterator[Leaf]:
    """Every value of a schema, in its order."""
    for node in branch.properties.values():
        if isinstance(node, Branch):
            yield from leaves(node)
        else:
            yield node


def _node(schema: object, pointer: str, names: tuple[str, ...], depth: int) -> Branch | Leaf:
    where = pointer or "the root"
    if not isinstance(schema, dict):
        raise SchemaError(f"{where} is not an object: a schema is one")
    kind, nullable = _kind(schema, where)
    _refuse(schema, _KEYWORDS[kind] | _ANNOTATIONS | {"type", "enum"}, where)
    if kind == "object":
        return _branch(schema, pointer, names, depth, nullable=nullable)
    items: dict[str, Any] = {}
    value: Any = schema
    if kind == "array":
        if "enum" in schema:
            raise SchemaError(f"{where}: enum of an array is not understood")
        items = {key: schema[key] for key in _KEYWORDS["array"] - {"items"} if key in schema}
        value = schema.get("items")
        if not isinstance(value, dict):
            raise SchemaError(f"{where} is an array without items")
        kind, null = _kind(value, f"{where}: items")
        if kind in {"array", "object"} or null:
            raise SchemaError(f"{where}: items are strings, numbers, integers, booleans or enums")
        _refuse(value, _KEYWORDS[kind] | _ANNOTATIONS | {"type", "enum"}, f"{where}: items")
    limits = {key: value[key] for key in _KEYWORDS[kind] if key in value}
    _check_limits(limits, where)
    description = str(schema.get("description") or schema.get("title") or value.get("description") or "")
    return Leaf(
        pointer=pointer,
        names=names,
        kind=kind,
        description=_text(description, where),
        many=bool(schema is not value),
        nullable=nullable,
        options=_options(value, kind, where),
        limits=limits,
        items=items,
    )


def _branch(schema: Mapping[str, Any], pointer: str, names: tuple[str, ...], depth: int, *, nullable: bool) -> Branch:
    where = pointer or "the root"
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise SchemaError(f"{where} is an object without properties")
    if depth >= _DEPTH:
        raise SchemaError(f"{where} is nested more than {_DEPTH - 1} levels deep")
    if len(properties) > _FIELDS:
        raise SchemaError(f"{where} has {len(properties)} properties; {_FIELDS} fields can be filled")
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) and name in properties for name in required):
        raise SchemaError(f"{where}: required names what is not among the properties")
    if not isinstance(schema.get("additionalProperties", False), bool):
        raise SchemaError(f"{where}: additionalProperties is understood as true or false only")
    called = (str(schema.get("title") or names[-1]),) if names else ()
    found = {
        name: _node(
            value,
            f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}",
            (*names[:-1], *called, _text(name, where)),
            depth + 1,
        )
        for name, value in properties.items()
    }
    return Branch(found, frozenset(required), nullable)


def _kind(schema: Mapping[str, Any], where: str) -> tuple[str, bool]:
    """The type, and whether null will do as well."""
    types = schema.get("type")
    named = types if isinstance(types, list) else [types]
    if types is None and isinstance(schema.get("enum"), list):
        named = ["string" if all(isinstance(v, str | None) for v in schema["enum"]) else "number"]
    rest = [name for name in named if name != "null"]
    if len(rest) != 1 or not isinstance(rest[0], str) or rest[0] not in _KEYWORDS:
        raise SchemaError(f"{where}: type is one of {', '.join(sorted(_KEYWORDS))}, and null beside it")
    return rest[0], "null" in named or (types is None and None in schema["enum"])


def _refuse(schema: Mapping[str, Any], known: set[str], where: str) -> None:
    for keyword in schema:
        if keyword not in known:
            raise SchemaError(f"{where}: the keyword {str(keyword)[:60]!r} is not understood")


def _text(text: str, where: str) -> str:
    if len(text) > _CHARACTERS or UNSEEN.search(text):
        raise SchemaError(f"{where}: a name or a description is longer than {_CHARACTERS} characters or not readable")
    return text


def _options(schema: Mapping[str, Any], kind: str, where: str) -> tuple[Scalar, ...]:
    options = schema.get("enum")
    if options is None:
        return ()
    if not isinstance(options, list) or len(options) > _OPTIONS or kind == "boolean":
        raise SchemaError(f"{where}: enum is a list of at most {_OPTIONS} strings or numbers")
    found = tuple(option for option in options if option is not None)
    allowed = str if kind == "string" else int | float
    if not found or any(isinstance(option, bool) or not isinstance(option, allowed) for option in found):
        raise SchemaError(f"{where}: enum holds values that are no {kind}")
    return tuple(_text(option, where) if isinstance(option, str) else option for option in found)


def _check_limits(limits: Mapping[str, Any], where: str) -> None:
    if limits.get("format", "date") != "date":
        raise SchemaError(f"{where}: the format {str(limits['format'])[:60]!r} is not understood; date is")
    pattern = limits.get("pattern")
    if pattern is None:
        return
    safe = (
        isinstance(pattern, str)
        and len(pattern) <= _LONGEST_PATTERN
        and len(_REPEATED.findall(pattern)) <= _REPEATS
        and len(_OPTIONAL.findall(pattern)) <= _OPTIONALS
        and pattern.count("(") <= _GROUPS
        and pattern.count("|") <= _ALTERNATIVES
        and _SAFE.fullmatch(pattern) is not None
    )
    if not safe:
        raise SchemaError(
            f"{where}: the pattern is not one that runs in bounded time",
            hint="use characters, classes and at most three repetitions; a group may not be repeated",
        )
    try:
        re.compile(pattern)
    except re.error as error:
        raise SchemaError(f"{where}: the pattern does not parse: {error}") from None
