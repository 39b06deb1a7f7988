"""What prompts share is read once: the text stays what it was, and the memory stays bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from ragsys.generate.prefix_cache import Kept, PrefixCache
from ragsys.generate.transformers_backend import TransformersGenerator
from ragsys.types import Decoding, Message

if TYPE_CHECKING:
    from pathlib import Path

_FRAME = "Answer from the passages only. The burrs are brushed dry every two weeks, never washed. "
_QUESTIONS = ("How are they cleaned?", "How often?", "磨豆机怎么清洗？", "How are they cleaned, and why?", "How often?")
_PROMPTS = [[Message("system", _FRAME), Message("user", question)] for question in _QUESTIONS]


@pytest.fixture(scope="module")
def sliding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny gemma whose layers see 16 tokens back, one layer aside."""
    import tiny_models

    return tiny_models.sliding_lm(tmp_path_factory.mktemp("tiny") / "sliding")


def _kept(*tokens: int) -> Kept:
    """One layer of one head of size 1: 8 bytes a token."""
    part = torch.tensor(tokens, dtype=torch.float32).reshape(1, 1, -1, 1)
    return Kept(tokens, ((part, -part),))


@pytest.mark.parametrize("decoding", [Decoding(20), Decoding(20, temperature=1.0, top_p=0.9, seed=3)], ids=str)
def test_the_text_is_the_same_with_and_without(tiny_generator: Path, decoding: Decoding) -> None:
    """Whatever was asked before, left early or sampled, a prompt is answered as by a generator that keeps nothing."""
    keeping = TransformersGenerator(tiny_generator, "tiny", device="cpu")
    fresh = TransformersGenerator(tiny_generator, "tiny", device="cpu", prefix_cache=False)
    for prompt in (*_PROMPTS, *_PROMPTS):
        assert "".join(keeping.stream(prompt, decoding)) == "".join(fresh.stream(prompt, decoding))
        left = keeping.stream(prompt, Decoding(40, temperature=2.0, seed=len(prompt[1].content)))
        next(left, None)  # a model with weights of chance may end at once
        left.close()


def test_what_is_shared_is_read_once(tiny_generator: Path, monkeypatch: Any) -> None:
    """The second prompt costs the tokens that it does not share with the first; the same prompt costs one."""
    generator = TransformersGenerator(tiny_generator, "tiny", device="cpu")
    read = []
    forward = generator._model.forward
    monkeypatch.setattr(
        generator._model, "forward", lambda *a, **o: (read.append(o["input_ids"].shape[1]), forward(*a, **o))[1]
    )
    whole = [len(generator._encoder.encode(prompt)) for prompt in _PROMPTS]
    frame = len(generator._encoder.encode([Message("system", _FRAME), Message("user", "How ")]))
    costs = []
    for prompt in (_PROMPTS[0], _PROMPTS[1], _PROMPTS[1]):
        read.clear()
        list(generator.stream(prompt, Decoding(1)))
        costs.append(read[0])
    assert costs[0] == whole[0]
    assert costs[1] <= whole[1] - frame + 2
    assert costs[2] == 1


def test_a_model_with_a_window_says_what_it_would_say(sliding: Path) -> None:
    """Layers that see a few tokens back give the library's own text, beyond the window and from a kept beginning."""
    generator = TransformersGenerator(sliding, "sliding", device="cpu")
    for prompt in (*_PROMPTS, _PROMPTS[0]):
        ids = torch.tensor([generator._encoder.encode(prompt)])
        assert ids.shape[1] > 32
        with torch.inference_mode():
            found = generator._model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False, pad_token_id=1
            )
        expected = generator._tokenizer.decode(found[0, ids.shape[1] :], skip_special_tokens=True)
        assert "".join(generator.stream(prompt, Decoding(24))) == expected
    assert generator._prefixes is not None
    assert generator._prefixes.size


def test_a_model_that_remembers_by_a_state_says_what_it_would_say(tmp_path: Path) -> None:
    """A state cannot be cut back: nothing is kept, and the text is the library's own."""
    import tiny_models

    generator = TransformersGenerator(tiny_models.state_lm(tmp_path / "state"), "state", device="cpu")
    assert generator._prefixes is None
    for prompt in _PROMPTS[:2]:
        ids = torch.tensor([generator._encoder.encode(prompt)])
        with torch.inference_mode():
            found = generator._model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=16, do_sample=False, pad_token_id=1
            )
        expected = generator._tokenizer.decode(found[0, ids.shape[1] :], skip_special_tokens=True)
        assert "".join(generator.stream(prompt, Decoding(16))) == expected
    assert generator.score(_PROMPTS[0], ["oil", "water"]) == generator.score(_PROMPTS[0], ["oil", "water"])


def test_the_memory_is_bounded() -> None:
    """The least recently used goes first, and what is larger than the limit is not kept at all."""
    cache = PrefixCache(limit=8 * 60)
    for start in (0, 100, 200):
        cache.put(_kept(*range(start, start + 30)))
    assert cache.size == 8 * 60
    assert cache.take(range(30)) is None
    cache.put(_kept(*range(61)))
    assert cache.size == 0


def test_the_rest_of_another_question_is_dropped_and_another_task_stays() -> None:
    """Most of what was kept is taken out of the cache; a short beginning of it leaves it there."""
    cache = PrefixCache()
    cache.put(_kept(*range(80)))
    shared = cache.take([*range(18), 99])
    assert shared is not None
    assert shared.tokens == tuple(range(18))
    assert cache.size == 8 * 80
    taken = cache.take([*range(30), 99])
    assert taken is not None
    assert taken.layers[0][0].flatten().tolist() == list(range(30))
    assert cache.size == 0
    assert cache.take(range(40)) is None
