"""`ragsys ask --schema`: the value on standard output, what it rests on beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ragsys.cli.output import clean, one_line, place, print_json, read_input, to_json
from ragsys.cli.progress import progress_bar
from ragsys.errors import SchemaError

if TYPE_CHECKING:
    from pathlib import Path

    from ragsys.cli.app import App
    from ragsys.tasks.filling import Filled, FilledField
    from ragsys.types import Decoding

__all__ = ["fill", "read_schema_file"]

_LARGEST = 64 * 1024
_QUOTE_WIDTH = 400


def read_schema_file(path: Path) -> Any:
    """The JSON of a file, or of standard input for -. Raises `SchemaError` where it is none, or too large."""
    try:
        if str(path) == "-":
            text = read_input()
        else:
            with path.open("rb") as file:
                text = file.read(_LARGEST + 1).decode("utf-8-sig")
    except OSError as error:
        raise SchemaError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SchemaError(f"{path} is not UTF-8") from None
    if len(text.encode("utf-8", "surrogatepass")) > _LARGEST:
        raise SchemaError(f"{path} is larger than {_LARGEST // 1024} KiB")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = error.args[0] if isinstance(error, ValueError) else "it is nested too deep"
        raise SchemaError(f"{path} is not JSON: {reason}") from None


def fill(app: App, schema: object, question: str | None, where: str | None, decoding: Decoding) -> int:
    """Fill a schema and print it; the exit code is 1 where there is no value."""
    with app.open() as engine, progress_bar(enabled=not app.json, unit="fields", color=app.color) as draw:
        filled = engine.fill(
            schema,
            question,
            where=where,
            decoding=decoding,
            progress=lambda pointer, done, total: draw(one_line(pointer, 40), done, total),
        )
    if app.json:
        print_json(filled)
    else:
        _print(filled)
    return 0 if filled.status == "answered" else 1


def _print(filled: Filled) -> None:
    if filled.value is not None:
        click.echo(to_json(filled.value, indent=2))
    for pointer, field in filled.fields.items():
        click.echo(f"\n{clean(pointer)}: {_told(field)}", err=True)
        if field.citation is not None:
            click.echo(f'    "{one_line(field.citation.quote, _QUOTE_WIDTH)}"', err=True)
    if filled.reason is not None:
        click.echo(f"\nno value: {clean(filled.reason)}", err=True)
    click.echo(f"\n{len(filled.fields)} fields; {filled.timings.get('total', 0.0):.1f} s", err=True)


def _told(field: FilledField) -> str:
    """Where a field's value stands, or why there is none."""
    if field.citation is None:
        return f"no answer: {one_line(field.reason or '', _QUOTE_WIDTH)}"
    cited = field.citation
    found = place(cited.document.source, cited.page, cited.place, cited.start, cited.end)
    return f"[{cited.marker}] {found}; confidence {field.confidence:.2f}"
