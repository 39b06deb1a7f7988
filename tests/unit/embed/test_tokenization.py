"""A model's shape and tokens, read from its files alone."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ragsys.embed.tokenization import TextTokenizer, pad, read_shape
from ragsys.errors import ModelRejectedError, QueryError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tokenizer(tiny_embedder: Path) -> TextTokenizer:
    """The tiny embedder's tokenizer."""
    return TextTokenizer(tiny_embedder, read_shape(tiny_embedder))


def test_the_shape_is_what_the_files_say(tiny_embedder: Path) -> None:
    """Dimension, length, and the prefixes of queries and passages."""
    shape = read_shape(tiny_embedder)
    assert (shape.dim, shape.max_length) == (32, 512)
    assert (shape.query_prefix, shape.passage_prefix) == ("query: ", "passage: ")


def test_a_shorter_length_of_its_own_wins(tmp_path: Path, tiny_embedder: Path) -> None:
    """sentence_bert_config.json may allow less than the encoder has positions for."""
    own = shutil.copytree(tiny_embedder, tmp_path / "own")
    (own / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64}))
    assert read_shape(own).max_length == 64


def test_lengths_and_pooling_are_read_as_any_version_writes_them(tmp_path: Path, tiny_embedder: Path) -> None:
    """The tokenizer's own limit counts, RoBERTa loses two positions, and a mode is a switch or a name."""
    own = shutil.copytree(tiny_embedder, tmp_path / "own")
    (own / "sentence_bert_config.json").write_text("{}")
    (own / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 100}))
    assert read_shape(own).max_length == 100
    (own / "tokenizer_config.json").write_text("{}")
    config = {"hidden_size": 32, "model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1}
    (own / "config.json").write_text(json.dumps(config))
    assert read_shape(own).max_length == 512
    pooling = own / "1_Pooling" / "config.json"
    found = []
    for mode in ({"pooling_mode": "cls"}, {"pooling_mode_cls_token": True}, {"pooling_mode": ["mean"]}):
        pooling.write_text(json.dumps({"word_embedding_dimension": 32, **mode}))
        found.append(read_shape(own).pooling)
    assert found == ["pooling_mode_cls_token", "pooling_mode_cls_token", "pooling_mode_mean_tokens"]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    """Without a dimension there is no embedder."""
    with pytest.raises(ModelRejectedError):
        read_shape(tmp_path)


def test_special_tokens_and_prefix_are_taken_off_the_limit(tokenizer: TextTokenizer) -> None:
    """512 positions, less [CLS] and [SEP], less the prefix's tokens and one to spare."""
    prefix = len(tokenizer.starts("passage: "))
    assert tokenizer.max_tokens == 512 - 2 - prefix - 1


def test_counting_and_offsets_agree(tokenizer: TextTokenizer) -> None:
    """As many starts as tokens, and each start is a code point of the text, Chinese included."""
    text = "磨豆机 burrs, brushed dry"
    starts = tokenizer.starts(text)
    assert tokenizer.count([text]) == [len(starts)]
    assert starts == sorted(starts)
    assert text.index("burrs") in starts


def test_a_batch_is_padded_and_masked(tokenizer: TextTokenizer) -> None:
    """Ids to the left, padding to the right, and the mask says which is which."""
    rows = tokenizer.encode(["a", "burrs are brushed"], "query: ")
    ids, mask = pad(rows)
    assert ids.shape == mask.shape == (2, max(map(len, rows)))
    assert mask.sum(axis=1).tolist() == [len(row) for row in rows]
    assert ids[0, : len(rows[0])].tolist() == rows[0]
    np.testing.assert_array_equal(ids[mask == 0], 0)


def test_nothing_is_cut(tokenizer: TextTokenizer) -> None:
    """A text beyond the limit is refused, with both numbers."""
    with pytest.raises(QueryError, match=r"a text of \d+ tokens; the embedder reads 512"):
        tokenizer.encode(["a " * 600], "")
