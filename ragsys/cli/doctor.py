"""`ragsys doctor`."""

from __future__ import annotations

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import clean, print_json

__all__ = ["doctor_command"]


@click.command("doctor", epilog=examples("ragsys doctor --repair"))
@click.option("--repair", is_flag=True, help="Rebuild derived files. The documents themselves are never touched.")
@common_options
def doctor_command(app: App, *, repair: bool) -> int:
    """Check the database, the vectors, the snapshots and the surroundings; exit code 1 where something is wrong."""
    with app.open() as engine:
        findings = engine.doctor(repair=repair)
    wrong = [finding for finding in findings if finding.severity == "error"]
    if app.json:
        print_json({"ok": not wrong, "findings": findings})
    else:
        for finding in findings:
            click.echo(f"{finding.severity:<8} {finding.code}: {clean(finding.message)}")
        if any(finding.repairable for finding in wrong):
            click.echo("run `ragsys doctor --repair` to rebuild what is derived", err=True)
        click.echo("healthy" if not wrong else f"{len(wrong)} problems")
    return 1 if wrong else 0
