"""What the vector of a passage should know of its document: nothing, its title and headings, or all around it.

Late chunking (Günther et al., "Late Chunking: Contextual Chunk Embeddings Using Long-Context Embedding Models", 2024):
the embedder reads as much of the document as it can, the passage in the middle, and the vectors of the passage's own
tokens are pooled. The default embedder reads 512 tokens, so that is the passage and as much again around it. The
exported network gives one vector a text; its last layer is made an output besides, so that all are of equal precision.

Whole papers (covidqa), passages that hold the answer; the lexical leg and the fusion are the product's. A difference is
to the passage alone, paired, with its 95 % bootstrap interval. Indexes are kept under RAGSYS_BENCH_CACHE if it is set.

    python bench/contexts.py [SIZE/OVERLAP ...]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.embed.tokenization import pad, read_shape
from ragsys.evaluation.answers import holds
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.significance import bootstrap_interval
from ragsys.retrieve.fusion import Background, deviation, fuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ragsys.evaluation.datasets import Question
    from ragsys.indexes.records import StoredPassage

SET = "covidqa"
SIZES = ("256/32", "128/32")
CUTOFFS = (5, 10)
_BATCH = 4
_SAMPLE = 1000


def main() -> None:
    """Measure each size and write what there is after each."""
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for size in sys.argv[1:] or SIZES:
            tokens, _, overlap = size.partition("/")
            rows[size] = measure(home, int(tokens), int(overlap))
            report.write("contexts", {"set": SET, "sizes": rows}, seed=0, n=rows[size]["questions"])


def measure(home: Path, tokens: int, overlap: int) -> dict[str, Any]:
    """Recall with each kind of vector for passages of at most `tokens`."""
    settings = load_settings({"chunk_tokens": tokens, "chunk_overlap": overlap})[0]
    default = (tokens, overlap) == (256, 32)
    dataset = open_dataset(report.data_folder(SET))
    with QueryEngine.open(home / (SET if default else f"chunking-{tokens}-{overlap}"), settings=settings) as engine:
        index_corpus(engine, dataset)
        passages = list(engine.passages())
        texts = {document.id: engine.text(document.id) for document in engine.documents()}
        titled = [_titled(passage, texts[passage.document.id]) for passage in passages]
        spaces = {
            "passage alone": engine.embedder.embed_passages([passage.text for passage in passages]),
            "title and headings before it": engine.embedder.embed_passages(titled),
            "late chunking": _late(Path(settings.models_dir) / settings.embedder, passages, texts),
        }
        questions = dataset.judged()
        ranks = {name: _ranks(engine, questions, passages, vectors) for name, vectors in spaces.items()}
    found: dict[str, Any] = {"questions": len(questions), "passages": len(passages)}
    for name, legs in ranks.items():
        found[name] = {leg: _recalls(values, ranks["passage alone"][leg]) for leg, values in legs.items()}
        print(tokens, name, found[name], flush=True)
    return found


def _titled(passage: StoredPassage, text: str) -> str:
    """The passage below its document's first line, which is a paper's title, and below its headings."""
    head = " > ".join(dict.fromkeys((text.partition("\n")[0], *passage.heading)))
    return passage.text if passage.start == 0 else f"{head}\n{passage.text}"


def _late(folder: Path, passages: Sequence[StoredPassage], texts: dict[str, str]) -> NDArray[np.float32]:
    """Vectors of shape (n, dim), pooled over the passage's own tokens in the middle of as many as the network reads."""
    from tokenizers import Tokenizer

    shape = read_shape(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    first, *prefix, last = tokenizer.encode(shape.passage_prefix).ids
    room = shape.max_length - len(prefix) - 2
    encoded = {name: tokenizer.encode(text, add_special_tokens=False) for name, text in texts.items()}
    starts = {name: np.array([a for a, _ in encoding.offsets]) for name, encoding in encoded.items()}
    windows: list[tuple[int, list[int], int, int]] = []
    for row, passage in enumerate(passages):
        ids = encoded[passage.document.id].ids
        begin, end = np.searchsorted(starts[passage.document.id], [passage.start, passage.end]).tolist()
        at = max(0, min(begin - (room - (end - begin)) // 2, len(ids) - room))
        around = [first, *prefix, *ids[at : at + room], last]
        windows.append((row, around, 1 + len(prefix) + begin - at, 1 + len(prefix) + end - at))
    windows.sort(key=lambda window: -len(window[1]))
    session = _session(folder)
    vectors = np.zeros((len(passages), shape.dim), dtype=np.float32)
    for begin in range(0, len(windows), _BATCH):
        batch = windows[begin : begin + _BATCH]
        ids, mask = pad([window[1] for window in batch])
        (states,) = session.run(["tokens"], {"input_ids": ids, "attention_mask": mask})
        for state, (row, _, a, b) in zip(states, batch, strict=True):
            vectors[row] = state[a:b].mean(axis=0)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _session(folder: Path) -> Any:
    """The exported network with the states of its last layer as an output, "tokens", of shape (n, length, dim)."""
    import onnx
    import onnxruntime

    model = onnx.load(str(folder / "int8.onnx"))
    last = next(node for node in reversed(model.graph.node) if node.op_type == "LayerNormalization")
    model.graph.node.append(onnx.helper.make_node("Identity", [last.output[0]], ["tokens"]))
    model.graph.output.append(onnx.helper.make_tensor_value_info("tokens", onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0"))
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _ranks(
    engine: QueryEngine,
    questions: Sequence[Question],
    passages: Sequence[StoredPassage],
    vectors: NDArray[np.float32],
) -> dict[str, list[int]]:
    """The rank of the first passage that holds an answer, for each question, by cosine alone and by the fusion."""
    ids = np.array([passage.passage_id for passage in passages], dtype=np.int64)
    sample = vectors[np.linspace(0, len(vectors) - 1, min(_SAMPLE, len(vectors)), dtype=np.int64)]
    found: dict[str, list[int]] = {"dense": [], "fused": []}
    with engine._workspace.view() as view:  # noqa: SLF001 - the legs' scores for every passage are nobody else's business
        for question in questions:
            query = engine.embedder.embed_queries([question.text])[0]
            words = view.terms(question.text)
            distinct = sorted(set(words))
            _, frequencies = view.lexical_statistics(distinct)
            usual = Background(*deviation(sample @ query), len(distinct), sum(map(bool, frequencies)))
            cosines = vectors @ query
            fused = fuse(cosines, view.lexical_scores(words, ids), usual).scores
            for leg, scores in (("dense", cosines), ("fused", fused)):
                best = np.lexsort((ids, -scores))[: max(CUTOFFS)]
                holding = (at for at, row in enumerate(best, start=1) if holds(passages[row].text, question.answers))
                found[leg].append(next(holding, max(CUTOFFS) + 1))
    return found


def _recalls(ranks: Sequence[int], alone: Sequence[int]) -> dict[str, Any]:
    """Recall at each cut-off, and the difference to the passage alone with its interval."""
    row: dict[str, Any] = {}
    for k in CUTOFFS:
        values = [float(rank <= k) for rank in ranks]
        differences = [value - float(rank <= k) for value, rank in zip(values, alone, strict=True)]
        row[f"AnswerR@{k}"] = round(float(np.mean(values)), 4)
        if any(differences):
            low, high = bootstrap_interval(differences, seed=0)
            row[f"difference@{k}"] = [round(float(np.mean(differences)), 4), round(low, 4), round(high, 4)]
    return row


if __name__ == "__main__":
    main()
