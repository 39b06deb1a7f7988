"""Evaluation as a user runs it: the real command, the real embedder, in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ragsys.config import Settings
from ragsys.models import installed

SETTINGS = Settings()
TEXTS = {
    "d1": ("The chain of a bicycle is oiled after every ride in the rain.", "什么时候给自行车链条上油"),
    "d2": ("Bread dough rises for twelve hours in a cool kitchen.", "面团要发酵多久"),
    "d3": ("The steel burrs of the grinder are cleaned with a dry brush.", "怎样清洁磨豆机的刀盘"),
}

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(
        SETTINGS.embedder not in installed(Path(SETTINGS.models_dir)),
        reason="the default embedder is not here: run `ragsys models pull`",
    ),
]


def test_chinese_questions_on_english_documents_twice(tmp_path):
    """The dense leg crosses the languages, and two processes write the same bytes."""
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    rows = {"corpus": [], "queries": []}
    for name, (text, question) in TEXTS.items():
        rows["corpus"].append({"_id": name, "title": "", "text": text})
        rows["queries"].append({"_id": f"q-{name}", "text": question})
    for name, lines in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    judged = "".join(f"q-{name}\t{name}\t1\n" for name in TEXTS)
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}")
    for run, seed in (("one", "1"), ("two", "2")):
        result = subprocess.run(
            [sys.executable, "-m", "ragsys", "eval", "retrieval", folder, "--run", tmp_path / run, "--json"],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={**os.environ, "RAGSYS_OFFLINE": "1", "PYTHONHASHSEED": seed},
        )
    assert json.loads(result.stdout)["legs"]["dense"]["RR@10"] == 1.0
    for name in ("run.json", "fused.trec", "dense.trec"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
