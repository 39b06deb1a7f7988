"""One suite over every generator: the shipped fake, tiny models here and behind a server, and the default one."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from ragsys.config import Settings
from ragsys.errors import EndpointModelError, GenerationError
from ragsys.generate.load import load_generator
from ragsys.generate.transformers_backend import TransformersGenerator
from ragsys.models import installed, pull
from ragsys.models.device import pick_device
from ragsys.protocols import Generator
from ragsys.testing import ScriptedGenerator
from ragsys.types import Decoding, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASK = (Message("system", "Answer from the passages."), Message("user", "How are the burrs of a grinder cleaned?"))
_REPLY = "The burrs are brushed dry, every two weeks; water would make the steel rust, and oil would spoil the coffee."


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory, tiny_generator: Path) -> Path:
    """A folder that a pull made of a GGUF file."""
    import gguf_writer

    place = tmp_path_factory.mktemp("gguf")
    (place / "babble").mkdir()
    gguf_writer.write(tiny_generator, place / "babble" / "babble-q8_0.gguf")
    return pull(str(place / "babble"), models_dir=place / "models", offline=True).path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of transformers' own server in a process of its own, and the name of its tiny model."""
    import model_server
    import tiny_models

    place = tmp_path_factory.mktemp("served")
    folder = tiny_models.chat_lm(place / "babbler")
    with model_server.serve(folder, place / "log") as url:
        yield url, str(folder)


@pytest.fixture(scope="module", params=["scripted", "tiny", "gpu", "gguf", "chat", "completions", "default"])
def generator(request: pytest.FixtureRequest) -> Generator:
    """Each generator in turn; the default model has to be on this machine."""
    if request.param == "scripted":
        return ScriptedGenerator([_REPLY] * 100)
    if request.param in {"tiny", "gguf"}:
        folder = request.getfixturevalue("tiny_generator" if request.param == "tiny" else "gguf")
        return TransformersGenerator(folder, request.param, device="cpu", threads=1, converted=request.param == "gguf")
    if request.param == "gpu":
        if pick_device("auto") == "cpu":
            pytest.skip("no CUDA and no MPS here")
        return TransformersGenerator(request.getfixturevalue("tiny_generator"), "tiny", device="auto")
    if request.param in {"chat", "completions"}:
        url, model = request.getfixturevalue("served")
        return load_generator(
            Settings(generator=url, generator_model=model, generator_api=request.param, generator_context=256)
        )
    settings = Settings(device="cpu")
    if settings.generator not in installed(Path(settings.models_dir)):
        pytest.skip(f"run `ragsys models pull {settings.generator}` first")
    return load_generator(settings)


def _say(generator: Generator, length: int = 12, **settings: object) -> str:
    return "".join(generator.stream(_ASK, Decoding(max_new_tokens=length, **settings)))


def _sampled(generator: Generator, seed: int) -> str:
    return _say(generator, temperature=2.0, seed=seed)


def test_it_keeps_the_protocol_and_has_a_name(generator: Generator) -> None:
    """The name goes into each answer, the context into each budget."""
    assert isinstance(generator, Generator)
    assert generator.name
    assert generator.context_tokens > 100


def test_the_pieces_make_the_text(generator: Generator) -> None:
    """Several pieces of text, none of them empty, that together are the text."""
    pieces = list(generator.stream(_ASK, Decoding(max_new_tokens=12)))
    assert len(pieces) > 1
    assert all(isinstance(piece, str) and piece for piece in pieces)
    assert "".join(pieces) == _say(generator)


def test_greedy_is_the_same_every_time(generator: Generator) -> None:
    """Temperature 0 follows neither the seed nor the state of any random generator."""
    first = _say(generator)
    torch.manual_seed(12345)
    assert _say(generator) == first
    assert _say(generator, seed=7, top_k=5, top_p=0.3) == first


