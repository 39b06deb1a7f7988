"""A query's tokens without loading the vocabulary: what makes the first search of a process quick.

A Unigram model (Kudo, "Subword Regularization", ACL 2018, section 3.2) splits a text into the most probable sequence of
pieces, and only pieces that occur in the text can be in it. A tokenizer of just those pieces, with their own scores,
therefore gives the same tokens as one of all 250,000, which takes half a second to load and a quarter to free. Does
not know what a vector is.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["FILE", "QueryTokenizer", "write_pieces"]

FILE = "pieces.safetensors"


def write_pieces(folder: Path) -> bool:
    """Write `pieces.safetensors` beside a Unigram `tokenizer.json`; False for a model of another kind.

    The special tokens must have the lowest ids (as in every XLM-R tokenizer but for the mask, which a text never
    holds), because they keep theirs.
    """
    from safetensors.numpy import save_file

    frame = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    model = frame["model"]
    added = [token["id"] for token in frame["added_tokens"]]
    if model.get("type") != "Unigram" or model.get("byte_fallback") or sorted(added) != list(range(len(added))):
        return False
    vocabulary = model.pop("vocab")
    specials, pieces = vocabulary[: len(added)], vocabulary[len(added) :]
    hashes = np.array([_hash(piece) for piece, _ in pieces], dtype="<u8")
    order = np.argsort(hashes)
    metadata = {
        "frame": json.dumps(frame, ensure_ascii=False),
        "specials": json.dumps(specials, ensure_ascii=False),
        # An unknown character costs ten more than the worst piece, so the worst piece is always there.
        "worst": json.dumps(min(vocabulary, key=lambda entry: entry[1]), ensure_ascii=False),
        "longest": str(max(len(piece) for piece, _ in pieces)),
    }
    tensors = {
        "hashes": hashes[order],
        "ids": (order + len(specials)).astype("<i4"),
        "scores": np.array([score for _, score in pieces], dtype="<f8")[order],
    }
    save_file(tensors, folder / FILE, metadata=metadata)
    return True


class QueryTokenizer:
    """Token ids of short texts, equal to those of the model's own tokenizer."""

    def __init__(self, tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> None:
        self._hashes, self._ids, self._scores = tensors["hashes"], tensors["ids"], tensors["scores"]
        self._frame: dict[str, Any] = json.loads(metadata["frame"])
        self._specials: list[list[Any]] = json.loads(metadata["specials"])
        self._worst: list[Any] = json.loads(metadata["worst"])
        self._longest = int(metadata["longest"])
        self._cut = re.compile("|".join(re.escape(str(piece)) for piece, _ in self._specials) or "(?!)")

    @classmethod
    def open(cls, folder: Path) -> Self | None:
        """The tokenizer of a model folder; None where `write_pieces` has not been able to make one."""
        if not (folder / FILE).is_file():
            return None
        from safetensors import safe_open

        with safe_open(folder / FILE, framework="numpy") as file:
            return cls({name: file.get_tensor(name) for name in ("hashes", "ids", "scores")}, file.metadata())

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special tokens included."""
        from tokenizers import Tokenizer

        empty = self._tokenizer(Tokenizer, self._specials)
        # The tokenizer cuts a text at special tokens before anything else.
        parts = [part for text in texts for part in self._cut.split(text)]
        words = {word for part in parts for word in _words(empty, part)}
        pieces = sorted({w[i:j] for w in words for i in range(len(w)) for j in range(i + 1, i + 1 + self._longest)})
        vocabulary, real = [*self._specials], list(range(len(self._specials)))
        for piece, at in zip(pieces, self._find(pieces), strict=True):
            if at >= 0:
                vocabulary.append([piece, float(self._scores[at])])
                real.append(int(self._ids[at]))
        if self._worst[0] not in pieces:
            vocabulary.append(self._worst)
            real.append(-1)  # it is there for its score only
        encodings = self._tokenizer(Tokenizer, vocabulary).encode_batch_fast(list(texts))
        return [[real[token] for token in encoding.ids] for encoding in encodings]

    def _tokenizer(self, kind: Any, vocabulary: list[list[Any]]) -> Any:
        return kind.from_str(json.dumps({**self._frame, "model": {**self._frame["model"], "vocab": vocabulary}}))

    def _find(self, pieces: Sequence[str]) -> list[int]:
        """The row of each piece, or -1."""
        wanted = np.array([_hash(piece) for piece in pieces], dtype="<u8")
        rows = np.minimum(np.searchsorted(self._hashes, wanted), len(self._hashes) - 1)
        found: list[int] = np.where(self._hashes[rows] == wanted, rows, -1).tolist()
        return found


def _words(tokenizer: Any, text: str) -> list[str]:
    """What the Unigram model is given: the text after normalisation and pre-tokenisation."""
    if tokenizer.normalizer is not None:
        text = tokenizer.normalizer.normalize_str(text)
    if tokenizer.pre_tokenizer is None:
        return [text]
    return [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]


def _hash(piece: str) -> int:
    return int.from_bytes(hashlib.blake2b(piece.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
