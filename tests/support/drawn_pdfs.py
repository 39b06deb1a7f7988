"""PDF files with every word where a test wants it: text at a place, rules, and images of pages."""

import zlib

import pdfs

_FONTS = (b"Helvetica", b"Helvetica-Bold")


def text(x, y, words, size=10, *, bold=False):
    """Draws one line, its baseline at (x, y). ASCII in Helvetica, anything else in a Chinese font."""
    if words.isascii():
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode()
        return b"BT /F%d %d Tf %g %g Td (%s) Tj ET\n" % (1 + bold, size, x, y, escaped)
    return b"BT /F3 %d Tf %g %g Td <%s> Tj ET\n" % (size, x, y, words.encode("utf-16-be").hex().encode())


def lines(x, y, rows, size=10, leading=12, **style):
    """Draws lines below each other, the first at (x, y)."""
    return b"".join(text(x, y - leading * i, row, size, **style) for i, row in enumerate(rows))


def rule(x0, y0, x1, y1):
    """Draws a straight line."""
    return b"%g %g m %g %g l S\n" % (x0, y0, x1, y1)


def grid(xs, ys):
    """Draws the rules of a table."""
    across = [rule(xs[0], y, xs[-1], y) for y in ys]
    return b"".join(across + [rule(x, ys[0], x, ys[-1]) for x in xs])


def draw(pages):
    """A PDF of A4 pages, each given as what is drawn on it in that order."""
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = b" ".join(b"%d 0 R" % (7 + 2 * i) for i in range(len(pages)))
    bodies.append(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)))
    bodies += [b"<< /Type /Font /Subtype /Type1 /BaseFont /%s >>" % name for name in _FONTS]
    bodies.append(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>"
    )
    bodies.append(
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>"
    )
    fonts = b"<< /F1 3 0 R /F2 4 0 R /F3 5 0 R >>"
    for i, content in enumerate(pages):
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font %s >> /Contents %d 0 R >>"
            % (fonts, 8 + 2 * i)
        )
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return pdfs.write(bodies, b"/Root 1 0 R")


def scan(images):
    """A PDF whose A4 pages are images, each grey, shape (height, width)."""
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = b" ".join(b"%d 0 R" % (3 + 3 * i) for i in range(len(images)))
    bodies.append(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(images)))
    for i, image in enumerate(images):
        number = 3 + 3 * i
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /XObject << /I %d 0 R >> >> >>" % (number + 1, number + 2)
        )
        shown = b"595 0 0 842 0 0 cm /I Do"
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown))
        packed = zlib.compress(image.tobytes())
        bodies.append(
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 "
            b"/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
            % (image.shape[1], image.shape[0], len(packed), packed)
        )
    return pdfs.write(bodies, b"/Root 1 0 R")