def test_a_seed_fixes_what_is_sampled(generator: Generator) -> None:
    """The same seed gives the same text, whatever was drawn in between."""
    first = _sampled(generator, 1)
    torch.rand(10)
    assert _sampled(generator, 1) == first


def test_other_seeds_give_other_texts(generator: Generator) -> None:
    """Sampling does sample."""
    if isinstance(generator, ScriptedGenerator):
        pytest.skip("the script says the same whatever the seed")
    assert len({_sampled(generator, seed) for seed in range(3)}) == 3


def test_a_stop_string_never_comes_out(generator: Generator) -> None:
    """Wherever it begins, within a piece or across two, the text ends before it."""
    pieces = list(generator.stream(_ASK, Decoding(max_new_tokens=12)))
    text = "".join(pieces)
    edge = len(pieces[0])
    for start, end in ((edge - 1, edge + 1), (0, 2), (edge, edge + 3), (edge - 1, edge + 5)):
        stop = text[start:end]
        assert _say(generator, stop=(stop,)) == text[: text.find(stop)]


def test_the_first_of_several_stop_strings_counts(generator: Generator) -> None:
    """Their order in the settings does not matter, and one that never comes changes nothing."""
    text = _say(generator)
    early, late = text[2:4], text[-2:]
    cut = text[: min(text.find(early), text.find(late))]
    assert _say(generator, stop=(late, early)) == _say(generator, stop=(early, late)) == cut
    assert _say(generator, stop=("\u2603 never said",)) == text


def test_no_more_tokens_than_asked_for(generator: Generator) -> None:
    """A shorter limit gives the beginning of the longer text (a character cut in half aside)."""
    whole = _say(generator)
    for length in (1, 4):
        short = _say(generator, length=length).rstrip("\ufffd")
        assert len(short) < len(whole)
        assert whole.startswith(short)


def test_a_prompt_that_does_not_fit_is_refused(generator: Generator) -> None:
    """Nothing is cut silently: a prompt beyond the context, or one that leaves no room, is a GenerationError."""
    long = (Message("user", "burrs " * generator.context_tokens),)
    with pytest.raises(GenerationError):
        list(generator.stream(long, Decoding(max_new_tokens=1)))
    with pytest.raises(GenerationError):
        list(generator.stream(_ASK, Decoding(max_new_tokens=generator.context_tokens)))


def test_a_reader_may_leave_early(generator: Generator) -> None:
    """Closing the iterator ends the work behind it, and the next text is whole."""
    expected = _say(generator)
    threads = threading.active_count()
    stream = generator.stream(_ASK, Decoding(max_new_tokens=64))
    next(stream)
    stream.close()
    assert threading.active_count() == threads
    assert _say(generator) == expected


def test_tokens_are_counted(generator: Generator) -> None:
    """Nothing is no token, and more text is more tokens, in Chinese too."""
    assert generator.count_tokens("") == 0
    for text in ("burrs", "磨豆机"):
        assert 0 < generator.count_tokens(text) < generator.count_tokens(f"{text} {text} {text}")


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_a_server_says_what_the_model_says_here(served: tuple[str, str], api: str, tmp_path: Path) -> None:
    """Greedy, the same weights give the same text on both sides of the connection; a base model gets plain turns."""
    url, folder = served
    here = shutil.copytree(folder, tmp_path / "here")
    if api == "completions":
        (here / "chat_template.jinja").unlink()
    local = TransformersGenerator(here, "here", device="cpu", threads=1)
    settings = Settings(generator=url, generator_model=folder, generator_api=api, generator_context=256)
    assert _say(load_generator(settings), length=24) == _say(local, length=24)


def test_a_server_without_that_model_is_a_typed_error(served: tuple[str, str]) -> None:
    """The server's own words, and what to set."""
    with pytest.raises(EndpointModelError, match="nonesuch"):
        _say(load_generator(Settings(generator=served[0], generator_model="nonesuch")))
