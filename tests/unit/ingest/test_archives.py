"""Archives are read member by member, whatever they say of themselves."""

from __future__ import annotations

import gzip
import zipfile

import hostile_files
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.config import Settings
from ragsys.errors import ArchiveDamagedError, ArchiveTooLargeError, DocumentError, NoTextError, TooManyMembersError
from ragsys.ingest.archives import Budget, entries, is_archive
from ragsys.ingest.inflate import inflate
from ragsys.ingest.wire import Limits


def listed(data, name="a.zip", **settings):
    """What an archive holds: bytes, or the code of what is in the way."""
    budget = Budget(Limits.of(Settings(**settings)), len(data))
    return {n: c.code if isinstance(c, DocumentError) else c for n, c in entries(data, name, budget)}


FILES = {"a.txt": b"one", "b/c.txt": b"two " * 9999, "d.txt": b""}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_zip(method):
    """Each method that is read gives the bytes back; folders and hidden files are passed over."""
    data = hostile_files.zipped(
        [*FILES.items(), ("folder/", b""), (".hidden", b"x"), ("__MACOSX/x", b"x")], method=method
    )
    assert is_archive(data)
    assert listed(data) == FILES


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar(mode):
    """A TAR is known by its checksum, compressed or not, and is read forwards."""
    data = hostile_files.tarred([(hostile_files.tar_info(name), content) for name, content in FILES.items()], mode)
    assert is_archive(data)
    assert listed(data, "a.tar.x") == FILES


def test_a_long_name_in_a_tar():
    """Names beyond the header's hundred bytes are whole."""
    name = "folder/" * 30 + "文件.txt"
    assert list(listed(hostile_files.tarred([(hostile_files.tar_info(name), b"x")]))) == [name]


def test_a_compressed_file_is_an_archive_of_one():
    """It is named after its archive, and several streams behind one another are one."""
    data = gzip.compress(b"one ") + gzip.compress(b"two")
    assert listed(data, "notes.txt.gz") == {"notes.txt": b"one two"}
    assert listed(data, "notes") == {"notes.unpacked": b"one two"}


def test_a_text_is_no_tar():
    """Words at the place of the checksum do not make one."""
    assert not is_archive(b"a" * 2000)
    assert not is_archive(bytes(2000))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_bytes_are_counted_as_they_come(method):
    """The budget holds whatever the directory says, over all members together."""
    data = hostile_files.zipped([(f"{n}.txt", bytes(1_000_000)) for n in range(20)], method=method)
    with pytest.raises(ArchiveTooLargeError):
        listed(data, max_unpacked_bytes=5_000_000)
    with pytest.raises(ArchiveTooLargeError):
        listed(data)
    assert len(listed(data, max_unpacked_ratio=10**6)) == 20


def test_members_are_counted():
    """Beyond the limit nothing is unpacked."""
    data = hostile_files.zipped([(f"{n}.txt", b"x") for n in range(5)])
    assert len(listed(data, max_members=5)) == 5
    with pytest.raises(TooManyMembersError):
        listed(data, max_members=4)
    with pytest.raises(TooManyMembersError):
        listed(hostile_files.tarred([(hostile_files.tar_info(str(n)), b"x") for n in range(5)]), max_members=4)


@pytest.mark.parametrize("names", [[], ["folder/"], [".hidden", "__MACOSX/x"]])
def test_an_archive_of_nothing_says_so(names):
    """Where nothing in it is to be read, that is its outcome."""
    with pytest.raises(NoTextError, match="no file in it"):
        listed(hostile_files.zipped([(name, b"") for name in names]))


def test_a_member_that_is_too_large_is_its_own_outcome():
    """The rest is read all the same."""
    files = [("large.txt", bytes(2000)), ("small.txt", b"x")]
    expected = {"large.txt": "file-too-large", "small.txt": b"x"}
    assert listed(hostile_files.zipped(files), max_file_bytes=1000) == expected
    assert (
        listed(hostile_files.tarred([(hostile_files.tar_info(n), d) for n, d in files]), max_file_bytes=1000)
        == expected
    )


@pytest.mark.parametrize("unknown", ["[Content_Types].xml", "mimetype"])
def test_a_document_is_not_taken_apart(unknown):
    """An Office document or an e-book that no parser claims is one of a kind that is not read."""
    with pytest.raises(DocumentError) as caught:
        listed(hostile_files.zipped([(unknown, b"x"), ("a.xml", b"<a/>")]))
    assert caught.value.code == "file-type-unsupported"


@given(st.data())
def test_damage_is_an_error_of_ours(data):
    """Whatever is overwritten or cut off, what is raised is a DocumentError."""
    whole = bytearray(data.draw(st.sampled_from(_SAMPLES)))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        listed(cut)
    except DocumentError:
        return


def _samples():
    files = [*FILES.items()]
    yield hostile_files.zipped(files)
    yield hostile_files.zipped(files, method=zipfile.ZIP_BZIP2)
    for mode in ("w", "w:gz", "w:xz"):
        yield hostile_files.tarred([(hostile_files.tar_info(name), content) for name, content in files], mode)


_SAMPLES = list(_samples())


@pytest.mark.parametrize("method", ["gzip", "bzip2", "xz"])
def test_an_early_end_is_damage(method):
    """A stream that stops in the middle is not taken for a whole one."""
    import bz2
    import lzma

    pack = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}[method]
    whole = pack(bytes(range(256)) * 1000)
    assert b"".join(inflate(method, memoryview(whole))) == bytes(range(256)) * 1000
    with pytest.raises(ArchiveDamagedError):
        list(inflate(method, memoryview(whole)[:-20]))


def test_pieces_are_small():
    """However much is packed into how little, a piece has at most 64 KiB."""
    import bz2

    assert max(map(len, inflate("bzip2", memoryview(bz2.compress(bytes(10**7)))))) <= 64 * 1024


def test_a_damaged_tar_says_so():
    """What comes before the damage is read; a cut in the middle of a file is not its end."""
    data = hostile_files.tarred(
        [(hostile_files.tar_info("a.txt"), b"one"), (hostile_files.tar_info("b.txt"), bytes(5000))]
    )
    found = []
    with pytest.raises(ArchiveDamagedError):
        found.extend(entries(data[:3000], "a.tar", Budget(Limits.of(Settings()), len(data))))
    assert found == [("a.txt", b"one")]
