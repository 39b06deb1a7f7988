"""The filter language, compiled to SQL with bound parameters: what a user writes never becomes SQL itself.

    expression = term { OR term }      term = factor { AND factor }      factor = [NOT] ( "(" expression ")" | test )
    test = field ("=" | "!=" | "<" | "<=" | ">" | ">=" | "~") value | field [NOT] IN "(" value { "," value } ")"

A field is a column of the document (source, title, id, sha256, added_at) or a metadata key. `~` is a glob over the
whole value, case-sensitive; a glob on `source` that does not start with "/" or "*" matches at any folder. A document
without the field fails every test but `!=` and NOT.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Numeric, Text, and_, cast, func, literal, not_, or_

from ragsys.errors import FilterError
from ragsys.indexes.schema import document

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compile_filter"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<operator><=|>=|!=|[=<>~(),])|(?P<word>[^\s"'=<>~!(),]+))"""
)
_COLUMNS = ("source", "title", "id", "sha256", "added_at")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?")
_LONGEST, _DEEPEST = 4096, 50


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, a quoted string or an operator, and where it stands."""

    kind: str
    text: str
    at: int

    def is_word(self, word: str) -> bool:
        """Whether it is this keyword, in either case."""
        return self.kind == "word" and self.text.upper() == word


def compile_filter(expression: str) -> ColumnElement[bool]:
    """The condition on `indexes.schema.document` that an expression stands for.

    Raises:
        FilterError: it does not parse; the message says where.
    """
    if len(expression) > _LONGEST:
        raise FilterError(f"the filter has {len(expression)} characters; at most {_LONGEST} are read")
    parser = _Parser(_tokens(expression), len(expression))
    condition = parser.expression(0)
    parser.end()
    return condition


def _tokens(expression: str) -> list[_Token]:
    found, at = [], 0
    end = len(expression.rstrip())
    while at < end:
        match = _TOKEN.match(expression, at)
        if match is None:
            raise FilterError(f"the filter cannot be read at position {at + 1}: {expression[at : at + 20]!r}")
        kind = str(match.lastgroup)
        text = match.group(kind)
        if kind == "string":
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        if not text.isprintable() or any("\ud800" <= c <= "\udfff" for c in text):
            raise FilterError(f"the filter holds a character that cannot be printed at position {at + 1}")
        found.append(_Token(kind, text, match.start(kind)))
        at = match.end()
    return found


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens = [*tokens, _Token("end", "the end", length)]
        self._at = 0

    def expression(self, depth: int) -> ColumnElement[bool]:
        return self._joined("OR", or_, lambda: self._joined("AND", and_, lambda: self._factor(depth)))

    def end(self) -> None:
        if self._next.kind != "end":
            self._fail("AND, OR or the end")

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _fail(self, wanted: str) -> None:
        raise FilterError(f"the filter needs {wanted} at position {self._next.at + 1}, and has {self._next.text!r}")

    def _expect(self, operator: str) -> None:
        if self._next.kind != "operator" or self._next.text != operator:
            self._fail(repr(operator))
        self._take()

    def _joined(
        self,
        word: str,
        join: Callable[..., ColumnElement[bool]],
        part: Callable[[], ColumnElement[bool]],
    ) -> ColumnElement[bool]:
        parts = [part()]
        while self._next.is_word(word):
            self._take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else join(*parts)

    def _factor(self, depth: int) -> ColumnElement[bool]:
        if depth > _DEEPEST:
            raise FilterError(f"the filter is nested deeper than {_DEEPEST}")
        if self._next.is_word("NOT"):
            self._take()
            # A test on a field that is not there is unknown to SQL; here it is false, so that NOT makes it true.
            return not_(func.coalesce(self._factor(depth + 1), literal(value=False)))
        if self._next.kind == "operator" and self._next.text == "(":
            self._take()
            inner = self.expression(depth + 1)
            self._expect(")")
            return inner
        return self._test()

    def _test(self) -> ColumnElement[bool]:
        if self._next.kind not in {"word", "string"}:
            self._fail("a field")
        field = self._take().text
        negated = self._next.is_word("NOT")
        if negated:
            self._take()
        if self._next.is_word("IN"):
            self._take()
            condition = or_(*(_compare(field, "=", value) for value in self._values()))
            return not_(func.coalesce(condition, literal(value=False))) if negated else condition
        if negated or self._next.kind != "operator" or self._next.text in "(),":
            self._fail("one of = != < <= > >= ~ IN")
        operator = self._take().text
        return _compare(field, operator, self._value())

    def _value(self) -> _Token:
        if self._next.kind not in {"word", "string"}:
            self._fail("a value")
        return self._take()

    def _values(self) -> list[_Token]:
        self._expect("(")
        values = [self._value()]
        while self._next.kind == "operator" and self._next.text == ",":
            self._take()
            values.append(self._value())
        self._expect(")")
        return values


def _compare(field: str, operator: str, value: _Token) -> ColumnElement[bool]:
    """One test; an unquoted number is compared as a number, everything else as text."""
    path = ""
    if field in _COLUMNS:
        column: ColumnElement[str] = document.c[field]
    else:
        if '"' in field or "\\" in field:
            raise FilterError(f"the field {field!r} cannot be asked for: a quotation mark or a backslash at position 1")
        path = f'$."{field}"'  # a bound string, like every value
        column = func.json_extract(document.c.metadata, path)
    if operator == "~":
        anchored = field != "source" or value.text.startswith(("/", "*"))
        return cast(column, Text).op("GLOB", is_comparison=True)(value.text if anchored else f"*/{value.text}")
    left: ColumnElement[object] = cast(column, Text)
    right: ColumnElement[object] = literal(value.text)
    if value.kind == "word" and field not in _COLUMNS and _NUMBER.fullmatch(value.text):
        left, right = cast(column, Numeric), literal(float(value.text), Numeric)
        if operator != "!=":
            return and_(
                func.json_type(document.c.metadata, path).in_(["integer", "real"]), _operate(left, operator, right)
            )
    elif value.kind == "word" and field not in _COLUMNS and value.text.lower() in {"true", "false"}:
        left, right = func.json_type(document.c.metadata, path), literal(value.text.lower())
    if operator == "!=":
        return or_(column.is_(None), left != right)
    return _operate(left, operator, right)


def _operate(left: ColumnElement[object], operator: str, right: ColumnElement[object]) -> ColumnElement[bool]:
    operations: dict[str, Callable[[], ColumnElement[bool]]] = {
        "=": lambda: left == right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
    }
    return operations[operator]()
