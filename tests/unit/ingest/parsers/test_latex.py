r"""LaTeX is what its readers see, with its mathematics as it is written."""

import pytest

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.latex import LatexParser

_DEEP = r"\begin{enumerate}\item d\end{enumerate}"


def text(source):
    """What a piece of a document shows."""
    return LatexParser().parse(source.encode(), name="a.tex").text


def test_a_document_has_title_authors_and_sections():
    """What the document says of itself comes first; the preamble and what follows the end are not shown."""
    source = (
        r"\documentclass{article}\newcommand{\x}{no}\title{On \emph{Pumps}\thanks{no}}"
        r"\author{J. Fran\c{c}ois \and B\"oll}\date{2020}\begin{document}\maketitle"
        "\n\\begin{abstract}Short.\\end{abstract}\n\\section[s]{水泵 \\& more}\\label{a}One.\\subsection*{Deep}\nTwo.\n"
        r"\end{document} after"
    )
    found = LatexParser().parse(source.encode(), name="a.tex")
    assert (
        found.text
        == "On Pumps\n\nJ. François, Böll\n2020\n\nAbstract\n\nShort.\n\n水泵 & more\n\nOne.\n\nDeep\n\nTwo.\n"
    )
    headings = [(1, "On Pumps"), (2, "Abstract"), (2, "水泵 & more"), (3, "Deep")]
    assert [(heading.level, heading.title) for heading in found.headings] == headings
    assert found.metadata == {"author": "J. François, Böll", "date": "2020"}


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("100\\% of \\textbf{all \\emph{good}} ones % comment \\section{no}\nend", "100% of all good ones end"),
        (r"see~\cite[p.~3]{a,b} and \ref{s}", "see [a,b] and s"),
        (r"``so'' --- na\"{\i}ve caf\'e \ss{} \o re \LaTeX text", "“so” — naïve café ß øre LaTeX text"),
        (r"note\footnote{with \emph{text}} here", "note (with text) here"),
        (r"\href{http://a.b/c_d}{here} \url{http://e}", "here (http://a.b/c_d) http://e"),
        (r"let $x_1 \in \R$ be \[ y \] and \(z\)", r"let $x_1 \in \R$ be \[ y \] and \(z\)"),
        ("one $5 and\n\ntwo $6", "one $5 and\n\ntwo $6"),
        (r"\input{/etc/passwd}\include{x}\includegraphics[width=1cm]{a}text", "text"),
        (r"\newcommand{\a}[1]{no #1}\def\b#1{no}text", "text"),
        ("中文\n文本。", "中文文本。"),
        ("\\begin{verbatim}\na{%}\n\\end{verbatim}", "```\na{%}\n```"),
        (r"\begin{equation*}a&b\\c\end{equation*}", r"\begin{equation*}a&b\\c\end{equation*}"),
        (rf"\begin{{itemize}}\item a\item[b] c{_DEEP}\end{{itemize}}", "- a\n- b: c\n\n  1. d"),
        (r"\begin{tabular}{l|r}\hline A & B\\ 1 & \\\end{tabular}", "| A | B |\n| --- | --- |\n| 1 |  |"),
        (r"\begin{comment}no\end{comment}text", "text"),
        (r"\begin{thebibliography}{9}\bibitem{a} A.\end{thebibliography}", "References\n\n[a] A."),
    ],
)  # fmt: skip
def test_commands_show_what_they_are_for(source, shown):
    """Commands go and their arguments stay; nothing is included, defined or run."""
    assert text(source) == shown + "\n"


@pytest.mark.parametrize(
    "source",
    [
        r"\emph{" * 5000,
        r"\footnote{" * 3000 + "x",
        "$" * 5001,
        r"\begin{verbatim}x",
        "}" * 9999 + "x",
        r"\'" * 999 + "x",
    ],
)
def test_broken_source_ends_in_an_outcome(source):
    """Braces, mathematics and environments that nobody closes are no traceback."""
    try:
        assert text(source).strip()
    except NoTextError:
        assert "x" not in source
