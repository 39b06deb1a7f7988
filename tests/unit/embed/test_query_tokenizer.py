"""A query's tokens without the vocabulary: the same as with it, on any text."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from ragsys.config import Settings
from ragsys.embed.query_tokenizer import FILE, QueryTokenizer, write_pieces
from ragsys.models import installed

_SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
_PIECES = [
    "▁",
    "▁cat",
    "cat",
    "c",
    "a",
    "t",
    "s",
    "ca",
    "ats",
    "▁dog",
    "d",
    "o",
    "g",
    "猫",
    "小猫",
    "小",
    "é",
    "▁query",
    ":",
]
_TEXTS = st.lists(
    st.one_of(st.sampled_from([*"cats dog小猫:é\n\t", "</s>", "<pad>"]), st.characters(codec="utf-8")), max_size=60
).map("".join)


def _folder(path, *, unk=3, specials=_SPECIALS):
    """A tokenizer.json of a small Unigram model, made as the converter makes the default one's."""
    vocabulary = [(s, 0.0) for s in specials] + [(p, -1.0 - 0.37 * i) for i, p in enumerate(_PIECES)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(Regex(r"[\n\t]"), " "), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(list(specials))
    tokenizer.save(str(path / "tokenizer.json"))
    return tokenizer


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The small model's whole tokenizer, and the one of its pieces."""
    folder = tmp_path_factory.mktemp("small")
    whole = _folder(folder)
    assert write_pieces(folder)
    return whole, QueryTokenizer.open(folder)


@pytest.fixture(scope="module")
def default():
    """The same of the default embedder."""
    settings = Settings()
    folder = Path(settings.models_dir) / settings.embedder
    if settings.embedder not in installed(Path(settings.models_dir)) or not (folder / FILE).is_file():
        pytest.skip(f"run `ragsys models pull {settings.embedder}` first")
    return Tokenizer.from_file(str(folder / "tokenizer.json")), QueryTokenizer.open(folder)


@given(text=_TEXTS)
def test_a_small_model_gives_the_same_tokens(small, text):
    """Known and unknown characters, special tokens and white space come out as from the whole vocabulary."""
    whole, pieces = small
    assert pieces.encode([text, "cats <s>"]) == [whole.encode(text).ids, whole.encode("cats <s>").ids]


@given(text=_TEXTS)
def test_the_default_model_gives_the_same_tokens(default, text):
    """A quarter of a million pieces, any Unicode text."""
    whole, pieces = default
    assert pieces.encode(["query: " + text]) == [whole.encode("query: " + text).ids]


@pytest.mark.parametrize(
    "text",
    [
        "how is a saw sharpened?",
        "刹车皮磨到多少毫米时必须更换？",
        "ấ稣 ấấ <mask>",
        "a</s>b <pad>water <unk>hello",
        "",
        "x" * 500,
    ],
)
def test_queries_of_the_default_model(default, text):
    """English, Chinese, the worst piece of the vocabulary, nothing, and one long unknown word."""
    whole, pieces = default
    assert pieces.encode([text]) == [whole.encode(text).ids]


def test_another_kind_of_tokenizer_is_left_alone(tmp_path):
    """WordPiece, or special tokens that are not the first ones: no file, and the whole tokenizer is used."""
    _folder(tmp_path)
    frame = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    for change in ({"model": {**frame["model"], "type": "BPE"}}, {"added_tokens": [{"id": 7, "content": "<mask>"}]}):
        (tmp_path / "tokenizer.json").write_text(json.dumps({**frame, **change}), encoding="utf-8")
        assert not write_pieces(tmp_path)
    assert QueryTokenizer.open(tmp_path) is None
