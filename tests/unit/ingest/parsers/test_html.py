"""HTML is read as it is seen: what is hidden is left out, and what is apart stays apart."""

import pytest

from ragsys.errors import NestedTooDeeplyError, NoTextError
from ragsys.ingest.parsers.html import HtmlParser
from ragsys.ingest.parsers.layout import Page
from ragsys.types import Heading


def text(html, encoding="utf-8"):
    """The text of a page."""
    return HtmlParser().parse(html.encode(encoding), name="a.html").text


@pytest.mark.parametrize(
    "html",
    [
        '<p style="display:none">hidden',
        '<p style="color:red; display : none !important">hidden',
        '<div style="visibility:hidden"><p>hidden</p></div>',
        '<span style="font-size:0">hidden</span>',
        '<span style="font-size: 0.0em; color: red">hidden</span>',
        '<p style="opacity:0">hidden',
        '<p style="color:#FFF; background-color: white">hidden',
        '<p style="background:rgb(255, 255, 255);color:white !important">hidden',
        '<p style="color:transparent">hidden',
        "<p hidden>hidden",
        '<i aria-hidden="true">hidden</i>',
        "<script>hidden</script>",
        "<style>hidden</style>",
        "<template>hidden</template>",
        "<noscript>hidden</noscript>",
        "<nav>hidden</nav>",
        "<select><option>hidden</select>",
        "<svg><text>hidden</text></svg>",
        "<!-- hidden -->",
        "<audio>hidden</audio>",
    ],
)
def test_what_is_not_seen_is_left_out(html):
    """Hidden elements, scripts, styles, comments and navigation are no text; what follows is."""
    assert text(f"<!doctype html><body>{html}</p><div>seen</div>") == "seen\n"


@pytest.mark.parametrize(
    "style",
    [
        "font-size:0.9em",
        "font-size: 00.5px",
        "opacity:0.5",
        "display:block",
        "--x:display:none-such",
        "color:#fff",
        "color:white;background:black",
        "color:inherit;background:inherit",
        "background-color:white",
    ],
)
def test_what_is_small_is_seen(style):
    """A style that only looks like hiding hides nothing."""
    assert text(f'<p style="{style}">seen') == "seen\n"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("&lt;b&gt; &amp;amp; &copy; &#20013;&#x6587;&nbsp;caf&eacute; &bogus;", "<b> &amp; © 中文 café &bogus;\n"),
        ("soft&shy;hyphen&#13;&#0;", "softhyphen �\n"),
        ("<p>one\n  two</p>three<br>four<br><br>five", "one two\n\nthree\nfour\n\nfive\n"),
        ("<p>Hello<b>World</b> and <i>x</i>, <span>y </span> z", "HelloWorld and x, y z\n"),
        ("<pre>\nfor x in y:\n    print(x)\r\n\n</pre>after", "for x in y:\n    print(x)\n\nafter\n"),
        ("<pre>a <b>b</b>\n  c</pre>", "a b\n  c\n"),
        ("<ul><li>one<li>two<ul><li>a<li>b</ul><li>three</ul>after", "- one\n- two\n  - a\n  - b\n- three\n\nafter\n"),
        ("<ol><li>one<ol><li>a</ol><li><p>two</p></ol>", "1. one\n  1. a\n2. two\n"),
        ("<ul><li><p>one</p><p>more</p><li>two</ul>", "- one\n\nmore\n\n- two\n"),
        (
            "<table><tr><th>A<th>B<tr><td>1<td><p>2</p><tr><td><td>4</table>x",
            "| A | B |\n| --- | --- |\n| 1 | 2 |\n|  | 4 |\n\nx\n",
        ),
        ("<table><caption>C</caption><tbody><tr><td>1</td><td></td><td>3</td></tr></tbody></table>", "C\n\n1 |  | 3\n"),
        ("<dl><dt>term<dd>meaning</dl><details><summary>S</summary>D</details>", "term\nmeaning\n\nS\n\nD\n"),
    ],
)
def test_layout(html, expected):
    """Entities, breaks, lists, tables and preformatted text come out as they are read."""
    assert text(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "a<table><caption>C<tr><th>A<th colspan=2>B<tr><th rowspan=2>x|y<td>1<td>2<tr><td>3<td>4</table>b",
            "a\n\nC\n\n| A | B | B |\n| --- | --- | --- |\n| x\\|y | 1 | 2 |\n| x\\|y | 3 | 4 |\n\nb\n",
        ),
        (
            "<table><tr><td>side<td><table><tr><th>年<th>数<tr><td>二〇<td>5</table></table>",
            "side\n\n| 年 | 数 |\n| --- | --- |\n| 二〇 | 5 |\n",
        ),
        (
            "<table><tr><th>A<th>B<tr><td>1<td><table><tr><th>n<tr><td>m</table></table>",
            "| A | B |\n| --- | --- |\n| 1 | n m |\n",
        ),
        ("<table><tr><th>A<tr><td>1</table>", "A\n1\n"),
        ("<table><tr><td>A<td>B<tr><td>1<td></table>", "| A | B |\n| --- | --- |\n| 1 |  |\n"),
        (
            "<table><tr><td><h2>A</h2><td>B<tr><td>1<td><table><tr><td>n<td>m</table></table>",
            "| A | B |\n| --- | --- |\n| 1 | n \\| m |\n",
        ),
        ("<table><tr><td rowspan=2>A<td>B<tr><td>1</table>", "| A | B |\n| --- | --- |\n| A | 1 |\n"),
        ("<table><tr><td>A<td>B<tr><td>1</table>", "A | B\n1\n"),
        ("<table><tr><td>A<td>B<tr><td>1<td><pre>a\n  b</pre></table>", "A | B\n1 | a\n  b\n"),
        ("<table role=presentation><tr><td>A<td>B<tr><td>1<td>2</table>", "A | B\n1 | 2\n"),
        (f"<table><tr><td>A<td>B<tr><td>{'x' * 201}<td>2</table>", f"A | B\n{'x' * 201} | 2\n"),
        (
            f"<table><tr><td>A<td>B<tr><td>1<td><table><tr><td>n<td>m<tr><td>{'x' * 101}<td>o</table></table>",
            f"A | B\n1\n\n| n | m |\n| --- | --- |\n| {'x' * 101} | o |\n",
        ),
        ("<table><tr><td>A<td>B<tr><td>1<td><h2>C</h2></table>", "A | B\n1 | C\n"),
        (f"<table><tr><th>A<td>{'long ' * 200}<tr><td>1<td>2</table>", f"A | {('long ' * 200).strip()}\n1 | 2\n"),
    ],
)
def test_tables_of_data_are_markdown_and_those_that_lay_out_are_text(html, expected):
    """Full columns of short cells are a table, merged cells say their words in each place; what places text is text."""
    assert text(html) == expected


