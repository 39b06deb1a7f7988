"""Code is kept as it is, and its definitions are found."""

import pytest

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.source import SourceParser

_PYTHON = '''#!/usr/bin/env python
"""Pumps."""
import os

# A pump.
# It pumps.
@register(
    "x",
)
class Pump:
    """水泵"""

    @property
    def size(self):
        def inner(): ...
        return 1

    async def go(self): ...

if os:
    def start(): ...
'''


def parse(text, name):
    """Code of a file."""
    return SourceParser().parse(text.encode(), name=name)


def outline(found):
    """Levels and names of the definitions, with the first line of each."""
    return [(h.level, h.title, found.text[h.start :].split("\n", 1)[0].strip()) for h in found.headings]


def test_python_is_split_by_its_own_grammar():
    """Classes, methods and functions are headings that begin with their comments and decorators."""
    found = parse(_PYTHON, "a.py")
    assert found.text == _PYTHON
    assert outline(found) == [
        (1, "Pump", "# A pump."),
        (2, "size", "@property"),
        (2, "go", "async def go(self): ..."),
        (1, "start", "def start(): ..."),
    ]
    assert found.metadata == {"programming_language": "python"}


@pytest.mark.parametrize("name", ["ｰｴ豕ｵ", "ﬁnd", "Ⅷ", "水泵", "ªº"])
@pytest.mark.parametrize("code", ["def {}(): ...", "class\\\n  {}: ...", "if é:\n\tasync  def \\\n\\\n{} (A): ..."])
def test_python_names_are_as_they_are_written(name, code):
    """A name that the grammar normalises is a heading in the characters that the text has."""
    found = parse(code.format(name), "a.py")
    assert [h.title for h in found.headings] == [name]
    assert name in found.text


def test_python_of_another_version_is_split_by_its_lines():
    """Code that this Python cannot parse has its definitions all the same."""
    found = parse("class A:\n    def b(self):\n        print 'x'\n\ndef c(): pass\n", "a.py")
    assert [(h.level, h.title) for h in found.headings] == [(1, "A"), (2, "b"), (1, "c")]


_JAVA = """\
/** A pump.
 * (x) {
 */
@Entity
public class Pump<T> extends Base {
  int x = foo(3);
  public static <T> List<T> all(int a,
      int b) throws E {
    if (x) { go(); }
    return call(x);
  }
}
"""
_C = """\
/* a comment:
static int no(void) {
*/
#define X(a) b(a)
int proto(int a);
struct pump {
  int a;
};
// Starts.
static const char *
start(int a)
{
  while (a) {
    go(a);
  }
}
int main(void) {
}
"""
_CPP = """\
namespace w {
template <typename T>
class Pump : Base {
  void go();
};
}
int w::Pump<int>::go(int a) {
}
"""
_TS = """\
export interface P<T> { a: string }
/** starts */
export async function start(a: number) {
  if (a) {
  }
}
const stop = async (x) => {
};
class V {
  open(a: string): void {
    for (const x of y) {
    }
  }
}
"""
_RUST = """\
/// A pump
#[derive(Debug)]
pub struct Pump { x: i32 }
impl fmt::Display for Pump {
    pub(crate) fn go() {}
}
"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.java", _JAVA, ["1 Pump: /** A pump.", "2 all: public static <T> List<T> all(int a,"]),
        ("a.c", _C, ["1 pump: struct pump {", "1 start: start(int a)", "1 main: int main(void) {"]),
        (
            "a.cpp",
            _CPP,
            ["1 w: namespace w {", "1 Pump: class Pump : Base {", "1 w::Pump<int>::go: int w::Pump<int>::go(int a) {"],
        ),
        (
            "a.ts",
            _TS,
            [
                "1 P: export interface P<T> { a: string }",
                "1 start: /** starts */",
                "1 stop: const stop = async (x) => {",
                "1 V: class V {",
                "2 open: open(a: string): void {",
            ],
        ),
        ("a.rs", _RUST, ["1 Pump: /// A pump", "1 Pump: impl fmt::Display for Pump {", "2 go: pub(crate) fn go() {}"]),
        ("a.go", "// Go goes.\nfunc (p *Pump) Go() {\n}\n", ["1 Go: // Go goes."]),
        ("a.rb", "class A < B\n  def self.c?\n  end\nend\n", ["1 A: class A < B", "2 self.c?: def self.c?"]),
        ("a.sql", "create table if not exists t (\n a int);\n", ["1 t: create table if not exists t ("]),
        ("a.sh", "go() {\n  x\n}\nfunction stop {\n}\n", ["1 go: go() {", "1 stop: function stop {"]),
    ],
)
def test_definitions_are_told_by_their_lines(name, text, expected):
    """In other languages definitions are lines that look like them; calls, prototypes and comments are none."""
    assert [f"{level} {title}: {line}" for level, title, line in outline(parse(text, name))] == expected


def test_each_line_is_a_place():
    """A place begins with its line; in a very long file, several lines are one."""
    found = parse("a = 1\n\nb = 2\n", "a.py")
    places = [(place.start, place.unit, place.first, place.last) for place in found.places]
    assert places == [(0, "line", "1", "1"), (6, "line", "2", "2"), (7, "line", "3", "3")]
    long = parse("x\n" * 50_000, "a.sh")
    assert (long.places[-1].first, long.places[-1].last) == ("49999", "50000")
    assert len(long.places) <= 20_000


def test_declared_encodings_and_hostile_code_are_read():
    """A Python file says its encoding; nesting that no grammar bears is text like any other."""
    latin = "# -*- coding: gbk -*-\n# 水\nx = 1\n".encode("gbk")
    assert "# 水\n" in SourceParser().parse(latin, name="a.py").text
    assert parse("(" * 100_000, "a.py").headings == ()
    assert parse("x" * 1_000_000, "a.c").headings == ()
    with pytest.raises(NoTextError):
        parse(" \n", "a.py")
