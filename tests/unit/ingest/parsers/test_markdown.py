"""Markdown is kept as it is; its headings and its front matter are found."""

import pytest

from ragsys.ingest.parsers.markdown import MarkdownParser


def parse(text):
    """What is found in a file."""
    return MarkdownParser().parse(text.encode("utf-8"), name="a.md")


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# one\n## two ##\n###### six\n####### no", [(1, "one"), (2, "two"), (6, "six")]),
        ("# one # two\n#no\n#\n#\ttab", [(1, "one # two"), (1, "tab")]),
        ("Title\n=====\ntext\n\nSub\n---\n", [(1, "Title"), (2, "Sub")]),
        ("- item\n---\n\n> quote\n---\n\n| a |\n---", []),
        ("text\n\n---\n\n---\n", []),
        ("```\n# code\n```\n# after\n~~~~ x\n# code\n~~~\n# code\n~~~~\n# last", [(1, "after"), (1, "last")]),
        ("    # code\n\n\t# code", []),
        ("```inline``` text\n# yes", [(1, "yes")]),
        ("# 第一章 引言\n\n内容。\n\n## 第二节", [(1, "第一章 引言"), (2, "第二节")]),
        ("line\u2028# no\x0c\n# yes", [(1, "yes")]),
        ("```\n# never closed", []),
    ],
)
def test_headings(text, headings):
    """ATX and setext headings outside code, and nothing that only looks like one; each stands at its offset."""
    found = parse(text)
    assert [(h.level, h.title) for h in found.headings] == headings
    assert all(h.title in found.text[h.start :].split("\n", 1)[0] for h in found.headings)
    assert found.text == text


def test_a_heading_as_long_as_a_book_has_a_short_title():
    """What is stored with every passage stays short, and no pattern takes long over such a line."""
    found = parse("# " + "word " * 200_000 + "#\n" + "# a" + " " * 200_000 + "b")
    assert [len(h.title) <= 300 for h in found.headings] == [True, True]


@pytest.mark.parametrize(
    ("block", "title", "metadata"),
    [
        ("title: A tale\ndate: 2024-03-01", "A tale", {"date": "2024-03-01"}),
        ("title: \"A: 'tale'\" # comment\nyear: 2020", "A: 'tale'", {"year": 2020}),
        ("title: 'it''s'\nratio: 0.5\ndraft: true\nnot: no", "it's", {"ratio": 0.5, "draft": True, "not": "no"}),
        ("标题: 你好\n作者: 张三\n日期: 2024年", "你好", {"作者": "张三", "日期": "2024年"}),
        ("zip: 007\ntime: 12:30\nquoted: '12'", None, {"zip": "007", "time": "12:30", "quoted": "12"}),
        (
            "tags: [a, b]\nlist:\n  - c\n  - 1\nnested:\n  x: 1\nempty:\nnothing: ~",
            None,
            {"tags": "a, b", "list": "c, 1"},
        ),
        ("text: |\n  two\n  lines", None, {"text": "two\nlines\n"}),
        ("title: Foo: bar\nyear: 2020", "Foo: bar", {"year": 2020}),
        ("\tnot: yaml\n- at all", None, {}),
        ("just a sentence", None, {}),
        ("", None, {}),
        ("[" * 5000, None, {}),
        ("a: &x [1]\nb: [*x, *x]\nc: *nowhere", None, {}),
    ],
)
def test_front_matter(block, title, metadata):
    """Scalars and lists of scalars become metadata as they are written; what is no YAML does no harm."""
    found = parse(f"---\n{block}\n---\n\n# Heading\n" if block else "---\n---\n\n# Heading\n")
    assert (found.title, dict(found.metadata)) == (title or "Heading", metadata)
    assert [h.title for h in found.headings] == ["Heading"]


@pytest.mark.parametrize("text", ["---\nunclosed: 1\n\ntext", "text\n---\na: 1\n---\n", " ---\na: 1\n---\n"])
def test_what_is_no_front_matter(text):
    """A block that is not closed, or not at the very beginning, is text."""
    assert dict(parse(text).metadata) == {}


def test_windows_line_ends_and_dots():
    """Front matter may have carriage returns and end with dots."""
    assert parse("---\r\ntitle: x\r\n...\r\ntext").title == "x"
