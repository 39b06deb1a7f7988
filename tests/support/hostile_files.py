"""Files that are made to harm whoever reads them: bombs, loops, traps and lies, each small, made anew from nothing.

`KINDS` has a builder for each, by name. What a file is meant to do is said where it is built; what has to become of it
is for tests/security/test_hostile.py, and what it costs for bench/hostile.py.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from functools import cache

import pdfs

MB = 1024 * 1024
KINDS = {}


def kind(name):
    """Register a builder under a file's name: what comes before the first dot is the kind's."""

    def register(build):
        KINDS[name] = cache(build)
        return build

    return register


def zipped(files, *, level=9, method=zipfile.ZIP_DEFLATED):
    """A ZIP of (name or ZipInfo, bytes)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=level) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(entries, mode="w"):
    """A TAR of (TarInfo, bytes)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for info, data in entries:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tar_info(name, **fields):
    """A TarInfo with fields."""
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def pdf(objects, *, trailer=b"/Root 1 0 R", tail=None):
    """A PDF of object bodies, numbered from 1, with a right table."""
    data, offsets = bytearray(b"%PDF-1.5\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(data) if tail is None else bytes(data) + tail


def stream(data, fields=b""):
    """A stream object's body."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), fields, data)


def page_with(content, fields=b""):
    """A PDF of one page with this content stream."""
    return pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
        b"/Resources << /Font << /F1 4 0 R >> >> >>"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        stream(content, fields),
    ])  # fmt: skip


