"""An embedder fitted to a user's documents: trained on pairs, measured against the base on what was held out, kept.

What is kept is a model of its own in the model folder, with an int8 copy like any other; its vectors are a new space,
which `ragsys reindex` builds.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ragsys.embed.sentence_transformer import SentenceTransformerEmbedder
from ragsys.errors import DatasetError, ModelRejectedError, QueryError, UsageError
from ragsys.models.fetch import Progress, cannot_write, require_space
from ragsys.models.layout import identity
from ragsys.models.placing import hashes_of, swap, write_manifest
from ragsys.models.pulling import int8_copy
from ragsys.models.store import DOWNLOADS, MANIFEST, folder_name, read_manifest, resolve
from ragsys.training.contrastive import Contrastive, learn_from
from ragsys.training.loop import train
from ragsys.training.measuring import judge
from ragsys.training.pairs import Asked, held_out_document
from ragsys.training.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ragsys.engine import QueryEngine
    from ragsys.models.store import LocalModel
    from ragsys.training.loop import Trained, TrainingProgress
    from ragsys.training.measuring import Verdict
    from ragsys.training.pairs import Pair

__all__ = ["RECIPE", "FittedEmbedder", "fit_embedder", "keep_embedder", "questions_held_out"]

# All of the encoder is trained but its table of words; the choices that are about low rank mean nothing here.
RECIPE = Recipe(rate=2e-5, warmup=0.1, decay=0.01, epochs=1.0, step_tokens=8192, batch_tokens=8192, longest=256)
_TEMPERATURE = 0.05
_LEAST = 20
_CHECKED = 0.05  # of the pairs, for early stopping
_PASSAGES = 5000  # that are searched to measure
_DEPTH = 10
_INT8_FILES = ("int8.onnx", "pieces.safetensors")


@dataclass(frozen=True, slots=True)
class FittedEmbedder:
    """A training, and what it is worth: nDCG@10 of the dense leg on held-out queries."""

    model: Contrastive
    trained: Trained
    verdict: Verdict
    pairs: int


def questions_held_out(engine: QueryEngine, folder: Path, *, limit: int, share: float, seed: int = 0) -> list[Asked]:
    """Queries made of the documents that are held out, as `ragsys eval generate` makes them."""
    from ragsys.evaluation import generate

    made = generate(engine, folder, limit=max(limit, round(limit / share)), seed=seed, corpus=False)
    found = [item for item in made if held_out_document(item.document, share)]
    return [Asked(item.text, frozenset({item.document}), item.sentence or "") for item in found][:limit]


def fit_embedder(
    engine: QueryEngine,
    base: LocalModel,
    pairs: Sequence[Pair],
    asked: Sequence[Asked],
    recipe: Recipe,
    *,
    folder: Path,
    device: str,
    progress: Callable[[TrainingProgress], None] | None = None,
) -> FittedEmbedder:
    """Train on pairs, going on from a checkpoint below `folder`, and measure both models on the held-out queries.

    Raises:
        DatasetError: too few pairs, or too few held-out queries.
    """
    if len(pairs) < _LEAST or len(asked) < _LEAST:
        raise DatasetError(
            f"{len(pairs)} pairs to learn from and {len(asked)} queries to measure by are too few",
            hint=f"add documents or questions: it takes {_LEAST} of each",
        )
    model = Contrastive(base.path, device=device, longest=recipe.longest, temperature=_TEMPERATURE, seed=recipe.seed)
    learnt = learn_from(pairs, engine.embedder.count_tokens, recipe.longest)
    checked = max(2, round(_CHECKED * len(learnt)))
    named = json.dumps(
        [base.manifest.weights_sha256, recipe.as_dict(), [[p.query, p.passage, *p.others] for p in pairs]]
    )
    identity_of = hashlib.sha256(named.encode()).hexdigest()
    before = _ranking(engine, SentenceTransformerEmbedder(base.path, device=device), asked)
    trained = train(
        model,
        learnt[checked:],
        learnt[:checked],
        recipe,
        folder=folder / identity_of[:16],
        identity=identity_of,
        progress=progress,
    )
    model.restore(trained.tensors)
    after = _ranking(engine, _Trained(model, base.path), asked)
    return FittedEmbedder(model, trained, judge(before, after, recipe.seed), len(pairs))


def keep_embedder(
    fitted: FittedEmbedder,
    base: LocalModel,
    name: str,
    models_dir: Path,
    *,
    about: Mapping[str, Any],
    report: Callable[[Progress], None] = lambda _progress: None,
) -> LocalModel:
    """Put a tuned embedder into the model folder under a name, with an int8 copy and its lineage.

    Raises:
        UsageError: a model of that name is there that is none of this base's making.
        DiskFullError, ModelError: it does not fit, or cannot be written.
    """
    place = models_dir / folder_name(name)
    if (place / MANIFEST).is_file() and not read_manifest(place).lineage:
        raise UsageError(f"a model named {name} is in {models_dir}", hint="choose another name with --name")
    building = models_dir / DOWNLOADS / f"{place.name}.building"
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir(parents=True)
        require_space(building, sum(p.stat().st_size for p in base.path.rglob("*") if p.is_file()), name)
        shutil.copytree(base.path, building, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST, *_INT8_FILES))
        _write_weights(fitted.model.encoder, building)
        int8 = int8_copy(building, name, report)
        files = hashes_of(building)
        lineage = {
            "base": base.name,
            "base_sha256": base.manifest.weights_sha256,
            "metrics": {"nDCG@10, dense": fitted.verdict.as_dict()},
            "pairs": fitted.pairs,
            **about,
        }
        manifest = replace(
            base.manifest, name=name, weights_sha256=identity(files), files=files, int8=int8, lineage=lineage
        )
        write_manifest(building, replace(manifest, origin=(*base.manifest.origin, "tuned here")))
        swap(building, place)
    except OSError as error:
        raise cannot_write(place, error) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return resolve(name, models_dir)


def _write_weights(encoder: Any, folder: Path) -> None:
    """Write the encoder's tensors over those of the folder, under the names that they have there."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    path = folder / "model.safetensors"
    if not path.is_file():
        raise ModelRejectedError(f"{folder.name} keeps its weights in several files, which is not tuned")
    state = dict(encoder.named_parameters())
    left = {name for name, value in state.items() if value.requires_grad}
    tensors: dict[str, Any] = {}
    with safe_open(path, "pt") as file:
        for name in list(file.keys()):
            # A folder may hold the encoder as a part of what it was trained in.
            own = next((key for key in _keys(name) if key in state), None)
            tensors[name] = file.get_tensor(name) if own is None else state[own].detach().cpu().contiguous()
            left.discard(own or "")
    if left:
        raise ModelRejectedError(f"{folder.name} has no tensor {min(left)}, which was trained")
    save_file(tensors, path, metadata={"format": "pt"})


