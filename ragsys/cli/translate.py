"""`ragsys translate`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, acting_as, common_options, examples
from ragsys.cli.documents import document_name
from ragsys.cli.output import clean, prints_unicode, read_input, warn
from ragsys.cli.progress import progress_bar
from ragsys.errors import ModelMissingError, NotFoundError, UsageError
from ragsys.plain import as_data
from ragsys.types import Decoding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.generate import TranslatedSentence, TranslationPlan
    from ragsys.protocols import Embedder

__all__ = ["translate_command"]


@click.command(
    "translate",
    epilog=examples(
        "ragsys translate notes.md --to zh",
        "ragsys translate --passage 17 --to en --json",
        "cat letter.txt | ragsys translate - --to en --text",
    ),
)
@click.argument("what", required=False)
@click.option("--to", required=True, metavar="CODE", help="Language of the translation: en, zh, de, ...")
@click.option("--from", "source_language", metavar="CODE", help="Language of the text, if it cannot be told.")
@click.option("--passage", type=click.IntRange(1), help="Translate this passage (its id from `search --json`).")
@click.option(
    "--text", "only_text", is_flag=True, help="Print the translation alone; a failed sentence as [?: source]."
)
@click.option("--generator", help="Generator: catalogue name, hub id or folder.")
@click.option("--temperature", type=click.FloatRange(0.0, 5.0), default=0.0, help="0 is greedy, the default.")
@click.option("--seed", type=int, help="Seed of the sampling.")
@acting_as
@common_options
def translate_command(
    app: App,
    what: str | None,
    *,
    to: str,
    source_language: str | None,
    passage: int | None,
    only_text: bool,
    temperature: float,
    seed: int | None,
) -> int:
    """Translate WHAT sentence by sentence: a document of the index (id or source), a file, or - for standard input.

    Each sentence stands with its source and is checked: numbers, length, language, repetition, copies, and its meaning
    as far as the embedder can tell. One that fails is marked, and the exit code is then 1. A check that passes proves
    nothing: how well the generator does the pair of languages is said first, where it was measured.
    """
    if (what is None) == (passage is None):
        raise UsageError("name one thing to translate", hint="a document, a file, - or --passage ID")
    decoding = Decoding(temperature=temperature, seed=seed)
    failed = done = 0
    plan, sentences = _begin(app, what, to=to, source_language=source_language, passage=passage, decoding=decoding)
    if not app.json:
        warn(plan.warnings)
    show = _json_item if app.json else _text if only_text else _pair
    if app.json:
        click.echo(f'{{"plan": {_as_json(plan)}, "sentences": [', nl=False)
    with progress_bar(enabled=not app.json, unit="characters", color=app.color) as draw:
        for number, sentence in enumerate(sentences):
            done += len(sentence.source)
            draw(f"{plan.from_language} > {plan.to_language}", done, plan.characters)
            show(sentence, number)
            failed += bool(sentence.problems)
    if app.json:
        click.echo(f'], "failed": {failed}, "warnings": {_as_json(plan.warnings)}}}')
    elif failed:
        click.echo(f"{failed} sentences failed a check", err=True)
    return 1 if failed else 0


def _begin(
    app: App,
    what: str | None,
    *,
    to: str,
    source_language: str | None,
    passage: int | None,
    decoding: Decoding,
) -> tuple[TranslationPlan, Iterator[TranslatedSentence]]:
    """The translation of what the index knows under that name; else of the file; else of standard input."""
    if passage is not None or (what not in {None, "-"} and app.index is not None):
        with app.open() as engine:
            name = None if what is None else document_name(what)
            try:
                return engine.translate(
                    name, to=to, passage=passage, source_language=source_language, decoding=decoding
                )
            except NotFoundError:
                if what is None or not Path(what).is_file():
                    raise
    from ragsys.generate import load_generator
    from ragsys.tasks.translating import stream_translation

    text = _read(app, what or "-")
    generator = load_generator(app.settings)
    return stream_translation(
        text,
        source=what or "-",
        to=to,
        source_language=source_language,
        generator=generator,
        embedder=_embedder(app),
        decoding=decoding,
    )


def _read(app: App, what: str) -> str:
    """The text of a file, as `add` would read it, or standard input."""
    if what == "-":
        return read_input()
    if not Path(what).is_file():
        raise NotFoundError(f"there is no file {what!r}, and no index that could hold a document of that name")
    from ragsys.ingest import extract_file

    return extract_file(Path(what), app.settings).text


def _embedder(app: App) -> Embedder | None:
    """The embedder, which compares meanings; a translation does without where it is not here."""
    from ragsys.models import load_embedder

    try:
        return load_embedder(app.settings)
    except ModelMissingError:
        return None


def _as_json(value: object) -> str:
    return json.dumps(as_data(value), ensure_ascii=not prints_unicode(sys.stdout))


def _json_item(sentence: TranslatedSentence, number: int) -> None:
    """One item of an array that is written as it comes: a long document is never held as JSON."""
    click.echo(f"{', ' if number else ''}{_as_json(sentence)}", nl=False)


def _text(sentence: TranslatedSentence, _number: int) -> None:
    """The translation alone; where it failed a check, the source stands for it."""
    click.echo(clean(f"[?: {sentence.source}]" if sentence.problems else sentence.target))


def _pair(sentence: TranslatedSentence, number: int) -> None:
    """The source, and the translation under it."""
    mark = f"[? {', '.join(sentence.problems)}] " if sentence.problems else ""
    click.echo("\n" if number else "", nl=False)
    click.echo(f"  {clean(sentence.source)}\n> {mark}{clean(sentence.target)}")
