"""Carries out the Dockerfile without a container engine: each step in a plain Debian root, then the server in the last.

    sudo python docker/check.py --work /var/tmp/ragsys-image [--pip-conf pip.conf] [--models-dir ~/.cache/ragsys/models]

Needs root, unshare, setpriv and chroot, and debootstrap where --base is not there yet. The base is Debian's own Python
instead of the named image; what only an engine does (layers, published ports, limits, seccomp, compose) is not checked,
and the report says so. Exit code 0 where every step and every check held.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dockerfile import Instruction, Stage, expand, read, stages

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
CONTEXT = HERE.parent
NOT_CHECKED = (
    "the named base image (Debian's Python stands in for it)",
    "layers, build cache and image size",
    "published ports, health as Docker reports it, restart, limits of memory, CPUs and processes, seccomp, init",
    "compose.yaml beyond its syntax",
)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_STARTED, _STOPPED = 120, 30


@dataclass
class Root:
    """A root file system, and what the instructions so far said of commands in it."""

    path: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH, "HOME": "/root"})
    arguments: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0"

    def command(self, *words: str) -> list[str]:
        """A command inside, as the user and in the directory of this moment, with no rights to gain any."""
        given = [f"{name}={value}" for name, value in {**self.arguments, **self.env}.items()]
        enter = ["chroot", str(self.path), "/usr/bin/env", "-i", *given]
        if self.user != "0":
            group = next(line.split(":")[3] for line in self._users() if line.split(":")[2] == self.user)
            enter += ["setpriv", f"--reuid={self.user}", f"--regid={group}", "--clear-groups"]
            enter += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        return [*enter, "/bin/sh", "-c", 'cd "$0" && exec "$@"', self.workdir, *words]

    def _users(self) -> list[str]:
        return (self.path / "etc/passwd").read_text(encoding="utf-8").splitlines()


class Report:
    """What was done, in order; printed as it happens."""

    def __init__(self) -> None:
        self.entries: list[dict[str, object]] = []

    def add(self, what: str, *, held: bool, began: float, detail: str = "") -> None:
        """One step or check."""
        seconds = round(time.monotonic() - began, 1)
        self.entries.append({"what": what, "held": held, "seconds": seconds, "detail": detail})
        print(f"{'ok  ' if held else 'FAIL'} {seconds:7.1f} s  {what}{': ' if detail else ''}{detail}", flush=True)

    @property
    def held(self) -> bool:
        """Whether everything held."""
        return all(entry["held"] for entry in self.entries)


def build(stage: Stage, number: int, roots: dict[str, Root], options: argparse.Namespace, report: Report) -> Root:
    """Carry out a stage on a copy of the base. Raises `SystemExit` at the first step that fails."""
    root = Root(options.work / f"stage-{number}")
    if not options.again:
        shutil.rmtree(root.path, ignore_errors=True)
        subprocess.run(["cp", "-a", options.base, root.path], check=True)
    mount("--bind", "/dev", root.path / "dev")
    mount("-t", "proc", "proc", root.path / "proc")
    for folder in options.bind:
        (root.path / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        mount("--bind", folder, root.path / folder.lstrip("/"))
    for instruction in stage.instructions:
        if options.again and instruction.keyword in {"COPY", "RUN"}:
            continue
        began = time.monotonic()
        failure = step(instruction, root, roots, options)
        report.add(f"{instruction.keyword} (line {instruction.line})", held=not failure, began=began, detail=failure)
        if failure:
            raise SystemExit(1)
    return root


def step(instruction: Instruction, root: Root, roots: dict[str, Root], options: argparse.Namespace) -> str:
    """Carry out one instruction; what went wrong, or nothing."""
    known = {**root.arguments, **root.env}
    if instruction.keyword == "ARG":
        name, _, default = instruction.rest.partition("=")
        root.arguments[name] = options.build_arg.get(name, default.strip('"'))
    elif instruction.keyword == "ENV":
        for word in instruction.words:
            name, _, value = word.partition("=")
            root.env[name] = expand(value, known)
    elif instruction.keyword == "WORKDIR":
        root.workdir = expand(instruction.rest, known)
        (root.path / root.workdir.lstrip("/")).mkdir(parents=True, exist_ok=True)
    elif instruction.keyword == "USER":
        root.user = instruction.rest
    elif instruction.keyword == "COPY":
        copy(instruction, root, roots)
    elif instruction.keyword == "RUN":
        with secret(instruction, root, options):
            done = subprocess.run(
                root.command("/bin/sh", "-c", instruction.rest), capture_output=True, text=True, check=False
            )
        return "" if done.returncode == 0 else (done.stdout + done.stderr)[-2000:]
    return ""


def copy(instruction: Instruction, root: Root, roots: dict[str, Root]) -> None:
    """COPY, without what .dockerignore leaves out of folders."""
    *sources, target = instruction.words
    origin = instruction.flag("from")
    begin = roots[origin].path if origin else CONTEXT
    into = root.path / (target if target.startswith("/") else f"{root.workdir}/{target}").lstrip("/")
    for source in sources:
        place = begin / source.lstrip("/")
        end = into / place.name if target.endswith("/") else into
        end.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir():
            ignored = None if origin else shutil.ignore_patterns("__pycache__", "*.py[cod]")
            shutil.copytree(place, end, symlinks=True, dirs_exist_ok=True, ignore=ignored)
        else:
            shutil.copy2(place, end)
        if owner := instruction.flag("chown"):
            subprocess.run(["chown", "-R", owner, end], check=True)


@contextmanager
def secret(instruction: Instruction, root: Root, options: argparse.Namespace) -> Iterator[None]:
    """The file of `--mount=type=secret` while a step runs, where there is one."""
    wanted = (instruction.flag("mount") or "").split("target=")
    target = root.path / wanted[1].lstrip("/") if len(wanted) > 1 and options.pip_conf else None
    if target is not None:
        shutil.copy(options.pip_conf, target)
    try:
        yield
    finally:
        if target is not None:
            target.unlink()


def run(stage: Stage, root: Root, options: argparse.Namespace, report: Report) -> None:
    """Start what the image starts, on a read-only root, and stop it as Docker would."""
    words = {i.keyword: i for i in stage.instructions}
    start = [*words["ENTRYPOINT"].words, *words["CMD"].words]
    health = json.loads(words["HEALTHCHECK"].rest.removeprefix("CMD "))
    root.env["RAGSYS_SERVER_PORT"] = str(options.port)
    protect(root, options)

    def check(what: str, *command: str, code: int = 0, says: str = "") -> str:
        began = time.monotonic()
        done = subprocess.run(root.command(*command), capture_output=True, text=True, check=False, timeout=300)
        held = done.returncode == code and says in done.stdout + done.stderr
        report.add(what, held=held, began=began, detail="" if held else (done.stdout + done.stderr)[-800:])
        return done.stdout

    check("runs as another user than root", "/bin/sh", "-c", 'test "$(id -u)" -ge 1000')
    check("the root file system cannot be written to", "/bin/sh", "-c", "! (: > /here) 2>/dev/null")
    check("no secret is left", "/bin/sh", "-c", "! test -e /etc/pip.conf")
    check("the program starts", "ragsys", "--version", says="ragsys")
    check("an open address without a token is refused", *start, code=2, says="token-required")
    token = check("a token is made in the volume", "ragsys", "token", "create", "check").strip()
    (options.work / "data/note.txt").write_text("The bicycle chain is oiled after every ride.", encoding="utf-8")
    if options.models_dir:
        check("a file is added", "ragsys", "add", "/data/note.txt", "--index", root.env["RAGSYS_INDEX"])
    with (options.work / "server.log").open("w") as log:
        server = subprocess.Popen(root.command(*start), stdout=log, stderr=log)
        try:
            began = time.monotonic()
            while not (well := subprocess.run(root.command(*health), capture_output=True, check=False).returncode == 0):
                if server.poll() is not None or time.monotonic() - began > _STARTED:
                    break
                time.sleep(0.5)
            report.add("the health check succeeds", held=well, began=began)
            for path, body in (("/v1/models", None), ("/v1/search", '{"query": "bicycle chain"}')):
                if body is None or options.models_dir:
                    began = time.monotonic()
                    status = ask(options.port, path, body, token)
                    report.add(f"{path} answers with the token", held=status == 200, began=began, detail=str(status))  # noqa: PLR2004
            status = ask(options.port, "/v1/models", None, "")
            report.add("and not without", held=status == 401, began=began, detail=str(status))  # noqa: PLR2004
        finally:
            began = time.monotonic()
            server.terminate()
            code = server.wait(_STOPPED)
            report.add("SIGTERM ends it", held=code in {0, 143}, began=began, detail=f"exit code {code}")


def ask(port: int, path: str, body: str | None, token: str) -> int:
    """The status of a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request("POST" if body else "GET", path, body, headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def protect(root: Root, options: argparse.Namespace) -> None:
    """What `read_only`, `tmpfs` and the volumes of compose.yaml make of a root."""
    for name, begin in (("data", root.path / "data"), ("models", options.models_dir or root.path / "models")):
        volume = options.work / name
        shutil.rmtree(volume, ignore_errors=True)
        shutil.copytree(begin, volume, symlinks=True)
        subprocess.run(["chown", "-R", "10001", volume], check=True)
    mount("--rbind", root.path, root.path)
    mount("-o", "remount,bind,ro", root.path)
    mount("-t", "tmpfs", "-o", "size=512m,mode=1777", "tmpfs", root.path / "tmp")
    mount("--bind", options.work / "data", root.path / "data")
    mount("--bind", options.work / "models", root.path / "models")


def mount(*words: object) -> None:
    """Mount in this process's own namespace: everything is gone when it ends."""
    subprocess.run(["mount", *map(str, words)], check=True)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for roots, some 5 GB")
    parser.add_argument(
        "--base", type=Path, help="a Debian root with python3-venv; made in --work where it is not there"
    )
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--pip-conf", type=Path, help="what the secret `pip` is")
    parser.add_argument("--bind", action="append", default=[], help="a folder of this machine to have in each root")
    parser.add_argument("--models-dir", type=Path, help="models to run with, of which a copy is made")
    parser.add_argument("--again", action="store_true", help="only start what an earlier call built in --work")
    parser.add_argument("--port", type=int, default=18765)
    parser.add_argument("--json", type=Path, help="write the report here, too")
    options = parser.parse_args()
    if "RAGSYS_CHECK_ALONE" not in os.environ:
        os.environ["RAGSYS_CHECK_ALONE"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])
    options.work.mkdir(parents=True, exist_ok=True)
    options.work = options.work.resolve()
    options.base = options.base or options.work / "base"
    options.build_arg = dict(text.split("=", 1) for text in options.build_arg)
    prepare(options.base)
    report, roots = Report(), {}
    found = stages(read((HERE / "Dockerfile").read_text(encoding="utf-8")), options.build_arg)
    try:
        for number, stage in enumerate(found):
            root = build(stage, number, roots, options, report)
            roots[stage.name or str(number)] = root
        run(found[-1], root, options, report)
    finally:
        print("not checked here:", *NOT_CHECKED, sep="\n  ")
        if options.json:
            data = {"steps": report.entries, "not_checked": NOT_CHECKED}
            options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0 if report.held else 1


def prepare(base: Path) -> None:
    """The stand-in for the base image: Debian with its Python under the names that the image has."""
    if not (base / "usr/bin/python3").exists():
        packages = "python3,python3-venv,ca-certificates"
        subprocess.run(["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", base], check=True)
    link = base / "usr/local/bin/python"
    if not link.is_symlink():
        link.symlink_to("/usr/bin/python3")
    shutil.copy("/etc/resolv.conf", base / "etc/resolv.conf")


if __name__ == "__main__":
    sys.exit(main())
