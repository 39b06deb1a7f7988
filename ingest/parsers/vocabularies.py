"""What elements of XML mean, by name: those of articles and books (JATS, DocBook, DITA, TEI, FB2), of feeds, of data.

Knows neither trees nor texts.
"""

from __future__ import annotations

__all__ = [
    "BLOCKS", "CAPTIONS", "CELLS", "DOCUMENTS", "DROPPED", "FLOWING", "INLINE", "ITEMS", "LABELS", "LISTS", "NUMBERED",
    "PREFORMATTED", "ROWS", "TABLES", "TITLES",
]  # fmt: skip

# Roots of documents that are written to be read. Any other holds data, whose elements say what a value is.
DOCUMENTS = frozenset({
    "article", "book", "bookinfo", "chapter", "concept", "FictionBook", "glossary", "part", "preface",
    "refentry", "reference", "sect1", "section", "set", "task", "TEI", "TEI.2", "topic", "rss", "RDF", "feed",
    "collection", "pmc-articleset",
})  # fmt: skip
TITLES = frozenset({"title", "article-title", "book-title", "head", "heading", "trans-title"})
# A title in these names what is shown, not what follows.
CAPTIONS = frozenset({
    "caption", "mixed-citation", "element-citation", "nlm-citation", "citation", "ref", "related-article",
    "bibl", "product", "biblioentry", "journal-title-group", "title-info", "publish-info", "table-wrap",
    "example", "informalexample",
})  # fmt: skip
LABELS = frozenset({"label"})
INLINE = frozenset({
    "bold", "italic", "sub", "sup", "sc", "monospace", "underline", "xref", "ext-link", "email", "uri",
    "styled-content", "named-content", "inline-formula", "emphasis", "literal", "code", "filename", "command",
    "option", "link", "ulink", "quote", "citetitle", "function", "varname", "type", "superscript", "subscript",
    "firstterm", "replaceable", "ph", "codeph", "hi", "emph", "strong", "b", "i", "u", "em", "a", "span",
    "term", "keyword", "surname", "given-names", "institution", "country", "addr-line", "city", "state", "year",
    "month", "day", "suffix", "prefix", "degrees", "volume", "issue", "fpage", "lpage", "source", "pub-id",
    "etal", "collab", "firstname", "lastname", "first-name", "middle-name", "last-name", "tex-math",
    "institution-wrap", "institution-id", "publisher-loc", "publisher-name",
})  # fmt: skip
# What belongs together on one line although it holds nothing but elements.
FLOWING = frozenset({
    "name", "string-name", "author", "personname", "persName", "mixed-citation", "element-citation",
    "nlm-citation", "aff", "date", "pub-date", "person-group", "editor", "kwd-group", "contrib", "disp-formula",
    "math", "fn-group",
})  # fmt: skip
BLOCKS = frozenset({
    "p", "para", "simpara", "sec", "section", "chapter", "item", "entry", "abstract", "div", "fig", "note",
})  # fmt: skip
LISTS = frozenset({"list", "itemizedlist", "orderedlist", "ul", "ol", "simplelist", "procedure", "steps"})
NUMBERED = frozenset({"orderedlist", "ol", "procedure", "steps"})
ITEMS = frozenset({"list-item", "listitem", "li", "member", "step"})
ROWS = frozenset({"tr", "row", "strow", "sthead"})
TABLES = frozenset({"thead", "tbody", "tfoot", "tgroup"})
CELLS = frozenset({"td", "th", "stentry"})
PREFORMATTED = frozenset({"programlisting", "screen", "literallayout", "preformat", "codeblock", "synopsis", "pre"})
# Identifiers, rights, pictures and bookkeeping of publishers.
DROPPED = frozenset({
    "journal-meta", "article-id", "article-categories", "permissions", "history", "counts", "custom-meta-group",
    "funding-group", "contrib-id", "object-id", "graphic", "inline-graphic", "media", "self-uri", "pub-date",
    "volume-id", "elocation-id", "colgroup", "author-notes", "institution-id", "indexterm", "processing-meta",
    "binary", "stylesheet", "pub-history", "article-version", "supplementary-material", "teiHeader",
    "document-info", "remark", "annotation-xml",
})  # fmt: skip
