"""Tokens at rest: hashes, rights, and a file that only its owner reads."""

import json
import stat

import pytest

from ragsys.errors import ConfigError, TokenUnknownError, UnauthorizedError, UsageError
from ragsys.server.identity import OWNER, identify
from ragsys.server.tokens import PREFIX, Scope, TokenFile


@pytest.fixture
def file(tmp_path):
    """A file of tokens that is not there yet."""
    return TokenFile(tmp_path / "config" / "tokens.json")


def test_only_the_hash_is_kept(file, tmp_path):
    """The secret has 256 random bits, is in no file, and the file is its owner's alone."""
    token, secret = file.create("site", Scope.READ)
    path = tmp_path / "config" / "tokens.json"
    assert len(secret) == len(PREFIX) + 43
    assert secret not in path.read_text()
    assert token.sha256 in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_finds_its_token_and_no_other(file):
    """Each secret is its own token; a part of one, or another, is none; a revoked one is none in any process."""
    first, secret = file.create("first", Scope.READ)
    file.create("second", Scope.WRITE)
    assert file.find(secret) == first
    assert file.find(secret[:-1]) is None
    other = TokenFile(file._path)
    assert other.find(secret) == first
    assert [gone.id for gone in file.revoke(first.id)] == [first.id]
    assert other.find(secret) is None
    with pytest.raises(TokenUnknownError):
        file.revoke("first")


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101])
def test_a_name_has_to_be_one(file, name):
    """Empty, unprintable and overlong names are refused."""
    with pytest.raises(UsageError):
        file.create(name, Scope.READ)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"tokens": [{"scope": "root"}]}', '{"tokens": 3}', "\0"])
def test_a_file_that_is_damaged_lets_nobody_in(file, tmp_path, text):
    """A file that cannot be read is an error, never an empty list of tokens."""
    file.create("first", Scope.READ)
    (tmp_path / "config" / "tokens.json").write_text(text)
    with pytest.raises(ConfigError):
        identify(None, file)


def test_a_scope_that_nobody_knows_is_an_error(file, tmp_path):
    """A token does not come to mean something else in another version."""
    file.create("first", Scope.READ)
    path = tmp_path / "config" / "tokens.json"
    kept = json.loads(path.read_text())
    kept["tokens"][0]["scope"] = "superuser"
    path.write_text(json.dumps(kept))
    with pytest.raises(ConfigError):
        file.tokens()


def test_without_tokens_everybody_is_the_owner(file):
    """Until there is a token; then none is nobody."""
    assert identify(None, file) is OWNER
    file.create("first", Scope.READ)
    for header in (None, "", "Bearer", "Basic rag_x", "Bearer x", f"Bearer {PREFIX}x", f"Bearer {PREFIX}{'x' * 300}"):
        with pytest.raises(UnauthorizedError):
            identify(header, file)


def test_a_token_sees_by_whom_it_acts_for(file):
    """Its principals and its own name; an admin's without principals is the owner, another sees what all may."""
    made = {
        name: file.create(name, scope, names)
        for name, scope, names in (
            ("ann", Scope.WRITE, ["user:ann"]),
            ("owner", Scope.ADMIN, []),
            ("site", Scope.READ, []),
        )
    }
    who = {name: identify(f"bearer {secret}", file) for name, (_, secret) in made.items()}
    assert who["ann"].principals == ("user:ann", f"token:{made['ann'][0].id}")
    assert (who["owner"].principals, who["owner"].named) == (None, False)
    assert who["site"].principals == (f"token:{made['site'][0].id}",)
    assert [who[name].named for name in ("ann", "site")] == [True, False]
