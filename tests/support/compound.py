"""Writes compound files ([MS-CFB], version 3) without a mini stream: every stream is padded to the least length."""

import itertools
import struct

_SECTOR, _END, _FREE, _FAT = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_LEAST = 4096  # what is shorter would have to be in the mini stream


def compound(tree):
    """The bytes of a file with the streams of `tree`: names to bytes, or to trees of their own."""
    entries, streams = [("Root Entry", 5, tree)], []
    children = {}
    at = 0
    while at < len(entries):
        _, kind, held = entries[at]
        if kind != 2:
            children[at] = []
            for name, inside in held.items():
                children[at].append(len(entries))
                entries.append((name, 1 if isinstance(inside, dict) else 2, inside))
        at += 1
    directory_sectors = -(-len(entries) // 4)
    sector = 1 + directory_sectors
    fat = [_FAT, *_chain(1, directory_sectors)]
    placed = {}
    for number, (_, kind, held) in enumerate(entries):
        if kind == 2:
            data = held.ljust(_LEAST, b"\0")
            count = -(-len(data) // _SECTOR)
            placed[number] = (sector, len(data))
            streams.append(data.ljust(count * _SECTOR, b"\0"))
            fat += _chain(sector, count)
            sector += count
    assert len(fat) <= _SECTOR // 4, "one sector of FAT is all that is written here"
    following = {a: b for held in children.values() for a, b in itertools.pairwise(held)}
    directory = b"".join(
        _entry(
            name, kind, following.get(number, _FREE), (children.get(number) or [_FREE])[0], placed.get(number, (0, 0))
        )
        for number, (name, kind, _) in enumerate(entries)
    )
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, _LEAST, _END, 0, _END, 0, 0)
    header = header.ljust(_SECTOR, b"\xff")
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(_SECTOR, b"\xff")
    return header + table + directory.ljust(directory_sectors * _SECTOR, b"\0") + b"".join(streams)


def outlook(properties, attachments=(), *, charset=None, codepage=0):
    """An Outlook message: properties by their identifiers ("0037"), attachments as names and bytes.

    Strings are Unicode, or in `charset`, for which the message declares `codepage`.
    """
    tag, encoding = ("001E", charset) if charset else ("001F", "utf-16-le")
    tree = {f"__substg1.0_{key}{tag}": value.encode(encoding) for key, value in properties.items()}
    tree["__properties_version1.0"] = bytes(32) + struct.pack("<HHIQ", 3, 0x3FFD, 0, codepage)
    for number, (name, data) in enumerate(attachments):
        inside = {"__properties_version1.0": bytes(8), f"__substg1.0_3707{tag}": name.encode(encoding)}
        inside["__substg1.0_37010102"] = data
        tree[f"__attach_version1.0_#{number:08X}"] = inside
    return compound(tree)


def _chain(start, count):
    return [*range(start + 1, start + count), _END]


def _entry(name, kind, right, child, place):
    encoded = name.encode("utf-16-le") + b"\0\0"
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(encoded), kind, 1, _FREE, right, child)
        + bytes(16 + 4 + 16)
        + struct.pack("<IQ", *place)
    )
