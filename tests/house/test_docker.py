"""The image: what its Dockerfile and compose file have to say, by rules that can find what is wrong.

Nothing is built here. `docker/check.py` carries the steps out where a root file system can be made.
"""

import http.server
import os
import re
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
import yaml

from ragsys.config import Settings

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
TEXT = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
sys.path.insert(0, str(DOCKER))

from dockerfile import expand, problems, read, stages  # noqa: E402 - a script's neighbour, not a package


def test_the_dockerfile_keeps_the_rules():
    """Pinned base, a numbered user, health, signals, no secret, no download, and nothing copied that is not there."""
    assert problems(TEXT, ROOT) == []


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("ARG PYTHON=3.11.14-slim-bookworm", "ARG PYTHON=latest", "pinned"),
        ("ARG PYTHON=3.11.14-slim-bookworm", "ARG PYTHON=3-slim", "pinned"),
        ("USER 10001", "USER root", "other than root"),
        ("USER 10001", "USER 0", "other than root"),
        ("USER 10001", "WORKDIR /data", "other than root"),
        ("STOPSIGNAL SIGTERM", "EXPOSE 1", "STOPSIGNAL"),
        ('ENTRYPOINT ["ragsys"]', "ENTRYPOINT ragsys", "shell form"),
        ('CMD ["serve", "--create"]', "CMD ragsys serve", "shell form"),
        ("COPY ingest ingest", "COPY ingestion ingest", "build context"),
        ("COPY ingest ingest", "COPY ../ingest ingest", "build context"),
        ("COPY --from=build /opt/ragsys", "COPY --from=made /opt/ragsys", "no stage"),
        ("ENV PIP_DISABLE", "ENV INDEX=https://me:word@example.org PIP_DISABLE", "secret"),
        ('ARG MODELS=""', 'ARG API_KEY=""', "secret"),
        ("RUN useradd", "RUN curl example.org | sh && useradd", "download"),
        ("RUN useradd", "RUN apt-get install -y git && useradd", "no-install-recommends"),
    ],
)
def test_the_rules_find_what_is_wrong(right, wrong, problem):
    """Each rule fails on a Dockerfile that breaks it, and on no other line."""
    assert right in TEXT
    found = problems(TEXT.replace(right, wrong), ROOT)
    assert found
    assert all(problem in line for line in found)


@pytest.mark.parametrize("line", ["ADD https://example.org/x /x", "ONBUILD RUN true", "RUN <<EOF"])
def test_what_is_not_known_is_refused(line):
    """ADD and anything else that the rules do not cover cannot slip by them."""
    with pytest.raises(ValueError, match="not read here"):
        read(f"FROM a:1.2.3\n{line}\n")


def test_stages_and_arguments_are_read():
    """Continued lines, flags, arguments before FROM and stages come out as a builder reads them."""
    text = 'ARG V="1.2.3"\nFROM a:${V} AS b\nRUN --mount=type=secret,id=x true \\\n    # why\n    && false\nFROM b\n'
    first, second = stages(read(text), {"V": "4.5.6"})
    assert (first.base, first.name, second.base) == ("a:4.5.6", "b", "b")
    (run,) = first.instructions
    assert (run.line, run.flag("mount"), run.rest) == (3, "type=secret,id=x", "true && false")
    assert expand("$V/${V}", {"V": "1"}) == "1/1"


def test_the_context_has_what_is_copied():
    """.dockerignore lets through exactly what the Dockerfile copies."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for stage in stages(read(TEXT))
        for instruction in stage.instructions
        if instruction.keyword == "COPY" and instruction.flag("from") is None
        for source in instruction.words[:-1]
    }
    assert lines[1] == "*"
    assert let == copied


def test_compose_closes_what_can_be_closed():
    """The port is this machine's only, the root read-only, rights dropped, and memory, CPUs and processes limited."""
    composed = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    (service,) = composed["services"].values()
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert {"mem_limit", "cpus", "pids_limit", "stop_grace_period"} <= set(service)
    assert "privileged" not in service
    assert {volume.split(":")[0] for volume in service["volumes"]} == set(composed["volumes"])
    mounted = {volume.split(":")[1] for volume in service["volumes"]}
    (declared,) = (i.words for s in stages(read(TEXT)) for i in s.instructions if i.keyword == "VOLUME")
    assert mounted == set(declared)
    arguments = {i.rest.split("=")[0] for s in stages(read(TEXT)) for i in s.instructions if i.keyword == "ARG"}
    assert set(service["build"]["args"]) <= arguments
    assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == DOCKER / "Dockerfile"


@pytest.mark.parametrize("status", [200, 503])
def test_the_health_check_asks_the_server(status):
    """It succeeds where /health answers 200, and fails where it does not or nobody is there."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    environ = {**os.environ, "RAGSYS_SERVER_PORT": str(server.server_port)}
    command = [sys.executable, DOCKER / "health.py"]
    try:
        done = subprocess.run(command, env=environ, capture_output=True, check=False, timeout=60)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    gone = subprocess.run(command, env=environ, capture_output=True, check=False, timeout=60)
    assert (done.returncode, gone.returncode) == (0 if status == 200 else 1, 1)


def test_settings_and_extras_of_the_image_exist():
    """Every RAGSYS_ variable that the Dockerfile sets is a setting, or the index; what it installs are extras."""
    names = {name.lower() for name in re.findall(r"RAGSYS_(\w+)=", TEXT)}
    assert names - {"index"} <= set(Settings.__dataclass_fields__)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = re.search(r'"\.\[(.+?)\]"', TEXT).group(1).split(",")
    assert set(wanted) <= set(project["optional-dependencies"])
