"""Standard input, output and the words of the command line, whatever they are like: never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CLI = Path(__file__).parents[2] / "support" / "hash_cli.py"


def run(*arguments, cwd, stdin=b"", **environ):
    """One command in a process of its own; output as bytes."""
    done = subprocess.run(
        [sys.executable, CLI, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **environ},
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def shell(line, cwd):
    """A line for the shell, in which `ragsys` is the command."""
    command = f"ragsys() {{ '{sys.executable}' '{CLI}' \"$@\"; }}; {line}"
    done = subprocess.run(["bash", "-c", command], cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with an index of a few documents, one of them Chinese and one with an emoji."""
    path = tmp_path_factory.mktemp("streams")
    docs = path / "docs"
    docs.mkdir()
    (docs / "tea.txt").write_text("A text about tea.")
    (docs / "茶.txt").write_text("关于茶的文章。🍵 café", encoding="utf-8")
    for number in range(300):
        (docs / f"n{number}.txt").write_text(f"Number {number}.")
    assert run("add", "docs", cwd=path).returncode == 0
    return path


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["search"], "Missing argument"),
        (["search", "tea", "-k", "0"], "not in the range"),
        (["search", "tea", "-k", "1001"], "not in the range"),
        (["search", "tea", "-k", "many"], "not a valid"),
        (["search", "tea", "--nonsense"], "--nonsense"),
        (["serach", "tea"], "serach"),
        (["ask", "tea", "--temperature", "9"], "not in the range"),
    ],
)
def test_a_usage_error_is_json_where_json_was_asked_for(folder, arguments, expected):
    """What click finds wrong has our code, exit code and a next step, as JSON and as text."""
    done = run(*arguments, "--json", cwd=folder)
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, done.stdout, error["code"]) == (2, b"", "usage")
    assert expected in error["message"]
    assert "--help" in error["hint"]
    text = run(*arguments, cwd=folder).stderr.decode()
    assert text.startswith("error [usage]: ")
    assert "  next: run `" in text


def test_json_after_two_dashes_is_a_word(folder):
    """`--json` as part of a query does not change how an error is printed."""
    done = run("search", "--index", "nowhere", "--", "--json", cwd=folder)
    assert done.stderr.startswith(b"error [index-not-found]")


@pytest.mark.parametrize(
    ("query", "code"),
    [("", "query-invalid"), (" \t\n", "query-invalid"), ("word " * 2000, "query-invalid"), (b"\xff\xfe", "usage")],
    ids=["empty", "blank", "long", "not-utf-8"],
)
def test_a_query_that_cannot_be_is_a_typed_error(folder, query, code):
    """Empty, blank, longer than the embedder reads or not Unicode; as an argument and on standard input."""
    raw = query if isinstance(query, bytes) else query.encode()
    for done in (run("search", raw, "--json", cwd=folder), run("search", "-", "--json", cwd=folder, stdin=raw)):
        assert (done.returncode, json.loads(done.stderr)["error"]["code"]) == (2, code)


def test_standard_input_is_a_query_and_an_answer(folder):
    """`-` reads a query for search, and a saved answer for verify; a byte order mark is no part of either."""
    found = json.loads(run("search", "-", "--json", cwd=folder, stdin="\ufefftea\n".encode()).stdout)
    assert found["query"] == "tea"
    answer = '{"citations": []}'.encode("utf-8-sig")
    assert json.loads(run("verify", "-", "--json", cwd=folder, stdin=answer).stdout) == {"ok": True, "checks": []}
    done = run("verify", "-", "--json", cwd=folder, stdin=b"\xff")
    assert json.loads(done.stderr)["error"]["code"] == "usage"


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("ragsys list | head -1; exit ${PIPESTATUS[1]}", 0),
        ("ragsys list --json | head -c 10", 0),
        ("ragsys get docs/tea.txt --text | true", 0),
        ("ragsys list >&-", 0),
        ("ragsys get docs/tea.txt --text >&-", 0),
        ("ragsys search - <&-", 2),
        ("ragsys search tea 2>&-", 0),
        ("ragsys list > /dev/full", 7),
        ("ragsys get docs/tea.txt --text > /dev/full", 7),
    ],
)
def test_streams_may_be_closed_or_full(folder, line, status):
    """A reader that has gone, a closed stream and a full disk end a command without a traceback."""
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    assert shell(line, folder).returncode == status


@pytest.mark.parametrize(
    "environ",
    [
        {"LC_ALL": "C"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0"},
    ],
    ids=str,
)
def test_a_narrow_locale_shows_numbers_for_characters(folder, environ):
    """Chinese and emoji never raise; JSON stays valid and means the same; `get --text` is UTF-8 all the same."""
    run("list", cwd=folder, **environ)
    run("search", "茶", cwd=folder, **environ)
    run("get", "nothing-like-茶", cwd=folder, **environ)
    found = json.loads(run("search", "tea", "--json", cwd=folder, **environ).stdout)
    assert found["hits"]
    document = next(d for d in json.loads(run("list", "--json", cwd=folder).stdout)["documents"] if "茶" in d["source"])
    shown = json.loads(run("get", document["id"], "--text", "--json", cwd=folder, **environ).stdout)
    assert (shown["text"], shown["document"]["source"]) == ("关于茶的文章。🍵 café", document["source"])
    assert run("get", document["id"], "--text", cwd=folder, **environ).stdout.decode() == "关于茶的文章。🍵 café"


def test_output_that_is_no_terminal_is_plain(folder):
    """Off a terminal no command colours or draws anything."""
    for arguments in (["add", "docs"], ["list"], ["search", "tea"], ["status"]):
        done = run(*arguments, cwd=folder)
        assert b"\x1b" not in done.stdout + done.stderr
        assert b"\r" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("options", "environ"),
    [([], {}), (["--no-color"], {}), ([], {"NO_COLOR": "1"})],
    ids=["plain", "option", "variable"],
)
def test_a_terminal_shows_progress_in_colours_unless_told_not_to(folder, tmp_path, options, environ):
    """On a terminal `add` draws a bar; `--no-color` and NO_COLOR leave out the colours alone."""
    import pty

    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, CLI, "add", "docs", "--index", str(tmp_path / "index"), *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "HASH_CLI_DELAY": "0.002", "TERM": "xterm", "COLUMNS": "120", **environ},
    ) as process:
        os.close(terminal)
        shown = b""
        while True:
            try:
                piece = os.read(controller, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        assert b"302 added" in process.stdout.read()
    os.close(controller)
    assert b"passages" in shown
    assert (b"\x1b[3" in shown) == (not options and not environ)
