"""`ragsys token` and how `ragsys serve` starts, or does not."""

import json

import pytest
from click.testing import CliRunner

from ragsys.cli.main import cli
from ragsys.cli.serve import name_of
from ragsys.errors import AddressError, ExtraMissingError, IndexNotFoundError, TokenRequiredError, UsageError
from ragsys.server.run import listen


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line with a configuration of its own; returns what it printed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("RAGSYS_INDEX", raising=False)
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        result = CliRunner().invoke(cli, arguments, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return result.stdout

    return invoke


def test_a_token_is_shown_once(run, tmp_path):
    """`create` prints the secret; `list` shows everything but that; `revoke` ends it."""
    secret = run("token", "create", "site", "--scope", "write", "--as", "user:ann", "--only", "papers").strip()
    assert secret.startswith("rag_")
    (listed,) = json.loads(run("token", "list", "--json"))["tokens"]
    assert (listed["name"], listed["scope"], listed["principals"]) == ("site", "write", ["user:ann"])
    assert listed["indexes"] == ["papers"]
    assert secret not in run("token", "list")
    assert json.loads(run("token", "revoke", "site", "--json"))["revoked"][0]["id"] == listed["id"]
    assert json.loads(run("token", "list", "--json"))["tokens"] == []


def test_a_public_address_needs_a_token(run):
    """Nobody listens where others reach it without one."""
    with pytest.raises(TokenRequiredError):
        run("serve", ".ragsys", "--create", "--host", "0.0.0.0", "--port", "0")


def test_an_index_that_is_not_there_is_not_served(run, tmp_path):
    """Unless it is to be created, or where two have one name."""
    with pytest.raises(IndexNotFoundError):
        run("serve")
    with pytest.raises(IndexNotFoundError):
        run("serve", str(tmp_path / "none"), "--port", "0")
    with pytest.raises(UsageError, match="two indexes"):
        run("serve", "a=x", "a=y")


def test_a_missing_extra_names_itself(run, monkeypatch):
    """Without FastAPI, the error says what to install."""
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "fastapi" else find(name))
    with pytest.raises(ExtraMissingError) as missing:
        run("serve")
    assert "ragsys[server]" in missing.value.hint


@pytest.mark.parametrize("host", ["example.org", "999.1.1.1", "192.0.2.1"])
def test_an_address_that_is_not_here_is_an_error(host):
    """A name is not looked up, and an address of another machine is none to listen on."""
    with pytest.raises(AddressError):
        listen(host, 0)


def test_an_index_goes_by_the_name_of_its_folder(tmp_path):
    """The folder that `.ragsys` lies in, or its own name where it is called otherwise."""
    assert name_of(tmp_path / "papers" / ".ragsys") == "papers"
    assert name_of(tmp_path / "my-index") == "my-index"
