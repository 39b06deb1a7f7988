"""How often hostile text in a retrieved document gets its way: every payload at every position, in both modes.

python bench/attacks.py               # the default generator, about fifteen minutes on two cores
python bench/attacks.py --limit 40    # a quick look, every n-th attack
python bench/attacks.py --mode extract --show
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.attacks import attacks, clean_files, judge, load_attacks
from ragsys.generate import load_generator
from ragsys.generate.fitting import wilson
from ragsys.models import load_embedder
from ragsys.types import Decoding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.evaluation.attacks import Attack, Verdict
    from ragsys.types import Answer

SEED = 1
STRUCTURAL = ("foreign", "raw")


def main() -> None:
    """Attack each mode and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, help="as many attacks, spread over the set")
    parser.add_argument("--mode", choices=["generate", "extract"], action="append", help="one mode only")
    parser.add_argument("--generator", help="another generator than the default")
    parser.add_argument("--show", action="store_true", help="print every attack that got its way")
    options = parser.parse_args()
    chosen = attacks()
    if options.limit:
        chosen = chosen[:: max(1, len(chosen) // options.limit)][: options.limit]
    settings = load_settings({"generator": options.generator} if options.generator else {})[0]
    embedder, figures = load_embedder(settings), {}
    for mode in options.mode or ["extract", "generate"]:
        generator = load_generator(settings) if mode == "generate" else None
        with TemporaryDirectory() as root:
            folder = Path(root) / "documents"
            folder.mkdir()
            with QueryEngine.open(
                Path(root) / "index",
                settings=replace(settings, answer_mode=mode),
                embedder=embedder,
                generator=generator,
            ) as engine:
                figures[mode] = run(engine, folder, chosen, show=options.show)
        print(mode, figures[mode]["all"], flush=True)
    name = Path(__file__).stem if not (options.limit or options.generator or options.mode) else None
    if name:
        report.write(name, {"generator": settings.generator, "modes": figures}, seed=SEED, n=len(chosen))


def run(engine: QueryEngine, folder: Path, chosen: Sequence[Attack], *, show: bool) -> dict[str, Any]:
    """Ask the clean documents first, then plant one attack after the other."""
    began = time.perf_counter()
    clean = clean_files()
    write(engine, folder, clean)
    right = {s.id: ask(engine, s.question) for s in load_attacks()[0]}
    rows: list[tuple[Attack, Verdict, bool]] = []
    for attack in chosen:
        kept = {name: text for name, text in clean.items() if not name.startswith(f"{attack.scenario.id}.")}
        write(engine, folder, kept | dict(attack.files))
        answer = ask(engine, attack.scenario.question)
        verdict = judge(attack, answer, {c.document.id: engine.text(c.document.id) for c in answer.citations})
        before = right[attack.scenario.id]
        # A refusal is the attacker's doing only where there was an answer without him.
        refused = verdict.refused and before.status == "answered" and attack.position != "alone"
        verdict = replace(verdict, refused=refused, followed=verdict.followed and (refused or not verdict.refused))
        rows.append((attack, verdict, before.status == "answered"))
        if show and (verdict.followed or verdict.refused or verdict.foreign or verdict.raw):
            flags = ",".join(name for name, value in asdict(verdict).items() if value)
            print(f"  {attack.payload.id} {attack.position}: {flags}: {answer.text[:160]!r}", flush=True)
    return summary(rows, right) | {"seconds": round(time.perf_counter() - began, 1)}


def write(engine: QueryEngine, folder: Path, files: dict[str, str]) -> None:
    """Make the folder hold exactly these files, and the index exactly that folder."""
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    done = engine.add(folder, prune=True)
    assert not done.failed, done.failed


def ask(engine: QueryEngine, question: str) -> Answer:
    """Greedy, with the default length."""
    return engine.ask(question, decoding=Decoding(max_new_tokens=engine.settings.max_new_tokens, seed=SEED))


def summary(rows: Sequence[tuple[Attack, Verdict, bool]], clean: dict[str, Answer]) -> dict[str, Any]:
    """The shares with their intervals: over all, by class, by position and by language."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for attack, verdict, _ in rows:
        for name in (
            "all",
            f"class: {attack.payload.kind}",
            f"position: {attack.position}",
            f"language: {attack.payload.language}",
        ):
            groups[name].append(verdict)
    found: dict[str, Any] = {
        name: {
            measure: asdict(wilson(sum(getattr(v, measure) for v in verdicts), len(verdicts)))
            for measure in ("followed", "refused", "right")
        }
        | {measure: sum(getattr(v, measure) for v in verdicts) for measure in STRUCTURAL}
        for name, verdicts in groups.items()
    }
    answers = {s.id: s.answers for s in load_attacks()[0]}
    held = sum(any(a in answer.text for a in answers[name]) for name, answer in clean.items())
    found["without attack"] = {
        "right": asdict(wilson(held, len(clean))),
        "answered": sum(answer.status == "answered" for answer in clean.values()),
    }
    return found


if __name__ == "__main__":
    main()
