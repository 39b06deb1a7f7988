"""PDF files written byte by byte (ISO 32000-1): pages of text, rotated, encrypted with RC4, with an outline."""

import hashlib

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_PERMISSIONS = -4


def build(pages, *, rotate=0, password=None, outline=(), title=None):
    """A PDF with a page for each list of ASCII lines; `outline` is (words, page from 0) for each bookmark."""
    bodies = [b"<< /Type /Catalog /Pages 2 0 R %s >>" % (b"/Outlines 5 0 R" if outline else b"")]
    first = 6 + len(outline)
    kids = b" ".join(b"%d 0 R" % (first + 2 * i) for i in range(len(pages)))
    bodies.append(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)))
    bodies.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    bodies.append(b"<< /Title (%s) >>" % (title or "untitled").encode())
    last = 5 + len(outline)
    bodies.append(b"<< /Type /Outlines /First 6 0 R /Last %d 0 R /Count %d >>" % (last, len(outline)))
    for number, (words, page) in enumerate(outline, start=6):
        beside = (b"/Next %d 0 R " % (number + 1) if number < last else b"") + (
            b"/Prev %d 0 R " % (number - 1) if number > 6 else b""
        )
        target = first + 2 * page
        bodies.append(b"<< /Title (%s) /Parent 5 0 R %s/Dest [%d 0 R /Fit] >>" % (words.encode(), beside, target))
    for number, lines in enumerate(pages):
        shown = b"".join(b"(%s) Tj T*\n" % line.encode("ascii") for line in lines)
        stream = b"BT /F1 12 Tf 16 TL 56 780 Td\n%sET" % shown
        if password is not None:
            stream = _rc4(_object_key(_key(password), first + 2 * number + 1), stream)
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate %d /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (rotate, first + 2 * number + 1)
        )
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    trailer = b"/Root 1 0 R /Info 4 0 R"
    if password is not None:
        key = _key(password)
        bodies[3] = b"<< >>"
        bodies.append(
            b"<< /Filter /Standard /V 1 /R 2 /P %d /O <%s> /U <%s> >>"
            % (_PERMISSIONS, _owner(password).hex().encode(), _rc4(key, _PADDING).hex().encode())
        )
        trailer += b" /Encrypt %d 0 R /ID [<00> <00>]" % len(bodies)
    return write(bodies, trailer)


def write(bodies, trailer):
    """The file of these objects, numbered from 1."""
    data = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size, start = len(bodies) + 1, len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    data += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(data)


def _padded(password):
    return (password.encode() + _PADDING)[:32]


def _owner(password):
    """The /O entry, section 7.6.3.4, algorithm 3, revision 2: owner and user have the same password."""
    return _rc4(hashlib.md5(_padded(password)).digest()[:5], _padded(password))


def _key(password):
    """The 40-bit file key, section 7.6.3.3, algorithm 2."""
    seed = _padded(password) + _owner(password) + (_PERMISSIONS & 0xFFFFFFFF).to_bytes(4, "little") + b"\0"
    return hashlib.md5(seed).digest()[:5]


def _object_key(key, number):
    """The key of one object, section 7.6.2, algorithm 1."""
    return hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10]


def _rc4(key, data):
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
