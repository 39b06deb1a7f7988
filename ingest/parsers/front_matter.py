"""The YAML block at the head of a Markdown file: its scalar fields, as they are written.

A date stays the text that it is (ISO dates sort as text), and `no` stays "no". Knows nothing about Markdown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import Node

    from ragsys.types import Scalar

__all__ = ["read_fields", "scalar", "split"]

_BLOCK = re.compile(r"\A---[ \t]*\n(|.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# A block that is longer is text between two rules.
_LONGEST = 64 * 1024
_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d{0,14})")
_NUMBER = re.compile(r"[+-]?\d{1,15}\.\d{1,15}")
_FIELD = re.compile(r"^([^\s:#&*!|>'\"%@`{}\[\],?-][^:\n]{0,99}):[ \t]+([^\s#&*!|>%@`{}\[\]][^\n]*)", re.MULTILINE)
_NULL = frozenset({"", "~", "null"})


def split(text: str) -> tuple[str, int]:
    """The block and the offset at which the document begins; "" and 0 where there is none."""
    match = _BLOCK.match(text, 0, _LONGEST)
    return (match.group(1), match.end()) if match else ("", 0)


def read_fields(block: str) -> dict[str, Scalar]:
    """The fields that are scalars, or lists of scalars (joined by ", "); nested ones are left out.

    Of a block that is not YAML, the lines that look like fields.
    """
    import yaml

    try:
        # The tree of nodes only: nothing is constructed, aliases are not expanded.
        node = yaml.compose(block, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return {key.strip(): scalar(value.strip()) for key, value in _FIELD.findall(block)}
    if not isinstance(node, yaml.MappingNode):
        return {}
    found: dict[str, Scalar] = {}
    for key, value in node.value:
        found_value = _value(value)
        if isinstance(key, yaml.ScalarNode) and key.value and found_value is not None:
            found[key.value] = found_value
    return found


def _value(node: Node) -> Scalar | None:
    import yaml

    if isinstance(node, yaml.SequenceNode):
        if not all(isinstance(item, yaml.ScalarNode) for item in node.value):
            return None
        return ", ".join(item.value for item in node.value) or None
    if not isinstance(node, yaml.ScalarNode):
        return None
    plain = node.style is None
    return None if plain and node.value.lower() in _NULL else scalar(node.value) if plain else node.value


def scalar(text: str) -> Scalar:
    """A plain scalar as a boolean or a number where it is one beyond doubt; else the text."""
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
