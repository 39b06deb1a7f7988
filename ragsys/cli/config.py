"""`ragsys config show`."""

from __future__ import annotations

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import print_json
from ragsys.config import setting_help

__all__ = ["config_command"]


@click.group("config")
def config_command() -> None:
    """Show the settings: flags come before RAGSYS_* variables, those before files, those before defaults."""


@config_command.command("show", epilog=examples("RAGSYS_TOP_K=5 ragsys config show"))
@common_options
def _show(app: App) -> int:
    """Print each setting, its value and where the value came from."""
    values = {name: getattr(app.settings, name) for name in app.origins}
    if app.json:
        print_json({name: {"value": value, "origin": app.origins[name]} for name, value in values.items()})
        return 0
    helps = setting_help()
    for name, value in values.items():
        click.echo(f"{name} = {value!r}  ({app.origins[name]})\n    {helps[name]}")
    return 0
