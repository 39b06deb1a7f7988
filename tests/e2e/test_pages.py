"""Pages beside files in processes of their own: offline, and while files are watched."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest
import site_server

CLI = [sys.executable, Path(__file__).parents[1] / "support" / "hash_cli.py"]
ALLOWED = ("--allow-network", "--allowed-hosts", "127.0.0.1")


@pytest.fixture
def site():
    """A site with one page."""
    with site_server.serve() as running:
        running.pages["/tea"] = "<!doctype html><p>The text about tea.</p>"
        yield running


def test_offline_wins_over_permission(site, tmp_path):
    """In a process of its own, because the hook stays; files are updated, pages left."""
    (tmp_path / "a.txt").write_text("A text.")
    done = subprocess.run(
        [*CLI, "add", f"{site.url}/tea", *ALLOWED, "--offline"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, site.requests) == (6, [])
    assert "offline" in done.stderr
    subprocess.run([*CLI, "add", "a.txt", f"{site.url}/tea", *ALLOWED], cwd=tmp_path, check=True, capture_output=True)
    asked = len(site.requests)
    done = subprocess.run(
        [*CLI, "update", *ALLOWED, "--offline"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, len(site.requests)) == (0, asked)
    assert "were not looked at" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are waited for as POSIX does")
def test_watch_asks_no_server(site, tmp_path):
    """Files are followed, pages are not, also where fetching is allowed by the settings."""
    (tmp_path / "a.txt").write_text("A text.")
    added = subprocess.run(
        [*CLI, "add", "a.txt", f"{site.url}/tea", *ALLOWED], cwd=tmp_path, capture_output=True, check=False
    )
    assert added.returncode == 0, added.stderr
    asked = len(site.requests)
    allowed = os.environ | {"RAGSYS_ALLOW_NETWORK": "1", "RAGSYS_ALLOWED_HOSTS": "127.0.0.1"}
    command = [*CLI, "watch", "--json", "--interval", "0.1", "--poll"]
    (tmp_path / "a.txt").write_text("Another text.")
    with subprocess.Popen(
        command, cwd=tmp_path, env=allowed, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            ready, _, _ = select.select([process.stdout], [], [], 60)
            assert ready
            assert json.loads(process.stdout.readline())["updated"] == 1
        finally:
            process.kill()
    assert len(site.requests) == asked
