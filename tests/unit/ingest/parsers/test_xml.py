"""XML is read in the order of its elements: documents as they are read, data with its names."""

import pytest

from ragsys.errors import DocumentError, NoTextError
from ragsys.ingest.parsers.layout import Page
from ragsys.ingest.parsers.xml import XmlParser


def parse(xml):
    """A document."""
    return XmlParser().parse(xml.encode(), name="a.xml")


def test_docbook_is_laid_out():
    """Titles are headings by their sections, inline elements stay in their sentence, code and rows keep their lines."""
    found = parse(
        '<book xmlns="http://docbook.org/ns/docbook" xml:lang="en-GB"><info><title>The Pump</title><author><personname>'
        "<firstname>A</firstname><surname>B</surname></personname></author></info><chapter><title>水泵</title>"
        "<para>Press <command>go</command> now.</para><programlisting>a\n  b</programlisting><itemizedlist><listitem>"
        "<para>one</para></listitem></itemizedlist><informaltable><tgroup><thead><row><entry>H</entry><entry>I</entry>"
        "</row></thead><tbody><row><entry>1</entry><entry/></row></tbody></tgroup></informaltable><section>"
        "<title>Deep</title><para>x</para></section></chapter></book>"
    )
    shown = "The Pump\n\nA B\n\n水泵\n\nPress go now.\n\na\n  b\n\n- one\n\n"
    assert found.text == shown + "| H | I |\n| --- | --- |\n| 1 |  |\n\nDeep\n\nx\n"
    assert [(heading.level, heading.title) for heading in found.headings] == [(1, "The Pump"), (1, "水泵"), (2, "Deep")]
    assert found.metadata == {"author": "A B", "lang": "en"}


def test_jats_shows_what_a_reader_sees():
    """Of an article's description: title, people and abstract; labels stand in their titles, formulas are TeX."""
    found = parse(
        "<article><front><journal-meta><journal-title>J</journal-title></journal-meta><article-meta>"
        "<article-id>9</article-id><title-group><article-title>On <italic>Pumps</italic></article-title></title-group>"
        "<contrib-group><contrib contrib-type='author'><name><surname>Li</surname><given-names>An</given-names></name>"
        "<xref>1</xref></contrib></contrib-group><pub-date><day>1</day><month>6</month><year>2020</year></pub-date>"
        "<volume>3</volume><abstract><p>Short.</p></abstract></article-meta></front><body><sec><label>1.</label>"
        "<title>Start</title><p>CO<sub>2</sub> <alternatives><tex-math>$x$</tex-math><math><mi>x</mi></math>"
        "</alternatives></p></sec></body></article>"
    )
    assert found.text == "On Pumps\n\nAn Li\n\nShort.\n\n1. Start\n\nCO2 $x$\n"
    assert [heading.title for heading in found.headings] == ["On Pumps", "1. Start"]
    assert found.metadata == {"author": "An Li", "date": "2020-06-01"}


_JATS = (
    "<table-wrap><label>Table 1</label><caption><title>Pumps</title></caption><table><colgroup/><thead><tr><th>泵</th>"
    "<th colspan='2'><bold>l</bold>/s</th></tr></thead><tbody><tr><td rowspan='2'>a|b</td><td>1</td><td>2</td></tr>"
    "<tr><td>3</td><td><p>4</p><p>5</p></td></tr></tbody></table></table-wrap>"
)
_DOCBOOK = (
    "<informaltable><tgroup><colspec colname='x'/><colspec colname='y'/><tbody><row><entry morerows='1'>H</entry>"
    "<entry>I</entry></row><row><entry>1</entry></row><row><entry namest='x' nameend='y'>both</entry></row></tbody>"
    "</tgroup></informaltable>"
)
_DITA = (
    "<simpletable><sthead><stentry>H</stentry><stentry>I</stentry></sthead><strow><stentry>1</stentry><stentry>2"
    "</stentry></strow></simpletable>"
)
_TEI = "<table><head>Above</head><row><cell>H</cell><cell>I</cell></row><row><cell>1</cell><cell>2</cell></row></table>"
_NESTED = (
    "<table><tr><td>a</td><td><table><tr><td>b</td><td>c</td></tr></table></td></tr><tr><td>d</td><td/></tr></table>"
)
_ROWS = "Table 1\n\nPumps\n\n| 泵 | l/s | l/s |\n| --- | --- | --- |\n| a\\|b | 1 | 2 |\n| a\\|b | 3 | 4 5 |\n"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(_JATS, _ROWS, id="jats"),
        pytest.param(_DOCBOOK, "| H | I |\n| --- | --- |\n| H | 1 |\n| both |  |\n", id="docbook"),
        pytest.param(_DITA, "| H | I |\n| --- | --- |\n| 1 | 2 |\n", id="dita"),
        pytest.param(_TEI, "Above\n\n| H | I |\n| --- | --- |\n| 1 | 2 |\n", id="tei"),
        pytest.param(_NESTED, "| a | b \\| c |\n| --- | --- |\n| d |  |\n", id="table in a cell"),
        pytest.param("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "a\nb\n", id="one column"),
    ],
)
def test_tables_are_markdown(table, expected):
    """Tables of each vocabulary are rows below their caption, merged cells in each place; one column stays lines."""
    assert parse(f"<article><body><p>x</p>{table}</body></article>").text == "x\n\n" + expected


