"""The transformers backend on a tiny random model: what the library itself would generate, and no more of it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ragsys.config import Settings
from ragsys.errors import ConfigError, GenerationError, ModelRejectedError
from ragsys.generate.load import load_generator
from ragsys.generate.transformers_backend import TransformersGenerator
from ragsys.protocols import Scorer
from ragsys.types import Decoding, Message

if TYPE_CHECKING:
    from pathlib import Path

_ASK = [Message("user", "How are the burrs cleaned?")]


@pytest.fixture(scope="module")
def generator(tiny_generator: Path) -> TransformersGenerator:
    """The tiny generator on the CPU."""
    return TransformersGenerator(tiny_generator, "tiny", device="cpu", threads=1)


@pytest.fixture
def own(tmp_path: Path, tiny_generator: Path) -> Path:
    """A copy of the tiny generator, to be changed."""
    return shutil.copytree(tiny_generator, tmp_path / "own")


def _expected(generator: TransformersGenerator, length: int) -> str:
    """What greedy search of the library itself says."""
    ids = torch.tensor([generator._encoder.encode(_ASK)])
    with torch.inference_mode():
        found = generator._model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=length, do_sample=False, pad_token_id=1
        )
    return str(generator._tokenizer.decode(found[0, ids.shape[1] :], skip_special_tokens=True))


def test_the_pieces_are_the_whole_text(generator: TransformersGenerator) -> None:
    """Streamed text is the decoded text of the same tokens, characters of several bytes included."""
    pieces = list(generator.stream(_ASK, Decoding(max_new_tokens=60)))
    assert len(pieces) > 1
    assert "".join(pieces) == _expected(generator, 60)


def test_a_base_model_gets_the_turns_and_goes_on(generator: TransformersGenerator) -> None:
    """Without a template the turns are joined by a blank line."""
    ids = generator._encoder.encode([Message("system", "Be brief."), Message("user", "Why?")])
    assert generator._tokenizer.decode(ids, skip_special_tokens=True) == "Be brief.\n\nWhy?"


def test_a_chat_model_gets_its_template(own: Path) -> None:
    """With a template, it decides, and the turn of the assistant is opened."""
    turns = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    template = turns + "{% if add_generation_prompt %}[assistant]{% endif %}"
    (own / "chat_template.jinja").write_text(template)
    generator = TransformersGenerator(own, "chat", device="cpu")
    ids = generator._encoder.encode([Message("system", "Be brief."), Message("user", "Why?")])
    assert generator._tokenizer.decode(ids) == "[system]Be brief.[user]Why?[assistant]"


def test_a_score_is_the_mean_log_probability_of_the_tokens(generator: TransformersGenerator) -> None:
    """Each continuation by itself in one pass of the library gives the same figure, in whatever company it is asked."""
    texts = [" brushed", " in oil, every two weeks", "x"]
    prompt = torch.tensor([generator._encoder.encode(_ASK)])
    expected = []
    for text in texts:
        ids = generator._tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            logits = generator._model(input_ids=torch.cat([prompt, ids], dim=1)).logits[0, prompt.shape[1] - 1 : -1]
        expected.append(float(torch.log_softmax(logits, dim=-1).gather(1, ids.T).mean()))
    assert isinstance(generator, Scorer)
    assert generator.score(_ASK, texts) == pytest.approx(expected, abs=1e-4)
    assert generator.score(_ASK, texts[1:2]) == pytest.approx(expected[1:2], abs=1e-4)
    assert generator.score(_ASK, []) == []


def test_what_greedy_search_says_scores_best(generator: TransformersGenerator) -> None:
    """No other first token is more probable than the one that is chosen."""
    said = next(generator.stream(_ASK, Decoding(max_new_tokens=1)))
    others = [chr(letter) for letter in range(ord("a"), ord("z"))]
    scores = generator.score(_ASK, [said, *others])
    assert scores[0] == pytest.approx(max(scores))
    assert max(scores) <= 0


@pytest.mark.parametrize("text", ["", "x " * 300])
def test_what_cannot_be_scored_is_a_typed_error(generator: TransformersGenerator, text: str) -> None:
    """No token, or more than the context holds."""
    with pytest.raises(GenerationError):
        generator.score(_ASK, ["fine", text])


@given(
    st.lists(st.sampled_from(["<s>", "</s>", "<", "/s>", "s>", " ", "a", "水", "<s", "</"]), max_size=12).map("".join)
)
def test_no_text_of_a_message_becomes_a_special_token(generator: TransformersGenerator, text: str) -> None:
    """The end of a text, spelled out in a message, is read as its characters: only the template may set it."""
    ids = generator._encoder.encode([Message("user", text)])
    assert not set(ids) & {0, 1}
    assert generator.count_tokens(text) == len(ids)


def test_settings_of_the_folder_do_not_change_the_decoding(own: Path, generator: TransformersGenerator) -> None:
    """Beams, penalties and temperatures of a folder are left out: greedy is greedy."""
    config = json.loads((own / "generation_config.json").read_text())
    config |= {"do_sample": True, "temperature": 3.0, "top_k": 3, "num_beams": 2, "repetition_penalty": 5.0}
    (own / "generation_config.json").write_text(json.dumps(config))
    changed = TransformersGenerator(own, "own", device="cpu")
    decoding = Decoding(max_new_tokens=30)
    assert "".join(changed.stream(_ASK, decoding)) == "".join(generator.stream(_ASK, decoding))


def test_top_k_of_one_is_greedy_and_zero_is_all(generator: TransformersGenerator) -> None:
    """Of the k best tokens only; 0 means no limit, not the library's fifty."""
    greedy = "".join(generator.stream(_ASK, Decoding(max_new_tokens=20)))
    hot = Decoding(max_new_tokens=20, temperature=50.0, top_k=1, seed=3)
    assert "".join(generator.stream(_ASK, hot)) == greedy
    first = {
        "".join(generator.stream(_ASK, Decoding(max_new_tokens=1, temperature=1000.0, seed=seed)))
        for seed in range(150)
    }
    assert len(first) > 50


