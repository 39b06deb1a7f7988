"""Names inside archives are read in the encoding that they were written in, and lead nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.ingest.member_names import Distinct, decode_names, is_hidden, shown


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("utf-8", ["报告/第一季度.docx", "résumé.txt"]),
        ("gbk", ["新建文件夹/报告 2024（终稿）.docx", "合同.pdf"]),
        ("gbk", ["说明.txt"]),
        ("big5", ["新建資料夾/報告書.docx", "說明文件.txt"]),
        ("cp932", ["新しいフォルダー/報告書.docx", "メモ.txt"]),
        ("cp437", ["résumé.txt", "Übersicht.doc"]),
        ("cp437", ["naïve café.txt"]),
    ],
)
def test_encodings(encoding, names):
    """Each of them is told from the names of one archive together."""
    assert decode_names([name.encode(encoding) for name in names]) == names


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=5))
def test_any_bytes_are_a_name(names):
    """Nothing raises, and every name has one."""
    assert len(decode_names(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\a.txt", "Users/a.txt"),
        ("0002 Re: Budget.eml", "0002 Re: Budget.eml"),
        ("a/./b/../c.txt", "a/b/c.txt"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("a\nb\x1b[31m\x00.txt", "ab[31m.txt"),
        ("a!/b.txt", "a!_/b.txt"),
        ("\ud800.txt", "?.txt"),
    ],
)
def test_what_is_shown(name, safe):
    """No way up, no drive, no control characters, and no "!/" that was not ours."""
    assert shown(name) == safe


@given(st.text())
def test_what_is_shown_is_a_relative_path(name):
    """For any name, and it stays as it is when it is shown again."""
    safe = shown(name)
    assert safe
    assert ".." not in safe.split("/")
    assert not safe.startswith("/")
    assert "!/" not in safe
    assert shown(safe) == safe
    safe.encode("utf-8")


def test_equal_names_get_numbers():
    """The first keeps its name, and the suffix stays behind the number."""
    distinct = Distinct()
    assert [distinct(path) for path in ("a/b.txt", "a/b.txt", "a/b (2).txt", "a/b.txt", ".x", ".x")] == [
        "a/b.txt",
        "a/b (2).txt",
        "a/b (2) (2).txt",
        "a/b (3).txt",
        ".x",
        ".x (2)",
    ]


def test_hidden():
    """What a folder's walk leaves out, and what a Mac adds."""
    assert is_hidden("a/.git/config")
    assert is_hidden("__MACOSX/a.txt")
    assert not is_hidden("a.b/c.txt")