def zeros(method, size):
    """So many zero bytes, compressed in slices."""
    return b"".join([*(method.compress(bytes(MB)) for _ in range(size // MB)), method.flush()])


# Archives that unpack to more than they are.


@kind("zip-levels.zip")
def _zip_levels():
    """42.zip in small: 8 times 8 times 8 archives, each of 16 MB of zeros."""
    inner = zipped([("zeros.txt", bytes(16 * MB))])
    for _ in range(3):
        inner = zipped([(f"{number}.zip", inner) for number in range(8)])
    return inner


@kind("zip-droste.zip")
def _zip_droste():
    """An archive in an archive, two hundred deep: a quine would go on for ever."""
    inner = zipped([("end.txt", b"end")], level=0)
    for _ in range(200):
        inner = zipped([("r.zip", inner)], level=0)
    return inner


@kind("zip-overlap.zip")
def _zip_overlap():
    """A thousand names for one file of 16 MB (D. Fifield, 2019, in its simplest form)."""
    whole = zipped([("a.txt", bytes(16 * MB))])
    start = whole.index(b"PK\x01\x02")
    end = whole.rindex(b"PK\x05\x06")
    directory = b"".join(whole[start:end].replace(b"a.txt", b"%05d" % number) for number in range(1000))
    counts = struct.pack("<HHII", 1000, 1000, len(directory), start)
    return whole[:start] + directory + whole[end : end + 8] + counts + b"\0\0"


@kind("zip-wide.zip")
def _zip_wide():
    """Three hundred different files of 1 MB of zeros."""
    return zipped([(f"{number}.txt", bytes(MB)) for number in range(300)])


@kind("zip-many.zip")
def _zip_many():
    """A hundred thousand files in one archive."""
    return zipped([(f"{number:x}.txt", b"") for number in range(100_000)], level=0, method=zipfile.ZIP_STORED)


@kind("gzip-thousandfold.txt.gz")
def _gzip():
    """100 MB of zeros in 100 KB."""
    return zeros(zlib.compressobj(9, zlib.DEFLATED, 31), 100 * MB)


@kind("gzip-twice.txt.gz.gz")
def _gzip_twice():
    """A gzip bomb in a gzip file of a kilobyte."""
    return gzip.compress(zeros(zlib.compressobj(9, zlib.DEFLATED, 31), 100 * MB), mtime=0)


@kind("bzip2-bomb.txt.bz2")
def _bzip2():
    """40 MB of zeros in a hundred bytes."""
    return zeros(bz2.BZ2Compressor(9), 40 * MB)


@kind("xz-bomb.txt.xz")
def _xz():
    """40 MB of zeros in 6 KB."""
    return zeros(lzma.LZMACompressor(), 40 * MB)


@kind("xz-dictionary.txt.xz")
def _xz_dictionary():
    """A few bytes that ask for a dictionary of 1.5 GB."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 4096}]
    data = bytearray(lzma.compress(b"text", filters=filters))
    head = bytearray(data[12 : 12 + (data[12] + 1) * 4])
    at = head.index(b"\x21\x01") + 2
    head[at] = 39
    head[-4:] = struct.pack("<I", zlib.crc32(bytes(head[:-4])))
    data[12 : 12 + len(head)] = head
    return bytes(data)


@kind("tar-bomb.tar.gz")
def _tar_bomb():
    """A TAR of files of zeros, 100 MB, in 100 KB."""
    entries = ((tar_info(f"{number}.txt"), bytes(MB)) for number in range(100))
    return tarred(entries, "w:gz")


@kind("tar-sparse.tar")
def _tar_sparse():
    """A sparse file of a terabyte, none of which is there."""
    header = bytearray(tar_info("big.txt", type=tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"%011o\0%011o\0" % (0, 0)
    header[483:495] = b"\x80" + (10**12).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)


@kind("tar-digits.tar")
def _tar_digits():
    """An extended header of digits, which a search for "digits hdrcharset" takes the square of (CVE-2024-6232)."""
    digits = b"1" * 400_000
    header = tar_info("x", type=tarfile.XHDTYPE, size=len(digits)).tobuf(tarfile.USTAR_FORMAT)
    return header + digits + bytes(-len(digits) % 512) + tarred([(tar_info("a.txt"), b"text")])


# Archives that lie.


@kind("zip-size-lie.zip")
def _zip_size_lie():
    """A directory that says a file is 1 byte, and one that says 4 GB."""
    whole = bytearray(zipped([("small.txt", b"text " * 1000), ("large.txt", b"text " * 1000), ("good.txt", b"Good.")]))
    first = whole.index(b"PK\x01\x02")
    second = whole.index(b"PK\x01\x02", first + 4)
    struct.pack_into("<I", whole, first + 24, 1)
    struct.pack_into("<I", whole, second + 20, 0x7FFFFFFF)
    return bytes(whole)


@kind("zip-checksum-lie.zip")
def _zip_checksum_lie():
    """A file whose checksum is another one's."""
    whole = bytearray(zipped([("a.txt", b"text " * 100), ("good.txt", b"Good.")]))
    struct.pack_into("<I", whole, whole.index(b"PK\x01\x02") + 16, 7)
    return bytes(whole)


@kind("zip-encrypted.zip")
def _zip_encrypted():
    """A file that says it needs a password."""
    whole = bytearray(zipped([("secret.txt", b"text"), ("good.txt", b"Good.")]))
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    return bytes(whole)


@kind("zip-traversal.zip")
def _zip_traversal():
    """Names that lead out of any folder, and two that are one."""
    names = (
        "../../../../tmp/evil.txt",
        "/etc/evil.txt",
        "C:\\evil.txt",
        "..\\evil.txt",
        "a/../../evil.txt",
        "e\nvil.txt",
    )
    return zipped([(zipfile.ZipInfo(name), b"Evil %d." % number) for number, name in enumerate(names)])


@kind("zip-symlink.zip")
def _zip_symlink():
    """A link to a file outside."""
    info = zipfile.ZipInfo("passwd.txt")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return zipped([(info, b"/etc/passwd"), ("good.txt", b"Good.")])


@kind("tar-links.tar")
def _tar_links():
    """Links out, hard ones too, devices, a pipe, and a file under a link."""
    return tarred([
        (tar_info("link", type=tarfile.SYMTYPE, linkname="/etc"), b""),
        (tar_info("link/evil.txt"), b"Evil."),
        (tar_info("hard.txt", type=tarfile.LNKTYPE, linkname="../../etc/passwd"), b""),
        (tar_info("device.txt", type=tarfile.CHRTYPE, devmajor=1, devminor=5), b""),
        (tar_info("pipe.txt", type=tarfile.FIFOTYPE), b""),
        (tar_info("../../good.txt"), b"Good."),
    ])  # fmt: skip


# PDF.


@kind("pdf-flate-chain.pdf")
def _pdf_flate_chain():
    """A page whose content is 256 MB of zeros, compressed three times."""
    packer = zlib.compressobj(9)
    once = zeros(packer, 256 * MB)
    return page_with(zlib.compress(zlib.compress(once, 9), 9), b"/Filter [/FlateDecode /FlateDecode /FlateDecode]")


@kind("pdf-operators.pdf")
def _pdf_operators():
    """A page of two million drawing operators in a few KB."""
    return page_with(zlib.compress(b"q 1 0 0 1 0 0 cm Q\n" * 2_000_000, 9), b"/Filter /FlateDecode")


@kind("pdf-xref-loop.pdf")
def _pdf_xref_loop():
    """A cross-reference table whose predecessor is itself."""
    whole = pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])
    start = whole.index(b"xref\n")
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)


@kind("pdf-million-pages.pdf")
def _pdf_million_pages():
    """A tree that says it has a million pages, and has one."""
    return page_with(b"BT /F1 12 Tf 50 700 Td (Good.) Tj ET").replace(b"/Count 1 ", b"/Count 1000000 ")


@kind("pdf-same-page.pdf")
def _pdf_same_page():
    """Two hundred thousand pages that are all the same object."""
    whole = page_with(b"BT /F1 12 Tf 50 700 Td (Again and again.) Tj ET")
    return whole.replace(b"/Kids [3 0 R] /Count 1", b"/Kids [%s] /Count 200000" % (b"3 0 R " * 200_000))


@kind("pdf-tree-loop.pdf")
def _pdf_tree_loop():
    """A tree of pages that is its own branch."""
    return page_with(b"").replace(b"/Kids [3 0 R] /Count 1", b"/Kids [2 0 R 2 0 R 2 0 R] /Count 9999999")


@kind("pdf-bookmarks.pdf")
def _pdf_bookmarks():
    """Ten thousand bookmarks that are nowhere on a long page."""
    lines = ["a b c d e f g h i j k l m n o p q r s t u v w x y z" for _ in range(3000)]
    return pdfs.build([lines], outline=[(f"a  b  c  {number}", 0) for number in range(3000)])


@kind("pdf-bookmark-loop.pdf")
def _pdf_bookmark_loop():
    """A bookmark whose next one is itself."""
    whole = pdfs.build([["Good."]], outline=[("Good.", 0), ("Good.", 0)])
    return whole.replace(b"/Next 7 0 R", b"/Next 6 0 R")


# Markup that expands, or nests.

LAUGHS = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "ha ha ha ha ha ha ha ha ha ha ">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
RELATION = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
    "</Relationships>"
)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"