def _keys(name: str) -> tuple[str, ...]:
    """What a tensor of a file may be called in the encoder."""
    return (name, name.partition(".")[2])


class _Trained:
    """The two methods that measuring needs, of a model that is in memory."""

    def __init__(self, model: Contrastive, folder: Path) -> None:
        from ragsys.embed.tokenization import read_shape

        self._model, self._shape = model.model.eval(), read_shape(folder)
        self._model.max_seq_length = self._shape.max_length

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, dim)."""
        return self._embed(self._shape.passage_prefix, texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, dim)."""
        return self._embed(self._shape.query_prefix, texts)

    def _embed(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        found = self._model.encode(
            [prefix + text for text in texts], prompt="", normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(found, dtype=np.float32)


def _ranking(engine: QueryEngine, embedder: Any, asked: Sequence[Asked]) -> list[float]:
    """nDCG@10 of each query over documents, by their best passage, among at most `_PASSAGES` passages."""
    wanted = frozenset().union(*(item.documents for item in asked))
    texts: list[str] = []
    owners: list[str] = []
    spare: list[tuple[str, str]] = []
    for passage in engine.passages():
        if passage.document.id in wanted:
            texts.append(passage.text)
            owners.append(passage.document.id)
        else:
            spare.append((passage.text, passage.document.id))
    step = max(1, -(-len(spare) // max(1, _PASSAGES - len(texts))))
    for text, owner in spare[::step]:
        texts.append(text)
        owners.append(owner)
    passages = embedder.embed_passages(texts)
    values = []
    for item in asked:
        try:
            scores = passages @ embedder.embed_queries([item.query])[0]
        except QueryError:
            values.append(0.0)
            continue
        order = dict.fromkeys(owners[at] for at in np.argsort(-scores, kind="stable"))
        gains = [1 / np.log2(rank + 2) for rank, owner in enumerate(list(order)[:_DEPTH]) if owner in item.documents]
        ideal = sum(1 / np.log2(rank + 2) for rank in range(min(_DEPTH, len(item.documents))))
        values.append(float(sum(gains) / ideal))
    return values
