"""A run: what was measured, on what, with which settings; saved so that two equal runs are equal bytes.

A run is a folder. `run.json` and the TREC files are what is compared: nothing in them depends on the hour, the path or
the speed. What does is in `timings.json`. `answers.jsonl` holds each answer of a question answering run.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ragsys._version import __version__
from ragsys.errors import RunError
from ragsys.evaluation.measures import mean
from ragsys.evaluation.trec import format_run, read_run_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.config import Settings
    from ragsys.engine import QueryEngine
    from ragsys.evaluation.trec import Rankings

__all__ = ["Run", "System", "describe_index", "describe_machine", "describe_settings", "describe_versions", "read_run"]

_FORMAT = 1
_DIGITS = 6
_SHAPING = (
    "embedder", "embed_backend", "device", "chunk_tokens", "chunk_overlap", "vector_index", "top_k", "lexical_weight",
    "per_source", "diversity", "reranker", "rerank_depth",
)  # fmt: skip
_PACKAGES = ("numpy", "faiss-cpu", "onnxruntime", "torch", "transformers", "ir-measures", "pytrec-eval-terrier")
_MAIN = {"retrieval": "fused", "qa": "answers"}

Values = dict[str, dict[str, float]]  # measure -> query -> value


@dataclass(frozen=True, slots=True)
class System:
    """What one system of a run (a leg, the fusion, the answers) scored, per measure and query, and how it ranked."""

    values: Values
    rankings: Rankings = field(default_factory=dict)
    curve: tuple[tuple[int, float], ...] = ()

    def means(self) -> dict[str, float]:
        """Each measure's mean over its queries."""
        return {name: round(mean(values), _DIGITS) for name, values in self.values.items()}


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation of one index on one set.

    `summary` holds what is no mean over queries, such as AUROC; `kinds` says of which sort a question is, where the set
    tells sorts apart. `timings` and `answers` are kept beside `run.json`.
    """

    name: str
    kind: Literal["retrieval", "qa"]
    dataset: str
    dataset_digest: str
    seed: int
    texts: Mapping[str, str]
    systems: Mapping[str, System]
    settings: Mapping[str, Any]
    index: Mapping[str, Any]
    versions: Mapping[str, str]
    machine: Mapping[str, Any]
    summary: Mapping[str, Any] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[Mapping[str, Any], ...] = ()
    timings: Mapping[str, Any] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def main(self) -> System:
        """The system that a user gets: the fusion, or the answers."""
        return self.systems[_MAIN[self.kind]]

    def measures(self) -> dict[str, float]:
        """The means of the main system."""
        return self.main.means()

    def by_kind(self) -> dict[str, tuple[int, dict[str, float]]]:
        """For each kind of question, how many there are and the means of the main system over them."""
        found = {}
        for kind in sorted(set(self.kinds.values())):
            queries = {query for query, of in self.kinds.items() if of == kind}
            rows = {m: {q: v for q, v in row.items() if q in queries} for m, row in self.main.values.items()}
            found[kind] = (len(queries), System(rows).means())
        return found

    def leg(self, name: str) -> Run:
        """The same run with another of its systems in the place of the main one. Raises `RunError`."""
        if name not in self.systems:
            raise RunError(f"{self.name} has no {name!r}; it has {', '.join(self.systems)}")
        return replace(self, name=f"{self.name}::{name}", systems={_MAIN[self.kind]: self.systems[name]})

    def write(self, folder: Path) -> None:
        """Write the run into `folder`, in place of one that is there. Raises `RunError`."""
        files = {"run.json": _dump(self._as_data(), indent=1)}
        files |= {
            f"{name}.trec": format_run(system.rankings, f"ragsys-{name}")
            for name, system in self.systems.items()
            if system.rankings
        }
        if self.answers:
            files["answers.jsonl"] = "".join(_dump(answer) for answer in self.answers)
        files["timings.json"] = _dump(self.timings, indent=1)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for old in (*folder.glob("*.trec"), folder / "answers.jsonl"):
                old.unlink(missing_ok=True)
            for name, text in files.items():
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise RunError(f"cannot write the run to {folder}: {error.strerror}", hint="name another folder") from None

    def _as_data(self) -> dict[str, Any]:
        plain = ("kind", "dataset", "dataset_digest", "seed", "settings", "index", "versions", "machine", "summary")
        return {
            "format": _FORMAT,
            **{name: getattr(self, name) for name in plain},
            "failed": self.failed,
            "texts": self.texts,
            **({"kinds": self.kinds} if self.kinds else {}),
            "measures": list(self.main.values),
            "systems": {
                name: {
                    "measures": system.means(),
                    "curve": [[k, round(value, _DIGITS)] for k, value in system.curve],
                    "queries": {
                        measure: {query: round(value, _DIGITS) for query, value in values.items()}
                        for measure, values in system.values.items()
                    },
                }
                for name, system in self.systems.items()
            },
        }


def read_run(name: str | Path) -> Run:
    """Read a run folder; `FOLDER::dense` is the run with that leg in the place of the fusion.

    Raises:
        RunError: no run is there, or it is damaged or of another format.
    """
    given, _, leg = str(name).partition("::")
    folder = Path(given)
    try:
        data = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        timings = folder / "timings.json"
        answers = folder / "answers.jsonl"
        run = _from_data(
            folder,
            data,
            json.loads(timings.read_text(encoding="utf-8")) if timings.is_file() else {},
            tuple(json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines())
            if answers.is_file()
            else (),
        )
    except OSError as error:
        raise RunError(f"there is no run in {folder}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RunError(f"{folder} does not hold a run that this version reads") from None
    return run.leg(leg) if leg else run


def _from_data(folder: Path, data: Any, timings: Any, answers: tuple[Any, ...]) -> Run:
    if data["format"] != _FORMAT:
        raise ValueError(data["format"])
    systems = {}
    for name, system in data["systems"].items():
        path = folder / f"{name}.trec"
        # Keys are sorted in the file; measures are shown in the order in which they were asked for.
        values = {
            str(measure): {str(query): float(value) for query, value in system["queries"][measure].items()}
            for measure in data["measures"]
            if measure in system["queries"]
        }
        curve = tuple((int(k), float(value)) for k, value in system["curve"])
        systems[str(name)] = System(values, read_run_file(path) if path.is_file() else {}, curve)
    if _MAIN[data["kind"]] not in systems:
        raise KeyError(data["kind"])
    fields = {key: data[key] for key in ("kind", "dataset", "dataset_digest", "seed", "texts", "settings", "index")}
    fields |= {key: data[key] for key in ("versions", "machine", "summary", "failed")}
    kinds = {str(query): str(kind) for query, kind in data.get("kinds", {}).items()}
    return Run(name=str(folder), systems=systems, answers=answers, timings=timings, kinds=kinds, **fields)


def _dump(value: Any, *, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent) + "\n"


def describe_settings(settings: Settings, **more: object) -> dict[str, Any]:
    """The settings that shape a result; paths and waiting times are left out."""
    return {name: getattr(settings, name) for name in _SHAPING} | more


def describe_index(engine: QueryEngine) -> dict[str, Any]:
    """What the index holds: its digest, its size and its vector space; nothing about where it lies."""
    status = engine.status()
    return {
        "digest": engine.reference().digest,
        "documents": status.documents,
        "passages": status.passages,
        "failed": len(status.failed),
        "vectors": status.vectors.kind,
        "analyzer": status.lexical.get("analyzer"),
        "space": None if status.space is None else {"model": status.space.model, "digest": status.space.digest},
    }


def describe_versions() -> dict[str, str]:
    """The versions of ragsys, of Python and of the packages that numbers depend on."""
    found = {"ragsys": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def describe_machine() -> dict[str, Any]:
    """The processor, its cores and the system."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    except OSError:
        pass
    return {"processor": name, "cores": os.cpu_count(), "system": platform.system()}
