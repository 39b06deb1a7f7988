"""XML is read in the order of its elements: documents as they are read, data with its names."""

import pytest

from ragsys.errors import DocumentError, NoTextError
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
    rows = "| H | I |\n| --- | --- |\n| 1 |  |"
    shown = f"The Pump\n\nA B\n\n水泵\n\nPress go now.\n\na\n  b\n\n- one\n\n{rows}\n\nDeep\n\nx\n"
    assert found.text == shown
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
def test_tables_are_markdown_rows(table):
    """A table is written as in every other format, a merged cell in each place that it covers."""
    found = parse(f"<article><sec><title>One</title><p>before</p>{table}<p>after</p></sec></article>")
    rows = "| Pump | Flow | Flow |\n| --- | --- | --- |\n| A | 1 | a\\|b |\n| A | 2 | 3 |"
    assert rows in found.text
    assert found.text.startswith("One\n\nbefore\n\n")
    assert found.text.endswith(f"{rows}\n\nafter\n")


def test_a_table_that_would_swell_is_written_cell_by_cell():
    """Cells that cover far more than anybody reads are not repeated, and no word of them is lost."""
    row = "<tr>" + f"<td rowspan='50' colspan='50'>{'wide ' * 40}</td>" * 3 + "</tr>"
    found = parse(f"<article><p>x</p><table><tr><th>a</th><th>b</th></tr>{row * 60}</table></article>")
    assert len(found.text) < 100_000
    assert found.text.count("wide") == 60 * 3 * 40


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
