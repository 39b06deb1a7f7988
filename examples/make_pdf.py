"""Write `collection/sourdough.pdf`, three pages of text, byte by byte: no PDF library, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

__all__ = ["build_pdf"]

TITLE = "Baking sourdough bread"
PAGES = (
    (
        "Baking sourdough bread",
        "",
        "The starter",
        "A starter is flour and water in which wild yeast lives. Feed it once a day with",
        "equal weights of flour and water. At 24 degrees it doubles in six hours.",
        "A starter that floats in water is ready to bake with. Kept in the refrigerator,",
        "it needs food only once a week.",
    ),
    (
        "The dough",
        "For one loaf take 500 grams of flour, 350 grams of water, 100 grams of starter",
        "and 10 grams of salt. Mix everything but the salt and let it rest for forty",
        "minutes. Then add the salt. Fold the dough four times, once every half hour.",
        "The dough is ready when it has grown by half and trembles when it is moved.",
    ),
    (
        "The oven",
        "Heat the oven to 250 degrees with an iron pot inside. Bake for 20 minutes with",
        "the lid on, then for 25 minutes at 220 degrees without it. The loaf is done when",
        "its inside has 96 degrees. Let it cool for two hours before cutting it.",
    ),
)


def build_pdf(title: str, pages: tuple[tuple[str, ...], ...]) -> bytes:
    """A PDF 1.4 file (ISO 32000-1, section 7.5): one A4 page of Helvetica for each tuple of ASCII lines."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode("ascii"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({_escape(title)}) /Author (The ragsys developers) >>".encode("ascii"),
    ]
    for number, lines in enumerate(pages):
        shown = "".join(f"({_escape(line)}) Tj T*\n" for line in lines)
        stream = f"BT /F1 12 Tf 16 TL 56 780 Td\n{shown}ET".encode("ascii")
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (6 + 2 * number)
        )
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    data = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(bodies) + 1
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    data += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(data)


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


if __name__ == "__main__":
    (Path(__file__).parent / "collection" / "sourdough.pdf").write_bytes(build_pdf(TITLE, PAGES))
