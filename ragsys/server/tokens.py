"""Bearer tokens: made once, shown once, kept as hashes in a file that only its owner reads.

A token is 256 random bits, so a plain SHA-256 of it cannot be searched; no salt or slow hash is needed. A server reads
the file again when it changes: a revoked token stops working without a restart. Knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from ragsys.errors import ConfigError, TokenUnknownError, UsageError
from ragsys.retrieve import check_principals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["PREFIX", "Scope", "Token", "TokenFile"]

PREFIX = "rag_"
_BITS = 256
_ID_BYTES = 4
_LONGEST_NAME = 100
_MOST = 10_000


class Scope(IntEnum):
    """What a token may do; each scope includes those before it."""

    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept: never itself.

    `principals` are the names that it vouches for, `indexes` the names of those that it may see; None is any.
    """

    id: str
    name: str
    scope: str
    principals: tuple[str, ...]
    indexes: tuple[str, ...] | None
    sha256: str
    created_at: str


class TokenFile:
    """The tokens in one file, which need not be there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._tokens: tuple[Token, ...] = ()

    def tokens(self) -> tuple[Token, ...]:
        """The tokens, read again where the file has changed. Raises `ConfigError` for a file that is none."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._tokens = None, ()
            return ()
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        if stamp != self._stamp:
            self._tokens, self._stamp = self._read(), stamp
        return self._tokens

    def find(self, secret: str) -> Token | None:
        """The token that `secret` is, or None; takes as long either way."""
        digest = _digest(secret)
        found = None
        for token in self.tokens():
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found

    def create(
        self, name: str, scope: Scope, principals: Iterable[str] = (), indexes: Iterable[str] | None = None
    ) -> tuple[Token, str]:
        """Keep a new token, and return it with its secret, which is nowhere else.

        Raises:
            UsageError: a name or a principal that cannot be one.
        """
        if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise UsageError("a token needs a printable name of at most 100 characters")
        secret = PREFIX + secrets.token_urlsafe(_BITS // 8)
        token = Token(
            id=secrets.token_hex(_ID_BYTES),
            name=name,
            scope=scope.name.lower(),
            principals=check_principals(principals),
            indexes=None if indexes is None else tuple(sorted(set(indexes))),
            sha256=_digest(secret),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._change(lambda tokens: (*tokens, token))
        return token, secret

    def revoke(self, id_or_name: str) -> list[Token]:
        """Forget the tokens of this id or name. Raises `TokenUnknownError` where there are none."""
        gone = [token for token in self.tokens() if id_or_name in {token.id, token.name}]
        if not gone:
            raise TokenUnknownError(f"there is no token {id_or_name!r}")
        self._change(lambda tokens: tuple(token for token in tokens if token not in gone))
        return gone

    def _change(self, change: Any) -> None:
        from filelock import FileLock

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_name(self._path.name + ".lock")):
                self._write(change(self.tokens()))
        except OSError as error:
            raise ConfigError(f"cannot write {self._path}: {error.strerror}") from None

    def _write(self, tokens: tuple[Token, ...]) -> None:
        fresh = self._path.with_name(self._path.name + ".tmp")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"tokens": [asdict(token) for token in tokens]}, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    def _read(self) -> tuple[Token, ...]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))["tokens"]
            return tuple(_parsed(entry) for entry in kept[:_MOST])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"cannot read the tokens in {self._path} ({type(error).__name__})") from None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _parsed(entry: dict[str, Any]) -> Token:
    """A token out of the file; one whose scope nobody knows is an error, not a token that may do something."""
    values = {field.name: entry[field.name] for field in fields(Token)}
    Scope[str(values["scope"]).upper()]
    indexes = values["indexes"]
    return Token(
        **{
            **values,
            "principals": tuple(map(str, values["principals"])),
            "indexes": None if indexes is None else tuple(map(str, indexes)),
        }
    )