def test_the_depth_of_tables_does_not_multiply_the_work(monkeypatch):
    """What stands in forty tables that are none is looked at a dozen times and not forty."""
    seen = []
    add = Page.add_flowing
    monkeypatch.setattr(Page, "add_flowing", lambda page, text: (seen.append(text), add(page, text)))
    parse("<article>" + "<table><tr><td>" * 40 + "deepest" + "</td></tr></table>" * 40 + "</article>")
    assert 1 < seen.count("deepest") < 14


def test_data_keeps_the_names_of_its_values():
    """In XML that is no document, a value stands after its element's name, attributes where there is nothing else."""
    found = parse(
        "<rows><row><name>水泵</name><type>a</type><title>x</title></row><row><size w='3' h='4'/></row></rows>"
    )
    assert found.text == "name: 水泵\ntype: a\ntitle: x\n\nsize: w=3, h=4\n"
    assert found.headings == ()


def test_feeds_show_their_items():
    """Each item's title is a heading; markup in a text is shown as a browser would, and a summary of it is left out."""
    found = parse(
        "<rss><channel><title>News</title><item><title>One</title><description>short</description>"
        "<encoded>&lt;p&gt;Long &lt;b&gt;text&lt;/b&gt;&lt;/p&gt;</encoded></item></channel></rss>"
    )
    assert found.text == "News\n\nOne\n\nLong text\n"
    assert [(heading.level, heading.title) for heading in found.headings] == [(1, "News"), (2, "One")]


def test_what_is_not_well_formed_is_read_all_the_same():
    """A tag that is not closed, or an entity that nobody declared, costs no text."""
    assert parse('<?xml version="1.0"?><a><b>seen&nbsp;here</a>').text == "seen here\n"


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://example.org/x">%b;]><a>x</a>',
        "<a>" * 2000 + "x" + "</a>" * 2000,
    ],
)
def test_entities_and_depth_are_refused(xml):
    """Entities are not expanded, nothing outside the file is read, and nesting has an end."""
    with pytest.raises(DocumentError):
        parse(xml)


def test_a_document_type_alone_is_no_entity():
    """An article that names its document type is read; the type is not."""
    assert (
        parse('<!DOCTYPE article PUBLIC "-//NLM//DTD" "http://example.org/x.dtd"><article><p>x</p></article>').text
        == "x\n"
    )
    with pytest.raises(NoTextError):
        parse("<a><b/></a>")


@pytest.mark.parametrize(
    "table",
    [
        (
            "<table-wrap><label>T</label><table><thead><tr><th>Pump</th><th colspan='2'>Flow</th></tr></thead><tbody>"
            "<tr><td rowspan='2'><p>A</p></td><td>1</td><td>a|b</td></tr><tr><td>2</td><td>3</td></tr></tbody></table>"
            "</table-wrap>"
        ),
        (
            "<informaltable><tgroup cols='3'><colspec colname='c1'/><colspec colname='c2'/><colspec colname='c3'/>"
            "<thead><row><entry>Pump</entry><entry namest='c2' nameend='c3'>Flow</entry></row></thead><tbody><row>"
            "<entry morerows='1'><para>A</para></entry><entry>1</entry><entry>a|b</entry></row><row><entry>2</entry>"
            "<entry>3</entry></row></tbody></tgroup></informaltable>"
        ),
        (
            "<table><row role='label'><cell>Pump</cell><cell cols='2'>Flow</cell></row><row><cell rows='2'>A</cell>"
            "<cell>1</cell><cell>a|b</cell></row><row><cell>2</cell><cell>3</cell></row></table>"
        ),
    ],
    ids=["jats", "docbook", "tei"],
)
def test_tables_of_every_vocabulary_are_the_same_rows(table):
    """A table is written as in every other format, a merged cell in each place that it covers."""
    found = parse(f"<article><sec><title>One</title><p>before</p>{table}<p>after</p></sec></article>")
    rows = "| Pump | Flow | Flow |\n| --- | --- | --- |\n| A | 1 | a\\|b |\n| A | 2 | 3 |"
    assert rows in found.text
    assert found.text.startswith("One\n\nbefore\n\n")
    assert found.text.endswith(f"{rows}\n\nafter\n")
