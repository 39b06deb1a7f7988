"""`ragsys verify`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import clean, print_json, read_input
from ragsys.errors import UsageError

__all__ = ["verify_command"]


def _read(path: Path) -> dict[str, object]:
    try:
        text = read_input() if str(path) == "-" else path.read_text(encoding="utf-8")
        answer = json.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise UsageError(f"{path} is not JSON", hint="save one with `ragsys ask ... --json > answer.json`") from None
    if not isinstance(answer, dict):
        raise UsageError(f"{path} is not an answer", hint="save one with `ragsys ask ... --json > answer.json`")
    # A turn of `ragsys chat --json` holds its answer.
    inner = answer.get("answer")
    return inner if isinstance(inner, dict) else answer


@click.command(
    "verify", epilog=examples('ragsys ask "how long does it bake" --json > answer.json', "ragsys verify answer.json")
)
@click.argument("answer", type=click.Path(path_type=Path))
@common_options
def verify_command(app: App, answer: Path) -> int:
    """Check each citation of ANSWER, what `ragsys ask` or `summarize` printed with --json, or - for standard input.

    A citation holds where its quote is exactly the named span of the indexed text and the file on disk is still
    the one that was indexed. A file that is in no index is read again. Exit code 1 where one does not hold.
    """
    saved = _read(answer)
    if app.index is None:
        from ragsys.tasks.verifying import verify_against

        checks = verify_against(saved, None, app.settings, files=True)
    else:
        with app.open() as engine:
            checks = engine.verify(saved, files=True)
    holds = all(check.ok for check in checks)
    if app.json:
        print_json({"ok": holds, "checks": checks})
    else:
        for check in checks:
            click.echo(f"[{check.marker}] {'holds' if check.ok else 'DOES NOT HOLD'}: {clean(check.message)}")
        click.echo(f"{sum(check.ok for check in checks)} of {len(checks)} citations hold")
    return 0 if holds else 1
