"""Who is calling, and what they may do: a token says it.

Where there are no tokens, the server listens on the loopback only, and whoever reaches it is the owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import ForbiddenError, UnauthorizedError
from ragsys.server.tokens import PREFIX, Scope

if TYPE_CHECKING:
    from ragsys.server.tokens import Token, TokenFile

__all__ = ["OWNER", "Identity", "identify"]

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. `principals` None is the owner, who lists and manages everything; `indexes` None is all of them."""

    id: str
    scope: Scope
    principals: tuple[str, ...] | None = None
    indexes: tuple[str, ...] | None = None
    named: bool = False

    def require(self, scope: Scope) -> None:
        """Raises `ForbiddenError` where the caller may not do what has this scope."""
        if self.scope < scope:
            raise ForbiddenError(f"this needs a token with the scope {scope.name.lower()}")

    def sees(self, index: str) -> bool:
        """Whether the index is there for the caller."""
        return self.indexes is None or index in self.indexes


OWNER = Identity("local", Scope.ADMIN)


def identify(authorization: str | None, tokens: TokenFile) -> Identity:
    """The caller behind an `Authorization` header.

    Raises:
        UnauthorizedError: there are tokens, and this is none of them.
    """
    if not tokens.tokens():
        return OWNER
    kind, _, secret = (authorization or "").partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not secret.startswith(PREFIX) or len(secret) > _LONGEST:
        raise UnauthorizedError("a token is needed")
    token = tokens.find(secret)
    if token is None:
        raise UnauthorizedError("this token is not valid")
    return _of(token)


def _of(token: Token) -> Identity:
    """A token's identity. Its own name is among its principals: conversations of two tokens never mix."""
    scope = Scope[token.scope.upper()]
    named = bool(token.principals)
    if scope is Scope.ADMIN and not named:
        return Identity(token.id, scope, None, token.indexes)
    return Identity(token.id, scope, (*token.principals, f"token:{token.id}"), token.indexes, named=named)