def test_the_depth_of_tables_does_not_multiply_the_work(monkeypatch):
    """What stands in forty tables that only lay out is looked at a dozen times and not forty."""
    seen = []
    add = Page.add_flowing
    monkeypatch.setattr(Page, "add_flowing", lambda page, text: (seen.append(text), add(page, text)))
    text("<table><tr><td>a<td>b<tr><td>" * 40 + "deepest" + "x" * 500 + "<td>y</table>" * 40)
    assert 1 < sum(words.startswith("deepest") for words in seen) < 14


def test_headings_are_where_their_words_are():
    """A heading has its level, its words on one line, and the offset at which they stand; an empty one is none."""
    found = HtmlParser().parse(
        "<h1>One <em>big</em></h1>x<h2><a>Two\n  two</a></h2><h3> </h3><div><h2>第三章</h2>内容</div>".encode(),
        name="a",
    )
    assert found.text == "One big\n\nx\n\nTwo two\n\n第三章\n\n内容\n"
    assert found.headings == (Heading(0, 1, "One big"), Heading(12, 2, "Two two"), Heading(21, 2, "第三章"))
    assert found.title == "One big"


def test_title_and_metadata_come_from_the_head():
    """The title element wins over headings; author, date and language are metadata."""
    head = (
        '<html lang="zh-CN"><title> A &amp;\n B</title><meta name="Author" content="Li Bai"><meta name="x" content="y">'
    )
    found = HtmlParser().parse(f"{head}<h1>H</h1>".encode(), name="a")
    assert (found.title, dict(found.metadata)) == ("A & B", {"author": "Li Bai", "lang": "zh"})


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gbk"),
        ("big5", "big5"),
        ("shift_jis", "cp932"),
        ("utf-8", "utf-8"),
        ("utf-16", "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("unicode_escape", "utf-8"),
        ("undefined", "utf-8"),
        ("idna", "utf-8"),
        ("nonsense", "gb18030"),
    ],
)
def test_the_declared_encoding_is_used_where_it_is_true(declared, encoding):
    """A declaration is followed if it can be an encoding of a page and fits; a wrong one does no harm."""
    page = f"<meta charset={declared}><p>{'人民的生活是在一大城市。' * 4}"
    assert text(page, encoding) == "人民的生活是在一大城市。" * 4 + "\n"


def test_a_page_that_shows_nothing_is_an_error():
    """A page of scripts has no text."""
    with pytest.raises(NoTextError):
        text("<html><script>x</script><p hidden>y</p>")


def test_a_bomb_of_nesting_is_refused():
    """Elements nested so deep that the parser would take hours are refused at once; 900 deep is fine."""
    with pytest.raises(NestedTooDeeplyError):
        text("<div>" * 1_000_000 + "x")
    assert text("<div>" * 900 + "x") == "x\n"
    assert text("<b>" * 20_000 + "x") == "x\n"
    assert text("<div>x</div>" * 20_000).count("x") == 20_000


def test_a_heading_around_headings_is_none():
    """Where a heading is never closed, those inside it are the headings, and they ascend."""
    found = HtmlParser().parse(b"<!doctype html><h1>One<div><h1>Two</h1></div><p>text<h2>Three</h2>", name="a.html")
    assert [heading.title for heading in found.headings] == ["Two", "Three"]


def test_an_empty_element_of_xhtml_ends_where_it_begins():
    """In XHTML `<title/>` and `<a id="x"/>` hold nothing; an attribute that ends with a slash ends no element."""
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{}</body></html>'
    body = '<p><a id="x/"/>seen<br/><script src="a"/>and <a href="b/">read</a></p>'
    found = HtmlParser().parse(page.format(body).encode(), name="a.xhtml")
    assert found.text == "seen\nand read\n"
    assert found.title is None


def test_a_processing_instruction_shows_nothing():
    """Found by fuzzing: it is an element without a name."""
    assert text("<!doctype html><p>a<?body ?>b") == "ab\n"


def test_a_style_of_zeros_is_read_once():
    """A number that is no number is not tried in every way that it could be split."""
    assert text(f"<!doctype html><p style='opacity:{'0' * 100_000}x1'>shown") == "shown\n"
    for hidden in ("opacity:0", "opacity: 0.00 !important", "font-size:.0px", "a:b; opacity : 000%"):
        with pytest.raises(NoTextError):
            text(f"<!doctype html><p style='{hidden}'>hidden")
