"""`ragsys chat` and `ragsys sessions` as they are typed: from a pipe, from a script, and on a terminal."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    """A folder with an index of two notes, one of them only for Ann. Not to be talked to: copy it."""
    tmp_path = tmp_path_factory.mktemp("indexed")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "chain.txt").write_text(
        "The bicycle chain is oiled after every ride in the rain. The bicycle chain is replaced every 3000 kilometres."
    )
    (tmp_path / "docs" / "kettle.txt").write_text("The kettle is descaled with vinegar twice a year.")
    assert run("add", "docs/chain.txt", "--acl", "*", cwd=tmp_path).returncode == 0
    assert run("add", "docs/kettle.txt", "--acl", "user:ann", cwd=tmp_path).returncode == 0
    return tmp_path


@pytest.fixture
def folder(indexed, tmp_path):
    """A copy of the folder, with its index, to talk to."""
    return shutil.copytree(indexed, tmp_path / "folder")


def run(*arguments, cwd, stdin="", **environ):
    """One command that ends by itself."""
    done = subprocess.run(
        [sys.executable, CLI, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environ},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def chat(*arguments, cwd, stdin):
    """A talk in mode extract."""
    return run("chat", "--mode", "extract", *arguments, cwd=cwd, stdin=stdin)


def test_a_pipe_gives_a_line_for_each_question(folder):
    """Answers on standard output, one a line, everything else on standard error; exit code 0 as all were answered."""
    done = chat(cwd=folder, stdin="When is the bicycle chain oiled?\nWhen is it replaced?\n")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines == [
        "The bicycle chain is oiled after every ride in the rain. [1]",
        "The bicycle chain is replaced every 3000 kilometres. [1]",
    ]
    assert "understood as: When is it replaced? (bicycle chain oiled)" in done.stderr
    assert "chain.txt" in done.stderr


def test_a_question_without_an_answer_is_exit_code_1(folder):
    """The talk goes on after a refusal, and after a question that cannot be asked, which has its line too."""
    stdin = f"Who painted the ceiling?\n{'word ' * 400}\nWhen is the bicycle chain oiled?\n"
    done = chat(cwd=folder, stdin=stdin)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert lines[1] == ""
    assert "query-invalid" in done.stderr
    assert "rain" in lines[2]


def test_json_lines_can_be_read_and_verified(folder):
    """One object for each line, with session, turn, both questions and the whole answer, which `verify` accepts."""
    done = chat("--json", cwd=folder, stdin="When is the bicycle chain oiled?\nWhen is it replaced?\n/sources\n")
    first, second, sources = map(json.loads, done.stdout.splitlines())
    assert (first["turn"], second["turn"]) == (1, 2)
    assert first["session"] == second["session"]
    assert second["question"] == "When is it replaced?"
    assert second["standalone"] == second["answer"]["question"] == "When is it replaced? (bicycle chain oiled)"
    assert (second["method"], second["history"], second["kept"]) == ("carried", 1, True)
    assert sources["citations"] == second["answer"]["citations"]
    checked = run("verify", "-", "--json", cwd=folder, stdin=json.dumps(second))
    assert json.loads(checked.stdout)["ok"]


def test_conversations_are_listed_resumed_shown_and_removed(folder):
    """By the beginning of an id, or as the last one; what is removed is gone."""
    chat(cwd=folder, stdin="When is the bicycle chain oiled?\n")
    listed = json.loads(run("sessions", "list", "--json", cwd=folder).stdout)["sessions"]
    assert [(s["turns"], s["first"]) for s in listed] == [(1, "When is the bicycle chain oiled?")]
    name = listed[0]["id"][:6]
    for how in (["--session", name], ["--continue"]):
        done = chat(*how, cwd=folder, stdin="When is it replaced?\n")
        assert "3000" in done.stdout
    shown = json.loads(run("sessions", "show", name, "--json", cwd=folder).stdout)
    assert [turn["number"] for turn in shown["turns"]] == [1, 2, 3]
    assert "3. When is it replaced?" in run("sessions", "show", name, cwd=folder).stdout
    assert run("sessions", "rm", name, cwd=folder).returncode == 0
    for command in (["sessions", "show", name], ["chat", "--session", name], ["chat", "--continue"]):
        gone = run(*command, cwd=folder)
        assert (gone.returncode, gone.stdout) == (2, "")
        assert "session-not-found" in gone.stderr


def test_another_principal_sees_nothing_of_it(folder):
    """Ann's talk about her note is hers: Bo can neither list nor show it, and gets no answer from it."""
    done = chat("--as", "user:ann", cwd=folder, stdin="How often is the kettle descaled?\n")
    assert "vinegar" in done.stdout
    session = json.loads(run("sessions", "list", "--as", "user:ann", "--json", cwd=folder).stdout)["sessions"][0]["id"]
    assert json.loads(run("sessions", "list", "--as", "user:bo", "--json", cwd=folder).stdout) == {"sessions": []}
    assert run("sessions", "show", session, "--as", "user:bo", cwd=folder).returncode == 2
    assert run("sessions", "rm", session, "--as", "user:bo", cwd=folder).returncode == 2
    assert "vinegar" not in chat("--as", "user:bo", cwd=folder, stdin="How often is the kettle descaled?\n").stdout


