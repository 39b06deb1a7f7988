"""What commands and environments of LaTeX stand for when a page is read, not set. Knows nothing about texts."""

from __future__ import annotations

import unicodedata

__all__ = [
    "ACCENTS", "CITED", "CODE", "CODE_ARGUMENTS", "DEFINING", "DROPPED", "LISTS", "MATH", "REFERRED", "SECTIONS",
    "TABLES", "TITLED", "WORDS", "accented",
]  # fmt: skip

SECTIONS = {
    "part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5, "subparagraph": 6,
}  # fmt: skip
# Environments that begin with a heading nobody writes out.
TITLED = {"abstract": "Abstract", "thebibliography": "References"}
CODE = frozenset({"verbatim", "Verbatim", "lstlisting", "minted", "alltt", "filecontents", "comment"})
CODE_ARGUMENTS = frozenset({"lstlisting", "minted", "Verbatim", "filecontents"})
MATH = frozenset({
    "equation", "align", "alignat", "gather", "multline", "eqnarray", "displaymath", "math", "flalign", "dmath",
    "tikzpicture",
})  # fmt: skip
LISTS = frozenset({"itemize", "enumerate", "description", "compactitem", "compactenum"})
TABLES = frozenset({"tabular", "tabularx", "tabulary", "longtable", "tabu", "supertabular"})
CITED = frozenset(
    {"cite", "citep", "citet", "parencite", "textcite", "autocite", "footcite", "citeauthor", "citeyear", "nocite"}
)
REFERRED = frozenset({"ref", "eqref", "pageref", "autoref", "cref", "Cref", "nameref", "vref"})
# Commands that show nothing, with all their arguments; `\input` and its kin are never followed.
DROPPED = frozenset({
    "label", "includegraphics", "input", "include", "bibliography", "bibliographystyle", "vspace", "hspace",
    "usepackage",
    "documentclass", "graphicspath", "pagestyle", "thispagestyle", "setcounter", "addtocounter", "addcontentsline",
    "hypersetup", "index", "cline", "cmidrule", "rowcolor", "definecolor", "color", "fontsize", "setlength", "rule",
    "addbibresource", "includeonly", "title", "author", "date", "markboth", "phantom", "lstset", "subfile", "import",
})  # fmt: skip
DEFINING = frozenset({
    "newcommand", "renewcommand", "providecommand", "def", "newenvironment", "renewenvironment", "newtheorem",
    "DeclareMathOperator", "let", "newcounter", "theoremstyle", "newlength", "DeclareRobustCommand", "edef", "gdef",
})  # fmt: skip
WORDS = {
    "ldots": "…", "dots": "…", "textellipsis": "…", "LaTeX": "LaTeX", "TeX": "TeX", "ss": "ß", "o": "ø", "O": "Ø",
    "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "l": "ł", "L": "Ł", "i": "\u0131", "S": "§",
    "P": "¶",
    "copyright": "©", "pounds": "£", "euro": "€", "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^",
    "textendash": "\u2013", "textemdash": "—", "textquotedblleft": "“", "textquotedblright": "”", "textbullet": "•",
    "quad": " ", "qquad": " ", "newline": "\n", "textdegree": "°", "degree": "°", "texttimes": "\u00d7", "space": " ",
    "textless": "<", "textgreater": ">", "textbar": "|", "guillemotleft": "«", "guillemotright": "»",
}  # fmt: skip
# A command before a letter, and the combining character that it puts on it.
ACCENTS = {
    "'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "r": "\u030a", "k": "\u0328", "d": "\u0323",
    "b": "\u0331",
}  # fmt: skip


def accented(accent: str, letter: str) -> str:
    """A letter with an accent on it, as one character where there is one."""
    plain = {"\u0131": "i", "": ""}.get(letter[:1], letter[:1])
    return unicodedata.normalize("NFC", plain + ACCENTS[accent]) + letter[1:] if plain else ""
