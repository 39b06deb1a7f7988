"""`ragsys models list`, `pull`, `verify` and `rm`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ragsys.cli.app import App, common_options
from ragsys.cli.output import clean, print_json
from ragsys.cli.progress import progress_bar
from ragsys.config import is_address

if TYPE_CHECKING:
    from ragsys.models import LocalModel

__all__ = ["models_command"]


@click.group("models")
def models_command() -> None:
    """List, pull, verify and remove models. What was pulled is checked by SHA-256 before it is used."""


@models_command.command("list")
@common_options
def _list(app: App) -> int:
    """List the catalogue, and every other model on this machine: what it is for, its licence, its size."""
    from ragsys.models import catalogue, local

    folder = Path(app.settings.models_dir)
    here = {model.name: model for model in local(folder)}
    known = {entry.name: entry for entry in catalogue()}
    rows = []
    for name in (*known, *(name for name in here if name not in known)):
        entry, model = known.get(name), here.get(name)
        kind, licence = (model.manifest.kind, model.manifest.licence) if model else ("", "")
        row: dict[str, Any] = {
            "name": name,
            "kind": entry.kind if entry else kind,
            "licence": entry.licence if entry else licence,
        }
        row |= {"installed": model is not None, "entry": entry} | _place(model)
        rows.append((row, entry.description if entry else _origin(model)))
    if app.json:
        print_json({"models": [row for row, _ in rows]})
        return 0
    for row, text in rows:
        size = f"{row['bytes'] / 1e6:,.1f} MB" if row["installed"] else "-"
        line = f"{row['name']:<24} {row['kind']:<10} {size:>10}  {row['licence']:<14} {text}"
        click.echo(clean(line))
    return 0


def _place(model: LocalModel | None) -> dict[str, Any]:
    """Where a model lies, what it takes and where it came from; nulls for one that is not here."""
    if model is None:
        return dict.fromkeys(("path", "bytes", "origin", "commit", "int8"))
    manifest = model.manifest
    size = sum(file.stat().st_size for file in model.path.rglob("*") if file.is_file())
    place: dict[str, Any] = {
        "path": str(model.path),
        "bytes": size,
        "origin": manifest.origin,
        "commit": manifest.commit,
    }
    return place | {"int8": manifest.int8 or None}


def _origin(model: LocalModel | None) -> str:
    """One line on where a model that is not in the catalogue came from."""
    if model is None or not model.manifest.origin:
        return ""
    return f"hub, commit {model.manifest.commit[:12]}" if model.manifest.commit else model.manifest.origin[0]


@models_command.command("pull")
@click.argument("names", nargs=-1)
@click.option("--force", is_flag=True, help="Fetch and convert again, whatever is here under that name.")
@common_options
def _pull(app: App, names: tuple[str, ...], *, force: bool) -> int:
    """Fetch NAMES (the configured embedder and generator if none is named), check and convert them.

    A name is one of the catalogue, a hub id (org/name or org/name@REVISION), or a folder of your own with a
    sentence-transformers model or a causal language model, which is copied under the folder's name.

    A pull that was interrupted resumes. Nothing of a downloaded package or repository is ever run, and only safetensors
    and GGUF weights are read.
    """
    from ragsys.models import pull

    pulled = []
    for name in names or (n for n in (app.settings.embedder, app.settings.generator) if not is_address(n)):
        with progress_bar(enabled=not app.json, unit="bytes", color=app.color) as draw:
            model = pull(
                name,
                models_dir=Path(app.settings.models_dir),
                offline=app.settings.offline,
                force=force,
                progress=lambda p: draw(p.text, p.done, p.total),
            )
        pulled.append(model)
        if not app.json:
            _report(model)
    if app.json:
        print_json({"models": [{"name": m.name, "licence": m.manifest.licence, **_place(m)} for m in pulled]})
    return 0


def _report(model: LocalModel) -> None:
    """Say what was pulled, and on standard error what its user should know."""
    manifest = model.manifest
    click.echo(f"{clean(model.name)}  {model.path}")
    if manifest.notice:
        click.echo(f"  {clean(manifest.notice)}", err=True)
    elif manifest.commit or manifest.licence == "unknown":
        click.echo(f"  licence: {clean(manifest.licence)}", err=True)
    if "rejected" in manifest.int8:
        click.echo(f"  no int8 copy, so it runs in fp32: {clean(str(manifest.int8['rejected']))}", err=True)


@models_command.command("verify")
@click.argument("names", nargs=-1)
@common_options
def _verify(app: App, names: tuple[str, ...]) -> int:
    """Hash every file of NAMES (every model on this machine if none is named) and compare with the recorded hashes."""
    from ragsys.models import verify

    folder = Path(app.settings.models_dir)
    results = [result for name in names or (None,) for result in verify(folder, name)]
    if app.json:
        print_json({"ok": all(r.ok for r in results), "files": results})
    else:
        for result in results:
            click.echo(f"{'ok' if result.ok else 'WRONG':<6} {result.model}/{result.file}  {clean(result.message)}")
        click.echo(f"{sum(r.ok for r in results)} of {len(results)} files are right", err=True)
    return 0 if all(r.ok for r in results) else 1


@models_command.command("rm")
@click.argument("names", nargs=-1, required=True)
@common_options
def _rm(app: App, names: tuple[str, ...]) -> int:
    """Delete NAMES from the model folder. A folder that a model was copied from stays as it is."""
    from ragsys.models import remove

    removed = [remove(name, Path(app.settings.models_dir)) for name in names]
    if app.json:
        print_json({"removed": [{"name": model.name, "path": str(model.path)} for model in removed]})
    else:
        for model in removed:
            click.echo(f"removed {clean(model.name)}  {model.path}")
    return 0