def test_commands_about_the_last_answer(folder):
    """/sources quotes, /why counts, /history repeats, /new forgets the topic, /forget deletes, /quit ends the input."""
    about = ["/sources", "/why", "/history", "/new"]
    lines = ["/why", "When is the bicycle chain oiled?", *about, "When is it replaced?", "/forget", "/quit", "x"]
    done = chat(cwd=folder, stdin="\n".join(lines))
    assert "nothing has been asked yet" in done.stderr
    assert '"The bicycle chain is oiled after every ride in the rain."' in done.stdout
    assert "confidence" in done.stdout
    assert "it stands alone" in done.stdout
    assert "1. When is the bicycle chain oiled?" in done.stdout
    assert "understood as" not in done.stderr
    listed = json.loads(run("sessions", "list", "--json", cwd=folder).stdout)["sessions"]
    assert [s["first"] for s in listed] == ["When is the bicycle chain oiled?"]


def test_looking_in_and_no_keep_leave_nothing(folder):
    """Without a question, or with --no-keep, no conversation is kept."""
    chat(cwd=folder, stdin="/help\n")
    done = chat("--no-keep", cwd=folder, stdin="When is the bicycle chain oiled?\nWhen is it replaced?\n")
    assert "3000" in done.stdout
    assert json.loads(run("sessions", "list", "--json", cwd=folder).stdout)["sessions"] == []


def test_a_read_only_index_can_be_talked_to(folder):
    """Nothing can be kept there, which is said; the follow-up is understood all the same."""
    index = folder / ".ragsys"
    run("status", cwd=folder)
    for path in (*index.iterdir(), index):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = run(
            "chat",
            "--mode",
            "extract",
            cwd=folder,
            stdin="When is the bicycle chain oiled?\nWhen is it replaced?\n",
            HASH_CLI_HUMBLE="1",
        )
    finally:
        index.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "3000" in done.stdout
    assert "not kept" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "expected"),
    [
        (["--session", "a", "--continue"], b"", "exclude each other"),
        ([], b"\xff\xfe\xff\n", "not UTF-8"),
        (["--filter", "year >"], b"When?\n", "filter-invalid"),
    ],
)
def test_wrong_use_is_said_in_one_line(folder, arguments, stdin, expected):
    """Options that exclude each other, bytes that are no text, a filter that does not parse: exit code 2."""
    done = subprocess.run(
        [sys.executable, CLI, "chat", "--mode", "extract", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert expected in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX's")
def test_on_a_terminal_ctrl_c_stops_an_answer_and_ctrl_d_leaves(folder):
    """Ctrl-C ends an answer that never ends and keeps no turn; the talk goes on until Ctrl-D, with exit code 0."""
    import pty

    mark = folder / "mark"
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, CLI, "chat", "--mode", "generate"],
        cwd=folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "HASH_CLI_MARK": str(mark), "TERM": "dumb"},
    )
    os.close(slave)
    seen = b""

    def until(text):
        nonlocal seen
        deadline = time.monotonic() + 60
        while text not in seen and time.monotonic() < deadline:
            if select.select([master], [], [], 1)[0]:
                seen += os.read(master, 1024)
        assert text in seen, seen

    try:
        until(b"> ")
        os.write(master, b"When is the bicycle chain oiled?\n")
        until(b"word ")
        process.send_signal(signal.SIGINT)
        until(b"stopped")
        os.write(master, b"/why\n")
        until(b"nothing has been asked yet")
        # Before the prompt stands, the terminal itself would take the Ctrl-D, and nobody would see it.
        seen = seen.partition(b"nothing has been asked yet")[2]
        until(b"> ")
        os.write(master, b"\x04")
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)
    listed = json.loads(run("sessions", "list", "--json", cwd=folder).stdout)["sessions"]
    assert listed == []
