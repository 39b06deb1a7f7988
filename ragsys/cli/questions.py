"""`ragsys eval generate`: questions from one's own documents, and whether a generator may write some of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, common_options
from ragsys.cli.output import clean, print_json
from ragsys.cli.progress import progress_bar
from ragsys.errors import ConfigError, GenerationError, ModelError, UsageError

if TYPE_CHECKING:
    from ragsys.engine import QueryEngine
    from ragsys.evaluation.written import Written

__all__ = ["generate_command"]


@click.command("generate", short_help="Make questions from your own documents.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder to write the set to.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="The most questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the choice.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(["title", "heading", "masked", "keywords", "written"]),
    multiple=True,
    help="Only this kind of question; repeat for more.",
)
@click.option("--no-corpus", is_flag=True, help="Leave the documents' texts out; the set then needs this index.")
@click.option(
    "--generator", help="Let this generator write some, if it is good enough: catalogue name, hub id, folder."
)
@click.option("--no-generator", is_flag=True, help="Let no generator write any.")
@common_options
def generate_command(
    app: App, output: Path, limit: int, seed: int, kinds: tuple[str, ...], *, no_corpus: bool, no_generator: bool
) -> int:
    """Make questions from your own documents, without labels: titles, headings, sentences with a gap, keywords.

    They are written in BEIR's layout. Ambiguous, too short, too long and repeated ones are left out. Such questions
    show whether a change made things worse, not how good the system is: they borrow the documents' own words.

    A generator writes some where it is good enough. That is measured on the spot: each question has to find its passage
    and be answered by its sentence; where too few do, none is used. The default generator is known not to be good
    enough and is only tried where --generator or --kind written asks for it.
    """
    from ragsys.evaluation import generate
    from ragsys.evaluation.questions import KINDS, NOTE, WRITTEN

    if no_generator and WRITTEN in kinds:
        raise UsageError("--no-generator leaves out what --kind written asks for", hint="leave out one of them")
    plain = tuple(kind for kind in kinds if kind != WRITTEN) if kinds else KINDS
    with app.open() as engine:
        written, reason = None, ""
        if not no_generator and (not kinds or WRITTEN in kinds):
            named = WRITTEN in kinds or click.get_current_context().params.get("generator") is not None
            written, reason = _write(app, engine, -(-limit // (len(plain) + 1)), seed, named=named)
        if reason:
            click.echo(reason, err=True)
        made = generate(engine, output, limit=limit, seed=seed, kinds=plain, corpus=not no_corpus, written=written)
    counts = {kind: sum(item.kind == kind for item in made) for kind in (*KINDS, WRITTEN)}
    if app.json:
        about = {"written": written.figures() if written else None, "note": NOTE}
        print_json({"output": str(output), "questions": len(made), "kinds": counts, "seed": seed, **about})
        return 0
    found = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number)
    click.echo(f"{len(made)} questions in {clean(str(output))}: {found}")
    click.echo(NOTE, err=True)
    click.echo(f"next: ragsys eval retrieval {clean(str(output))} --index {clean(str(app.index))}", err=True)
    return 0


def _write(app: App, engine: QueryEngine, limit: int, seed: int, *, named: bool) -> tuple[Written | None, str]:
    """What the generator wrote, if it was asked, and what is to be said about it.

    One that was not named is left out where it is known not to be good enough, is not here, or fails.
    """
    from ragsys.evaluation.written import write_questions
    from ragsys.generate import profile_of
    from ragsys.generate.adapting import name_of_generator

    try:
        name = name_of_generator(app.settings)
        if not named and not profile_of(name).asks:
            return (
                None,
                f"{clean(name)} wrote no questions: by measurement it is not good enough; --generator names another",
            )
        with progress_bar(enabled=not app.json, unit="kept", color=app.color) as draw:
            written = write_questions(engine, engine.generator, limit=limit, seed=seed, progress=draw)
    except (ModelError, GenerationError, ConfigError) as error:
        if named:
            raise
        return None, f"no generator wrote questions [{error.code}]: {clean(error.message)}"
    return written, clean(written.note)
