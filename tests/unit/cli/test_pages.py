"""Web addresses on the command line: allowed or not, in every command that names documents."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import ragsys.models
from ragsys.cli.main import main
from ragsys.testing import HashEmbedder

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
ALLOWED = ("--allow-network", "--allowed-hosts", "127.0.0.1")


@pytest.fixture
def site():
    """A site with two pages and a sitemap of them."""
    import site_server

    with site_server.serve() as running:
        for name in ("tea", "milk"):
            text = f"<!doctype html><title>All about {name}</title><p>The text about {name}.</p>"
            running.pages[f"/{name}"] = (200, {"ETag": f'"{name}"'}, text)
        listed = "".join(f"<url><loc>{running.url}/{name}</loc></url>" for name in ("tea", "milk"))
        running.pages["/map"] = (200, {"Content-Type": "text/xml"}, f"<urlset>{listed}</urlset>")
        yield running


@pytest.fixture
def ragsys_command(tmp_path, monkeypatch, capsysbinary):
    """Runs a command in a folder of its own; gives exit code, output and diagnostics."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAGSYS_PAGE_PAUSE", "0")
    monkeypatch.setattr(ragsys.models, "load_embedder", lambda settings: HashEmbedder())
    monkeypatch.setattr("signal.signal", lambda number, handler: None)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["ragsys", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsysbinary.readouterr()
        return stop.value.code, printed.out.decode(), printed.err.decode()

    return run


def test_without_permission_there_is_a_hint(ragsys_command, site, tmp_path):
    """Exit code 2, what to add, and nothing asked or stored; so for `inspect`, and for a private host."""
    for command in (
        ("add", f"{site.url}/tea"),
        ("inspect", f"{site.url}/tea"),
        ("add", "--dry-run", f"{site.url}/tea"),
    ):
        status, _, err = ragsys_command(*command)
        assert status == 2
        assert "network-not-allowed" in err
        assert "--allow-network" in err
    status, _, err = ragsys_command("add", f"{site.url}/tea", "--allow-network")
    assert status == 1
    assert "address-private" in err
    assert site.requests == []


def test_pages_in_every_command(ragsys_command, site):
    """Added, listed, shown, counted, looked at again, stopped, removed and forgotten by their addresses."""
    tea = f"{site.url.upper()}/tea#part"
    status, out, _ = ragsys_command("add", f"{site.url}/map", *ALLOWED, "--dry-run", "--json")
    assert (status, len(json.loads(out)["new"])) == (0, 2)
    status, out, _ = ragsys_command("add", f"{site.url}/map", tea.replace("HTTP", "http"), *ALLOWED)
    assert status == 0
    assert out.startswith("2 added")
    assert f"{site.url}/milk" in ragsys_command("list")[1]
    assert "All about tea" in ragsys_command("get", tea)[1]
    assert ragsys_command("get", tea, "--text")[1].strip() == "The text about tea."
    status, out, _ = ragsys_command("status", "--coverage", "--json")
    assert site.url in [row["name"] for row in json.loads(out)["coverage"]["folders"]]
    assert f"{site.url}/map" in ragsys_command("update", "--list")[1]
    status, out, err = ragsys_command("update")
    assert "0 added" in out
    assert "pages-left" in err or "were not looked at" in err
    status, out, _ = ragsys_command("update", *ALLOWED)
    assert status == 0
    assert "2 unchanged" in out
    assert ragsys_command("update", "--stop", tea)[0] == 0
    assert ragsys_command("rm", tea)[0] == 0
    assert ragsys_command("forget", f"{site.url}/milk")[0] == 0
    assert json.loads(ragsys_command("list", "--json")[1])["documents"] == []


def test_what_is_gone_is_named(ragsys_command, site):
    """Without --prune it is only said, by its address."""
    ragsys_command("add", f"{site.url}/tea", *ALLOWED)
    del site.pages["/tea"]
    _, _, err = ragsys_command("update", "--no-prune", *ALLOWED)
    assert f"gone: {site.url}/tea" in err


def test_a_page_is_inspected(ragsys_command, site):
    """As a file is."""
    status, out, _ = ragsys_command("inspect", f"{site.url}/tea", *ALLOWED, "--json")
    assert (status, json.loads(out)["title"]) == (0, "All about tea")


def test_an_unknown_page_is_not_found(ragsys_command, site):
    """Like an unknown file, with those that are like it."""
    ragsys_command("add", f"{site.url}/tea", *ALLOWED)
    status, _, err = ragsys_command("get", f"{site.url}/teas")
    assert status == 2
    assert f"{site.url}/tea" in err