def test_closing_the_iterator_stops_the_model(generator: TransformersGenerator, monkeypatch: Any) -> None:
    """A token is computed when it is asked for: after the reader has gone there is no further step."""
    steps = []
    forward = generator._model.forward

    def counted(*arguments: Any, **options: Any) -> Any:
        steps.append(1)
        return forward(*arguments, **options)

    monkeypatch.setattr(generator._model, "forward", counted)
    stream = generator.stream(_ASK, Decoding(max_new_tokens=200))
    next(stream)
    stream.close()
    assert len(steps) <= 5  # a character may need several tokens


def test_a_stop_string_stops_the_model(generator: TransformersGenerator, monkeypatch: Any) -> None:
    """Once the stop string is there, no more is computed."""
    steps = []
    forward = generator._model.forward
    text = _expected(generator, 60)
    monkeypatch.setattr(generator._model, "forward", lambda *a, **o: (steps.append(1), forward(*a, **o))[1])
    assert (
        "".join(generator.stream(_ASK, Decoding(max_new_tokens=200, stop=(text[3:5],)))) == text[: text.find(text[3:5])]
    )
    assert len(steps) < 30


def test_what_goes_wrong_in_the_library_comes_out_typed(generator: TransformersGenerator, monkeypatch: Any) -> None:
    """An error inside the library is raised where the text is read."""

    def fail(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("no memory left")

    monkeypatch.setattr(generator._model, "forward", fail)
    with pytest.raises(GenerationError, match="no memory left"):
        list(generator.stream(_ASK, Decoding(max_new_tokens=5)))


def test_damaged_weights_are_a_typed_error(own: Path) -> None:
    """A safetensors file that ends early is refused with a next step."""
    (own / "model.safetensors").write_bytes((own / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(GenerationError, match="own cannot be loaded") as caught:
        TransformersGenerator(own, "own", device="cpu")
    assert caught.value.hint


def test_code_of_a_folder_is_never_run(own: Path) -> None:
    """A folder that names code of its own is refused without a question, and the code does not run."""
    config = json.loads((own / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    (own / "config.json").write_text(json.dumps(config))
    (own / "own.py").write_text(f"open({str(own / 'ran')!r}, 'w')")
    with pytest.raises(GenerationError):
        TransformersGenerator(own, "own", device="cpu")
    assert not (own / "ran").exists()


@pytest.mark.parametrize("device", ["tpu", "cuda:99"])
def test_a_device_that_cannot_be_is_a_typed_error(tiny_generator: Path, device: str) -> None:
    """The setting is refused before anything is loaded."""
    with pytest.raises(ConfigError):
        TransformersGenerator(tiny_generator, "tiny", device=device)


def test_an_embedder_is_not_a_generator(tmp_path: Path, tiny_embedder: Path, tiny_generator: Path) -> None:
    """A sentence-transformers folder is refused by name; a causal model is loaded."""
    with pytest.raises(ModelRejectedError, match="is an embedder"):
        load_generator(Settings(generator=str(tiny_embedder), models_dir=str(tmp_path)))
    loaded = load_generator(Settings(generator=str(tiny_generator), models_dir=str(tmp_path), device="cpu"))
    assert loaded.context_tokens == 256
