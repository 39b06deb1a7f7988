"""`ragsys serve`."""

from __future__ import annotations

from pathlib import Path

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.config import INDEX_DIR, load_settings
from ragsys.errors import IndexNotFoundError, UsageError

__all__ = ["name_of", "serve_command"]


@click.command("serve", epilog=examples("ragsys serve", "ragsys serve papers=~/papers/.ragsys notes=~/notes/.ragsys"))
@click.argument("indexes", nargs=-1, metavar="[NAME=]INDEX...")
@click.option("--host", "server_host", help="Address to listen on; one that others can reach needs a token.")
@click.option("--port", "server_port", type=click.IntRange(0, 65535), help="Port to listen on; 0 is any.")
@click.option("--generator", help="Generator: catalogue name, hub id, folder or address.")
@click.option("--create", is_flag=True, help="Create an index that is not there.")
@common_options
def serve_command(app: App, indexes: tuple[str, ...], *, create: bool) -> int:
    """Serve indexes over HTTP, for chatbots and browsers, until Ctrl-C.

    Without INDEX, the one that other commands would use. Requests name an index by its name, in OpenAI's API the
    model; by default it is that of the folder that it lies in. The log goes to standard error, a line of JSON for
    each request.
    """
    from ragsys.server.run import require_extra, serve

    require_extra()
    flags = {name: getattr(app.settings, name) for name, origin in app.origins.items() if origin == "flag"}
    served: dict[str, tuple[Path, object]] = {}
    for text in indexes or (str(_found(app, create=create)),):
        name, path = _parsed(text)
        if name in served:
            raise UsageError(f"two indexes are called {name!r}", hint="name them: NAME=INDEX")
        served[name] = path, load_settings(flags, index=path)[0]
    serve(served, app.settings, create=create)  # type: ignore[arg-type]
    return 0


def name_of(path: Path) -> str:
    """The name that an index goes by: that of the folder that it lies in, where it is called as usual."""
    resolved = path.resolve()
    return (resolved.parent if resolved.name == INDEX_DIR else resolved).name or "index"


def _found(app: App, *, create: bool) -> Path:
    if app.index is None and not create:
        raise IndexNotFoundError("there is no index here or in any folder above")
    return app.index or Path.cwd() / INDEX_DIR


def _parsed(text: str) -> tuple[str, Path]:
    """A name and a path, out of `NAME=PATH` or a path."""
    name, equals, path = text.partition("=")
    if not equals or "/" in name or Path(text).exists():
        return name_of(Path(text).expanduser()), Path(text).expanduser()
    if not name.isprintable() or not name.strip() or not path:
        raise UsageError(f"{text!r} is no NAME=INDEX")
    return name, Path(path).expanduser()
