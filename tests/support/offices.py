"""Office documents made on the spot: by the libraries that write them, and part by part."""

import io
import zipfile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{target}:1.0"'
    for name, target in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style",
        "svg": "svg-compatible", "presentation": "presentation", "meta": "meta",
    }.items()
)  # fmt: skip


def saved(document):
    """The bytes of a document of python-docx, python-pptx or openpyxl."""
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def docx(*paragraphs):
    """A Word document of paragraphs; (level, words) is a heading, a list of rows a table."""
    import docx as library

    document = library.Document()
    for paragraph in paragraphs:
        if isinstance(paragraph, tuple):
            document.add_heading(paragraph[1], paragraph[0])
        elif isinstance(paragraph, list):
            table = document.add_table(len(paragraph), len(paragraph[0]))
            for row, cells in zip(table.rows, paragraph, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
        else:
            document.add_paragraph(paragraph)
    return saved(document)


def docx_body(xml, **parts):
    """A Word document whose body is `xml`; `parts` replace or add whole files of `word/` ("footnotes")."""
    files = {"word/document.xml": f"<w:document {W}><w:body>{xml}</w:body></w:document>"}
    files |= {f"word/{name}.xml": text for name, text in parts.items()}
    kinds = "".join(
        f'<Relationship Id="x{name}" Target="{name}.xml" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{name}"/>'
        for name in parts
    )
    files["word/_rels/document.xml.rels"] = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{kinds}</Relationships>'
    )
    return replaced(docx("x"), **files)


def replaced(data, **files):
    """The same archive with other files: a name that is there is replaced, another added; None takes one out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            if name not in files:
                copy.writestr(name, source.read(name))
        for name, text in files.items():
            if text is not None:
                copy.writestr(name, text)
    return target.getvalue()


def odf(kind, body, *, styles="", meta="", manifest=""):
    """An OpenDocument file of the kind "text", "spreadsheet" or "presentation" with this body."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f"<office:document-content {_ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        )
        archive.writestr(
            "meta.xml",
            f'<office:document-meta {_ODF} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>{meta}'
            "</office:meta></office:document-meta>",
        )
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return target.getvalue()


def pptx(*slides):
    """A presentation: (title, lines of the body, notes or "") for each slide."""
    import pptx as library

    presentation = library.Presentation()
    for title, lines, notes in slides:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text_frame.text = "\n".join(lines)
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    return saved(presentation)


def xlsx(**sheets):
    """A workbook: the rows of each sheet."""
    import openpyxl

    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(workbook)


def samples():
    """A document of each format, by its parser's name."""
    cell = "<table:table-cell office:value-type='string'><text:p>a</text:p></table:table-cell>"
    slide = '<draw:frame presentation:class="title"><draw:text-box><text:p>Title</text:p></draw:text-box></draw:frame>'
    return {
        "docx": docx((1, "Pumps"), "Water goes up.", [["a", "b"], ["1", "2"]]),
        "odp": odf("presentation", f"<draw:page>{slide}</draw:page>"),
        "ods": odf(
            "spreadsheet", f'<table:table table:name="S"><table:table-row>{cell}</table:table-row></table:table>'
        ),
        "odt": odf("text", '<text:h text:outline-level="1">Pumps</text:h><text:p>Water goes up.</text:p>'),
        "pptx": pptx(("Pumps", ["Water goes up."], "Say it slowly.")),
        "rtf": rb"{\rtf1\ansi{\stylesheet{\s1\outlinelevel0 heading 1;}}\pard\s1 Pumps\par\pard Water goes up.\par}",
        "xlsx": xlsx(Pumps=[["name", "litres"], ["big", 12]]),
    }