def docx(document):
    """A Word document of this XML."""
    part = f'<Override PartName="/word/document.xml" ContentType="{WORD}"/>'
    relation = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    return zipped([
        ("[Content_Types].xml", TYPES.format(relation + part)),
        ("_rels/.rels", RELATION.format("officeDocument", "word/document.xml")),
        ("word/document.xml", document),
    ])  # fmt: skip


def xlsx(sheet, strings="<sst/>"):
    """A workbook of one sheet of this XML."""
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts = (("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"), ("sharedStrings", "sharedStrings"))
    types = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    types += "".join(f'<Override PartName="/xl/{p}.xml" ContentType="{SHEET.format(c)}"/>' for p, c in parts)
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    sheets = '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
    book = f'<workbook xmlns="{name}" xmlns:r="{relation}">{sheets}</workbook>'
    return zipped([
        ("[Content_Types].xml", TYPES.format(types)),
        ("_rels/.rels", RELATION.format("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", RELATION.format("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", strings),
    ])  # fmt: skip


@kind("docx-laughs.docx")
def _docx_laughs():
    """Entities that expand to ten thousand million laughs, in a Word document."""
    return docx(f'{LAUGHS}<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>')


@kind("docx-outside.docx")
def _docx_outside():
    """An entity that is a file outside."""
    doctype = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return docx(
        f'{doctype}<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>'
    )


@kind("docx-zeros.docx")
def _docx_zeros():
    """A Word document whose text is 100 MB of one letter."""
    body = "a" * (100 * MB)
    return docx(f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>{body}</w:t></w:r></w:p></w:body></w:document>')


@kind("docx-deep.docx")
def _docx_deep():
    """Tables in tables, two thousand deep."""
    inside = "<w:tbl><w:tr><w:tc>" * 2000 + "<w:p><w:r><w:t>Deep.</w:t></w:r></w:p>" + "</w:tc></w:tr></w:tbl>" * 2000
    return docx(f'<w:document xmlns:w="{W}"><w:body>{inside}</w:body></w:document>')


@kind("xlsx-laughs.xlsx")
def _xlsx_laughs():
    """The same laughs in a cell."""
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row>'
    return xlsx(f"{LAUGHS}<worksheet><sheetData>{row}</sheetData></worksheet>")


@kind("xlsx-giant-cell.xlsx")
def _xlsx_giant_cell():
    """A cell of 100 MB."""
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"a" * (100 * MB)}</t></is></c></row>'
    return xlsx(f'<worksheet xmlns="{name}"><sheetData>{row}</sheetData></worksheet>')


@kind("xlsx-far-cell.xlsx")
def _xlsx_far_cell():
    """One cell in the last row and column of a sheet that says it is full."""
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>Far.</t></is></c></row>'
    dimension = '<dimension ref="A1:XFD1048576"/>'
    return xlsx(f'<worksheet xmlns="{name}">{dimension}<sheetData>{row}</sheetData></worksheet>')


@kind("svg-laughs.svg")
def _svg_laughs():
    """The same laughs in a picture."""
    return f'{LAUGHS}<svg xmlns="http://www.w3.org/2000/svg"><text>&j;</text></svg>'.encode()


@kind("xml-outside.xml")
def _xml_outside():
    """An entity that is a file outside, and one that is somewhere on the network."""
    return b"""<?xml version="1.0"?>
<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y SYSTEM "http://127.0.0.1:9/x.dtd">%y;]>
<d>&x; Good.</d>"""


@kind("epub-laughs.epub")
def _epub_laughs():
    """The same laughs in a chapter."""
    container = (
        '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="c.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest>'
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine>'
        "</package>"
    )
    chapter = f'{LAUGHS}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>&j;</p></body></html>'
    files = [("META-INF/container.xml", container), ("c.opf", package), ("a.xhtml", chapter)]
    mark = zipfile.ZipInfo("mimetype")
    return zipped([(mark, "application/epub+zip"), *files])


@kind("xml-deep.xml")
def _xml_deep():
    """Elements a hundred thousand deep."""
    return b"<a>" * 100_000 + b"Deep." + b"</a>" * 100_000


@kind("html-deep.html")
def _html_deep():
    """Blocks two hundred thousand deep."""
    return b"<!doctype html><body>" + b"<div>" * 200_000 + b"Deep."


@kind("html-formatting.html")
def _html_formatting():
    """Letters in three thousand different bold faces, which every one of three thousand paragraphs opens again."""
    faces = b"".join(b"<b id=%d>" % number for number in range(3000))
    return b"<!doctype html><body>" + faces + b"<p>x" * 3000


@kind("html-style.html")
def _html_style():
    """A style that is opaque to a hundred thousand digits."""
    return b"<!doctype html><p style='opacity:" + b"0" * 100_000 + b"x1'>Good."


@kind("html-headings.html")
def _html_headings():
    """Headings in headings, nine hundred deep, around a long text."""
    return b"<!doctype html><body>" + b"<h1><div>" * 450 + b"text in headings " * 60_000


@kind("html-tables.html")
def _html_tables():
    """Tables in tables, a thousand deep, each of which could be one of data for all that its outside shows."""
    return b"<!doctype html>" + b"<table><tr><td>a<td>b<tr><td>" * 1000 + b"x " * 600 + b"<td>y</table>" * 1000


@kind("xml-tables.xml")
def _xml_tables():
    """Tables in tables, two hundred deep, around a long text."""
    text = b"text in tables " * 10_000
    return b"<article>" + b"<table><tr><td>" * 200 + text + b"</td></tr></table>" * 200 + b"</article>"


@kind("html-entities.html")
def _html_entities():
    """A million character references and comments that never end."""
    return b"<!doctype html><p>" + b"&amp" * 200_000 + b"<!--" * 100_000


@kind("json-deep.json")
def _json_deep():
    """Lists two hundred thousand deep."""
    return b"[" * 200_000 + b"]" * 200_000


@kind("json-number.json")
def _json_number():
    """A number of a million digits."""
    return b'{"n": ' + b"9" * 1_000_000 + b"}"


@kind("json-notebook.ipynb")
def _json_notebook():
    """A notebook of a hundred thousand empty cells."""
    cells = [{"cell_type": "code", "source": [], "metadata": {}, "outputs": [], "execution_count": None}] * 30_000
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


@kind("csv-giant-cell.csv")
def _csv_giant_cell():
    """A quoted cell that never ends."""
    return b'name,value\nx,"' + b"a" * (2 * MB)


@kind("csv-wide.csv")
def _csv_wide():
    """A row of a million empty cells."""
    return b"a" + b"," * 1_000_000 + b"\n" + b"," * 1_000_000


@kind("mail-deep.eml")
def _mail_deep():
    """Parts in parts, a thousand deep."""
    head = b"From: a@example.org\nSubject: Deep\nMIME-Version: 1.0\n"
    for number in range(1000):
        head += b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number)
    return head + b"Content-Type: text/plain\n\nDeep.\n"


@kind("mail-messages.eml")
def _mail_messages():
    """Messages attached to messages, a hundred deep."""
    inner = b"From: a@example.org\nSubject: end\n\nThe end.\n"
    for number in range(100):
        outer = (
            b'From: a@example.org\nSubject: %d\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b%d"\n\n'
        )
        part = b"--b%d\nContent-Type: message/rfc822\n\n%s\n--b%d--\n"
        inner = outer % (number, number) + part % (number, inner, number)
    return inner


@kind("mail-headers.eml")
def _mail_headers():
    """A subject of two hundred thousand encoded words, folded."""
    return b"From: a@example.org\nSubject: " + b"=?utf-8?q?a?=\n " * 20_000 + b"x\n\nGood.\n"


@kind("rtf-deep.rtf")
def _rtf_deep():
    """Groups a hundred thousand deep."""
    return rb"{\rtf1 " + b"{" * 100_000 + b"Deep." + b"}" * 100_000


@kind("yaml-aliases.md")
def _yaml_aliases():
    """Front matter whose aliases would expand to ten thousand million words."""
    lines = ["a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]" for n in range(9)]
    return ("---\n" + "\n".join(lines) + "\n---\n\n# Good\n\nGood.\n").encode()


@kind("yaml-deep.md")
def _yaml_deep():
    """Front matter of lists thirty thousand deep."""
    return b"---\na: " + b"[" * 30_000 + b"\n---\n\n# Good\n\nGood.\n"


@kind("markdown-marks.md")
def _markdown_marks():
    """Lines of nothing but marks: hashes, fences, brackets, emphasis."""
    return b"\n".join(
        [b"# " + b"# " * 50_000, b"`" * 50_000, b"[" * 50_000, b"*a " * 50_000, b"- " * 50_000, b"> " * 50_000]
    )


# Files that are two things, or nothing.


@kind("polyglot-pdf-zip.pdf")
def _polyglot_pdf_zip():
    """A PDF with a ZIP behind it."""
    return page_with(b"BT /F1 12 Tf 50 700 Td (Good.) Tj ET") + zipped([("evil.txt", b"Evil.")])


@kind("polyglot-zip-pdf.pdf")
def _polyglot_zip_pdf():
    """A ZIP with a PDF in its first bytes."""
    return zipped([("x", page_with(b"BT /F1 12 Tf 50 700 Td (Inside.) Tj ET"))], method=zipfile.ZIP_STORED)


@kind("polyglot-html-pdf.html")
def _polyglot_html_pdf():
    """A page whose comment is a PDF."""
    return b"<!doctype html><!-- " + page_with(b"BT /F1 12 Tf 50 700 Td (Inside.) Tj ET") + b" --><p>Good."


@kind("nul-flood.txt")
def _nul_flood():
    """Ten million zeros."""
    return bytes(10 * MB)


@kind("bytes-wrong.txt")
def _bytes_wrong():
    """Two million bytes that are no UTF-8 at any place."""
    return b"\xc3\x28" * MB


@kind("line-long.txt")
def _line_long():
    """A word of a million letters."""
    return b"a" * MB


@kind("marks-combining.txt")
def _marks_combining():
    """A letter with a hundred thousand accents."""
    return ("a" + "\u0301" * 100_000 + " Good.").encode()


for _name in (
    "zip-wide.zip",
    "tar-bomb.tar.gz",
    "docx-deep.docx",
    "pdf-same-page.pdf",
    "xz-bomb.txt.xz",
    "bzip2-bomb.txt.bz2",
):

    def _truncated(whole=KINDS[_name]):
        """The first two thirds of another kind."""
        data = whole()
        return data[: len(data) * 2 // 3]

    KINDS[f"truncated-{_name}"] = _truncated
