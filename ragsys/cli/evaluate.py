"""`ragsys eval retrieval` and `qa`: what measures an index. What judges runs is in `judge`."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ragsys.cli.app import App, common_options
from ragsys.cli.judge import compare_command, gate_command, report_command
from ragsys.cli.output import clean, one_line, print_json
from ragsys.cli.progress import progress_bar
from ragsys.cli.questions import generate_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ragsys.engine import QueryEngine
    from ragsys.evaluation import Dataset, Run

__all__ = ["eval_command"]

_QUESTION_WIDTH = 40


@click.group("eval")
def eval_command() -> None:
    """Measure retrieval and answers, compare runs, and stop a release that got worse.

    \b
      ragsys eval retrieval DATASET --run runs/new       # measure
      ragsys eval compare runs/old runs/new              # is the difference more than chance?
      ragsys eval gate runs/new --baseline runs/old      # exit code 1 if it is not good enough
      ragsys eval report runs/old runs/new -o report.html
      ragsys eval generate -o questions                  # no questions yet? make some from your documents

    Measures have the names of ir-measures (nDCG@10, R@100, RR@10, AP, P@5, Success@5); AnswerR@5 is the share of
    questions for which one of the first five passages holds an answer. They need: pip install 'ragsys[eval]'
    """  # noqa: D301 - click keeps the lines after this mark as they are


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of everything that measures an index on a set."""
    for option in reversed(
        [
            click.option("--split", help="Judgements qrels/SPLIT.tsv [default: test, else dev, else train]."),
            click.option("--qrels", type=click.Path(path_type=Path), help="A file of judgements, BEIR's or TREC's."),
            click.option("--limit", type=click.IntRange(1), help="Only so many questions, chosen by --seed."),
            click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is chosen."),
            click.option(
                "--run", "run_folder", type=click.Path(path_type=Path), help="Write the run here, to compare it later."
            ),
            click.option("--chunk-tokens", type=click.IntRange(16), help="The most tokens in a passage."),
            click.option("--chunk-overlap", type=click.IntRange(0), help="The most tokens repeated where one is cut."),
            click.option("--vector-index", help="auto, or a faiss factory string such as Flat or HNSW32."),
        ]
    ):
        command = option(command)
    return command


