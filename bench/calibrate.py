"""Fit the calibrations that come with ragsys: of passages, with the default embedder and for any other, and of drafts.

The cases and the fit are those of `ragsys calibrate` (ragsys.evaluation.calibrating); SQuAD 2's own questions without
an answer, whose passage is there and nearly answers them, are among them. What is measured was left out of the fit,
by document. Writes ragsys/generate/calibration.json.

    python bench/calibrate.py             # the passages; drafts stay as they are in the file
    python bench/calibrate.py --drafts    # and the drafts: some seconds a case; goes on where it was cut

RAGSYS_BENCH_CACHE keeps the indexes and the cases of drafts.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.calibrating import cases_of, drafted_cases
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.generate import profile_of
from ragsys.generate.calibration import FILE
from ragsys.generate.fitting import L2, Case, Point, fit_calibration

if TYPE_CHECKING:
    from ragsys.evaluation.datasets import Dataset

# Language -> the set, its questions for the passages and for the drafts.
SETS = {"en": ("squad_v2_dev", 1600, 400), "zh": ("expmrc_cmrc_dev", None, 120)}
SEED = 11
# With cosines, Chinese can afford to be wrong less often: it has no near misses to fit on.
POINTS = {"en": Point(coverage=0.7, max_error=0.2), "zh": Point(coverage=0.7, max_error=0.1)}
OF_AN_EMBEDDER = ("meaning", "context", "foreign")
L2_DRAFTS = 5.0
# From this probability of being right on, a draft is shown and not the best sentence.
SHOWN = 0.2
TARGET = Path(__file__).parents[1] / "ragsys" / "generate" / FILE


def main() -> None:
    """Collect the cases, fit, write."""
    rows: dict[str, Any] = {}
    before = json.loads(TARGET.read_text(encoding="utf-8"))["calibrations"]
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for language, (folder, limit, drafts) in SETS.items():
            dataset = open_dataset(report.data_folder(folder))
            settings = load_settings({})[0]
            name = f"{language}/{settings.embedder}"
            draft_name = f"{name}/{profile_of(settings.generator).name}"
            with QueryEngine.open(home / f"calibrate-{folder}", settings=settings) as engine:
                index_corpus(engine, dataset)
                point = POINTS[language]
                cases = [case for _, case in cases_of(engine, dataset, limit=limit, seed=SEED)]
                about = f"{folder}, {len(cases)} cases"
                rows[name] = fitted(cases, f"{about}, {settings.embedder}", point)
                rows[f"{language}/any"] = fitted([without_cosines(case) for case in cases], about, Point())
                if "--drafts" in sys.argv:
                    drafted = collected(engine, dataset, drafts, home / f"drafts-{folder}.jsonl")
                    rows[draft_name] = fitted_drafts(drafted, f"{folder}, {len(drafted)} drafts", point)
                elif draft_name in before:
                    rows[draft_name] = before[draft_name]
    points = {language: asdict(point) for language, point in POINTS.items()}
    content = {"made_by": "bench/calibrate.py", "seed": SEED, "l2": L2, "points": points, "calibrations": rows}
    TARGET.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    figures = {key: {"AUROC": row["auroc"], **row["measured"]} for key, row in rows.items()}
    report.write(Path(__file__).stem, figures, seed=SEED, n=sum(limit or 515 for _, limit, _ in SETS.values()))


def fitted(cases: list[Case], about: str, point: Point) -> dict[str, Any]:
    """The row of one calibration."""
    row: dict[str, Any] = fit_calibration(cases, name="", fitted_on=about, point=point).row()
    return row


def fitted_drafts(cases: list[Case], about: str, point: Point) -> dict[str, Any]:
    """The row of a calibration of drafts. Its threshold decides between draft and sentence, not whether to answer."""
    fit = fit_calibration(cases, name="", fitted_on=about, point=point, l2=L2_DRAFTS)
    row: dict[str, Any] = replace(fit, threshold=SHOWN, measured={}).row()
    return row


def collected(engine: QueryEngine, dataset: Dataset, limit: int, file: Path) -> list[Case]:
    """The cases of drafts: those that the file has, and the others, each written down at once."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.is_file() else []
    known = {row["name"] for row in rows}
    with file.open("a", encoding="utf-8") as output:
        for name, _, case in drafted_cases(engine, dataset, limit=limit, seed=SEED, known=known):
            rows.append({"name": name, **asdict(case)})
            output.write(json.dumps(rows[-1]) + "\n")
            output.flush()
    return [Case(row["kind"], row["group"], row["signals"], row["right"]) for row in rows]


def without_cosines(case: Case) -> Case:
    """The case by its words alone."""
    return replace(case, signals={name: value for name, value in case.signals.items() if name not in OF_AN_EMBEDDER})


if __name__ == "__main__":
    main()
