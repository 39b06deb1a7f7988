"""`ragsys token`: who may call the server."""

from __future__ import annotations

from pathlib import Path

import click

from ragsys.cli.app import App, acting_as, common_options, examples
from ragsys.cli.output import clean, print_json
from ragsys.server.tokens import Scope, Token, TokenFile

__all__ = ["token_command"]


@click.group("token")
def token_command() -> None:
    """Make, list and revoke the tokens that `ragsys serve` asks for. Once there is one, every request needs one."""


@token_command.command(
    "create", epilog=examples("ragsys token create website", "ragsys token create ann --scope write --as user:ann")
)
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice([scope.name.lower() for scope in Scope]),
    default="read",
    help="read (search, ask), write (and upload, remove) or admin (and metrics; sees all).",
)
@click.option("--only", multiple=True, metavar="INDEX", help="The name of an index that it may see; repeatable.")
@acting_as
@common_options
def _create(app: App, name: str, *, scope: str, only: tuple[str, ...]) -> int:
    """Make a token and print it, this once: only its hash is kept.

    --as names whom it acts for: it then sees what they may see. Without, it sees what everyone may; an admin's sees
    everything.
    """
    token, secret = _file(app).create(name, Scope[scope.upper()], app.principals or (), only or None)
    if app.json:
        print_json({"token": secret, **_shown(token)})
        return 0
    click.echo(secret)
    click.echo(f"{token.id}: keep it, it is not shown again", err=True)
    return 0


@token_command.command("list", epilog=examples("ragsys token list"))
@common_options
def _list(app: App) -> int:
    """List tokens: id, scope, when, name, whom they act for."""
    tokens = _file(app).tokens()
    if app.json:
        print_json({"tokens": [_shown(token) for token in tokens]})
        return 0
    for token in tokens:
        names = f"  as {clean(', '.join(token.principals))}" if token.principals else ""
        only = f"  only {clean(', '.join(token.indexes))}" if token.indexes is not None else ""
        click.echo(f"{token.id}  {token.scope:5}  {token.created_at[:10]}  {clean(token.name)}{names}{only}")
    click.echo(f"{len(tokens)} tokens", err=True)
    return 0


@token_command.command("revoke", epilog=examples("ragsys token revoke 5f0c6d1b"))
@click.argument("token")
@common_options
def _revoke(app: App, token: str) -> int:
    """Revoke TOKEN, by its id or name. A server that is running takes it no more."""
    gone = _file(app).revoke(token)
    if app.json:
        print_json({"revoked": [_shown(token) for token in gone]})
    else:
        click.echo(f"revoked {len(gone)} tokens")
    return 0


def _file(app: App) -> TokenFile:
    return TokenFile(Path(app.settings.server_tokens).expanduser())


def _shown(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "scope": token.scope,
        "principals": token.principals,
        "indexes": token.indexes,
        "created_at": token.created_at,
    }