@eval_command.command("retrieval", short_help="Measure retrieval on a set: each leg and the fusion.")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("-m", "--measure", "measures", multiple=True, help="A measure, by ir-measures' name; repeat for more.")
@click.option("--depth", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Passages per question.")
@click.option(
    "--queries", type=click.Path(path_type=Path), help="Another set to take the questions' texts from, by id."
)
@click.option("--drop-own", is_flag=True, help="Leave out the document that has the question's own id.")
@_shared
@common_options
def _retrieval(
    app: App,
    dataset: Path,
    *,
    measures: tuple[str, ...],
    depth: int,
    queries: Path | None,
    drop_own: bool,
    split: str | None,
    qrels: Path | None,
    limit: int | None,
    seed: int,
    run_folder: Path | None,
) -> int:
    """Measure retrieval on DATASET: each leg by itself, and their fusion, which is what a search gives.

    DATASET is a BEIR folder (corpus.jsonl, queries.jsonl, qrels/, answers.jsonl), a folder of TREC topics and qrels, a
    topics file with --qrels, or a JSON lines file of questions with "answers" or with "docs" (ids, paths, file names).

    A set with a corpus is indexed first, in a temporary index; --index keeps that index for the next time, or names
    one of yours to be measured as it is. A set without one is measured on your index. Documents are ranked by their
    best passage; a question that finds nothing counts as zero.

    Questions in one language on documents in another:  ragsys eval retrieval xquad_zh --queries xquad_en
    """
    from ragsys.evaluation import evaluate_retrieval, open_dataset

    opened = open_dataset(dataset, split=split, qrels=qrels, queries=queries)
    with _engine(app, opened) as engine, progress_bar(enabled=not app.json, unit="questions", color=app.color) as draw:
        run = evaluate_retrieval(
            engine,
            opened,
            measures=measures or None,
            depth=depth,
            limit=limit,
            seed=seed,
            drop_own=drop_own,
            progress=lambda text, done, total: draw(one_line(text, _QUESTION_WIDTH), done, total),
        )
    _save(run, run_folder)
    if app.json:
        print_json(_retrieval_data(run))
        return 0
    click.echo(f"{clean(run.dataset)}: {len(run.texts)} questions, {_size(run)}")
    names = list(run.main.values)
    _table(["", *names], [[leg, *_figures(system.means(), names)] for leg, system in run.systems.items()])
    _kinds(run)
    _say(run, run_folder, run.timings["search_seconds"])
    return 0


@eval_command.command("qa", short_help="Ask a set's questions and score the answers.")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("-k", "--top-k", type=click.IntRange(1, 100), help="Passages to answer from.")
@click.option("--generator", help="Generator: catalogue name, hub id or folder.")
@click.option("--max-new-tokens", type=click.IntRange(1, 4096), help="The most tokens in an answer.")
@_shared
@common_options
def _qa(
    app: App,
    dataset: Path,
    *,
    split: str | None,
    qrels: Path | None,
    limit: int | None,
    seed: int,
    run_folder: Path | None,
) -> int:
    """Ask every question of DATASET and score the answers: right, refused where they should be, resting on evidence.

    DATASET is as in `ragsys eval retrieval`, with answers; where it says which questions have no answer, refusals are
    scored too. EM and F1 are SQuAD's, by characters in Chinese. With --limit, answerable and unanswerable questions
    keep their proportion. --run keeps every answer with its citations.
    """
    from ragsys.evaluation import evaluate_qa, open_dataset

    opened = open_dataset(dataset, split=split, qrels=qrels)
    with _engine(app, opened) as engine, progress_bar(enabled=not app.json, unit="questions", color=app.color) as draw:
        run = evaluate_qa(
            engine,
            opened,
            limit=limit,
            seed=seed,
            progress=lambda text, done, total: draw(one_line(text, _QUESTION_WIDTH), done, total),
        )
    _save(run, run_folder)
    if app.json:
        print_json(_qa_data(run))
        return 0
    figures = _qa_data(run)
    click.echo(f"{clean(run.dataset)}: {figures['questions']} questions, {_size(run)}")
    unanswerable, citations = figures["unanswerable"], figures["citations"]
    rows = [
        ["EM", _figure(figures["EM"]), "F1", _figure(figures["F1"])],
        ["answered", str(figures["answered"]), "abstained", str(figures["abstained"])],
        ["refusals right", _figure(unanswerable["precision"]), "unanswerable refused", _figure(unanswerable["recall"])],
        ["AUROC", _figure(unanswerable["AUROC"]), "citations verbatim", _figure(citations["verbatim"])],
        ["citation precision", _figure(citations["precision"]), "citation recall", _figure(citations["recall"])],
    ]
    _table([], rows)
    _kinds(run)
    _say(run, run_folder, run.timings["question_seconds"])
    return 0


for _command in (generate_command, compare_command, gate_command, report_command):
    eval_command.add_command(_command)


@contextmanager
def _engine(app: App, dataset: Dataset) -> Iterator[QueryEngine]:
    """An engine on the index that the set is to be measured on, with the set's corpus in it where it belongs there."""
    from ragsys.engine import QueryEngine
    from ragsys.evaluation.corpus import holds_corpus, index_corpus

    if dataset.corpus is None:
        with app.open() as engine:
            yield engine
        return
    with tempfile.TemporaryDirectory(prefix="ragsys-eval-") as scratch:
        # Only an index that was named for this: whichever lies about would be filled with somebody else's corpus.
        named = click.get_current_context().params.get("index_path")
        with QueryEngine.open(named or Path(scratch) / "index", settings=app.settings) as engine:
            if holds_corpus(engine, dataset):
                with progress_bar(enabled=not app.json, unit="documents", color=app.color) as draw:
                    report = index_corpus(engine, dataset, progress=lambda p: draw("indexing", p.done, p.total))
                if report.failed:
                    first = report.failed[0]
                    click.echo(
                        f"{len(report.failed)} documents could not be indexed, first "
                        f"{clean(first.source)} [{first.code}]: {clean(first.message)}",
                        err=True,
                    )
            yield engine


def _save(run: Run, folder: Path | None) -> None:
    if folder is not None:
        run.write(folder)


def _retrieval_data(run: Run) -> dict[str, Any]:
    return {
        "dataset": run.dataset,
        "queries": len(run.texts),
        "measures": run.measures(),
        "legs": {leg: system.means() for leg, system in run.systems.items() if leg != "fused"},
        "seed": run.seed,
        "index": run.index,
        "settings": run.settings,
        "failed": run.failed,
        "kinds": _kinds_data(run),
        **run.summary,
    }


def _qa_data(run: Run) -> dict[str, Any]:
    seconds = run.timings["question_seconds"].values()
    means = run.measures()
    return {
        "dataset": run.dataset,
        "EM": means["EM"],
        "F1": means["F1"],
        "kinds": _kinds_data(run),
        **run.summary,
        "seconds_per_question": round(sum(seconds) / len(seconds), 3),
        "seed": run.seed,
        "index": run.index,
        "settings": run.settings,
    }


def _kinds_data(run: Run) -> dict[str, Any]:
    return {kind: {"questions": number, **means} for kind, (number, means) in run.by_kind().items()}


def _kinds(run: Run) -> None:
    """The figures by kind of question, where the set tells kinds apart."""
    found = run.by_kind()
    names = list(run.main.values)
    if found:
        click.echo("by kind of question:")
        rows = [[kind, str(number), *_figures(means, names)] for kind, (number, means) in found.items()]
        _table(["", "questions", *names], rows)


def _size(run: Run) -> str:
    return f"{run.index['documents']} documents, {run.index['passages']} passages"


def _say(run: Run, folder: Path | None, seconds: dict[str, float]) -> None:
    """What belongs beside the figures: how long a question took, what failed, where the run is."""
    if seconds:
        ordered = sorted(seconds.values())
        middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
        click.echo(f"a question takes {middle * 1000:.0f} ms (p50), {late * 1000:.0f} ms (p95)", err=True)
    judged, indexed = run.summary.get("judged_documents", 0), run.summary.get("indexed_documents", 0)
    if indexed < judged:
        click.echo(f"{judged - indexed} of {judged} judged documents are not in the index", err=True)
    if run.failed:
        click.echo(
            f"{len(run.failed)} questions failed and count as zero, {clean(next(iter(run.failed)))} first", err=True
        )
    if folder is not None:
        click.echo(f"run written to {clean(str(folder))}", err=True)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _figures(means: dict[str, float], names: Sequence[str]) -> list[str]:
    return [_figure(means.get(name)) for name in names]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns, the first to the left and the others to the right."""
    every = [head, *rows] if head else list(rows)
    widths = [max(len(row[i]) for row in every) for i in range(len(every[0]))]
    for row in every:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        click.echo("  ".join(cells).rstrip())
