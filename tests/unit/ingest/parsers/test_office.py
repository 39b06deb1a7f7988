"""Office documents as packages: how they are told, and that hostile ones are harmless."""

from __future__ import annotations

import io
import random
import zipfile

import offices
import pytest

from ragsys.errors import (
    DocumentError,
    OfficeDamagedError,
    OfficeEncryptedError,
    OfficeTooLargeError,
    UnsupportedTypeError,
)
from ragsys.ingest.parsers import office, parser_for
from ragsys.ingest.parsers.office import Package

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
_KINDS = ["docx", "odp", "ods", "odt", "pptx", "rtf", "xlsx"]


@pytest.fixture(scope="module")
def samples():
    """A document of each format."""
    return offices.samples()


@pytest.mark.parametrize("kind", _KINDS)
def test_a_document_is_told_by_what_is_in_it(samples, kind):
    """The name of a file has no say."""
    assert parser_for(samples[kind], "holiday.jpg").name == kind


@pytest.mark.parametrize("kind", _KINDS)
def test_reading_twice_gives_the_same(samples, kind):
    """Headings stand where they start and a second reading differs in nothing."""
    parser = parser_for(samples[kind], "a")
    found = parser.parse(samples[kind], name="a")
    assert found == parser.parse(samples[kind], name="a")
    assert all(found.text[heading.start :].startswith(heading.title) for heading in found.headings)
    assert all(0 <= place.start < len(found.text) for place in found.places)


@pytest.mark.parametrize(
    ("stream", "says"), [("WordDocument", ".docx"), ("PowerPoint Document", ".pptx"), ("Workbook", ".xlsx")]
)
def test_old_documents_say_what_to_do(stream, says):
    """A document of before 2007 is refused with the format to save it in."""
    with pytest.raises(UnsupportedTypeError, match=f"save it as {says}"):
        parser_for(_OLE + f"{stream}\0".encode("utf-16-le"), "a.doc")


def test_what_needs_a_password_says_so(samples):
    """An encrypted document of either family has its own outcome."""
    with pytest.raises(OfficeEncryptedError):
        parser_for(_OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx")


def test_macros_and_templates_are_read_as_documents(samples):
    """A document with macros and a template are read like any other."""
    for kind, plain, other in (
        ("docx", "vnd.openxmlformats-officedocument.wordprocessingml.document", "vnd.ms-word.document.macroEnabled"),
        (
            "pptx",
            "vnd.openxmlformats-officedocument.presentationml.presentation",
            "vnd.ms-powerpoint.slideshow.macroEnabled",
        ),
        ("xlsx", "vnd.openxmlformats-officedocument.spreadsheetml.sheet", "vnd.ms-excel.sheet.macroEnabled"),
    ):
        with zipfile.ZipFile(io.BytesIO(samples[kind])) as archive:
            types = archive.read("[Content_Types].xml").decode()
        assert f"{plain}.main+xml" in types
        data = offices.replaced(
            samples[kind], **{"[Content_Types].xml": types.replace(f"{plain}.main", f"{other}.main")}
        )
        assert parser_for(data, "a").name == kind
        assert (
            parser_for(data, "a").parse(data, name="a").text
            == parser_for(samples[kind], "a").parse(samples[kind], name="a").text
        )


def test_a_binary_workbook_says_what_to_do(samples):
    """What is no XML is refused with the format to save it in."""
    types = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    with pytest.raises(UnsupportedTypeError, match=r"\.xlsx"):
        parser_for(offices.replaced(samples["xlsx"], **{"[Content_Types].xml": types}), "a.xlsb")


def test_any_other_archive_is_none_of_these():
    """A ZIP archive of something else is left to whoever reads archives."""
    with zipfile.ZipFile(target := io.BytesIO(), "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert office.office_document_in(target.getvalue(), "a.docx") is None


def test_entities_are_not_expanded(tmp_path):
    """Neither an entity nor a file named by one gets into the text, and a bomb of them is refused."""
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    dtd = f'<!DOCTYPE x [<!ENTITY l0 "ha"><!ENTITY f SYSTEM "{secret.as_uri()}">{laughs}]>'
    body = f"{dtd}<w:document {offices.W}><w:body><w:p><w:r><w:t>kept &f; &l0;</w:t></w:r></w:p></w:body></w:document>"
    data = offices.replaced(offices.docx("x"), **{"word/document.xml": body})
    assert parser_for(data, "a").parse(data, name="a").text == "kept\n"
    for hostile in (body.replace("<w:t>", '<w:t x="&l9;">'), body.replace("&l0;</w:t>", "&l9;</w:t>")):
        bomb = offices.replaced(data, **{"word/document.xml": hostile})
        with pytest.raises(OfficeDamagedError):
            parser_for(bomb, "a").parse(bomb, name="a")


def test_parts_are_inflated_within_bounds(monkeypatch, samples):
    """What a part inflates to is counted, whatever the archive says, and media are not inflated at all."""
    monkeypatch.setattr(office, "_MOST_BYTES", 1_000_000)
    bomb = offices.replaced(samples["docx"], **{"word/document.xml": " " * 2_000_000})
    with pytest.raises(OfficeTooLargeError):
        parser_for(bomb, "a").parse(bomb, name="a")
    picture = offices.replaced(samples["pptx"], **{"ppt/media/image1.png": b"\0" * 5_000_000})
    assert parser_for(picture, "a").parse(picture, name="a").text
    monkeypatch.setattr(office, "_MOST_PARTS", 3)
    with pytest.raises(OfficeTooLargeError):
        Package(samples["docx"], "a")


def test_deep_nesting_is_a_typed_error():
    """Elements nested deeper than any program writes them end in an outcome, not in a traceback."""
    for depth in (80, 120, 200, 5000):
        nested = "<text:section>" * depth + "<text:p>a</text:p>" + "</text:section>" * depth
        for data in (
            offices.odf("text", nested),
            offices.docx_body("<w:sdt>" * depth + "<w:p/>" + "</w:sdt>" * depth),
            offices.odf("text", nested.replace("section", "span").replace("<text:p>a</text:p>", "a")),
        ):
            try:
                parser_for(data, "a").parse(data, name="a")
            except DocumentError:
                continue


@pytest.mark.parametrize("kind", _KINDS)
def test_damage_is_a_typed_error_or_text(samples, kind):
    """Bytes changed anywhere in a file, or in a part before it is packed, end in a text or in a DocumentError."""
    chance = random.Random(kind)
    for _ in range(60):
        data = bytearray(samples[kind])
        if kind != "rtf" and chance.random() < 0.7:
            with zipfile.ZipFile(io.BytesIO(samples[kind])) as archive:
                part = chance.choice([name for name in archive.namelist() if name.endswith((".xml", ".rels"))])
                body = bytearray(archive.read(part))
            _spoil(body, chance)
            data = bytearray(offices.replaced(samples[kind], **{part: bytes(body)}))
        else:
            _spoil(data, chance)
        try:
            text = parser_for(bytes(data), "a").parse(bytes(data), name="a").text
        except DocumentError:
            continue
        assert text.encode()


def _spoil(data, chance):
    """Change, take out or double a few bytes."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(max(len(data), 1))
        match chance.randrange(3):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.randint(1, 30)]
            case _:
                data[at:at] = data[at : at + chance.randint(1, 30)]
