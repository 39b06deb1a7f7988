"""The generator behind an address, against a real server on loopback that does everything wrong."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from endpoint_server import Reply, refused, said, serve

from ragsys.config import Settings
from ragsys.errors import (
    ConfigError,
    EndpointAnswerError,
    EndpointBusyError,
    EndpointCredentialsError,
    EndpointError,
    EndpointModelError,
    EndpointTimeoutError,
    EndpointUnreachableError,
    GenerationError,
    OfflineError,
)
from ragsys.generate.endpoint import EndpointGenerator, Usage, is_loopback
from ragsys.generate.load import load_generator
from ragsys.generate.transport import Transport
from ragsys.types import Decoding, Message

_ASK = (Message("system", "Be brief."), Message("user", "How are the burrs cleaned?"))
_KEY = "sk-very-secret-0123456789"


def _generator(endpoint: Any, **settings: Any) -> tuple[EndpointGenerator, list[float]]:
    """A generator that notes how long it would wait instead of waiting."""
    waits: list[float] = []
    transport = Transport(endpoint.url, local=True, **{"silence": 5.0, "pause": waits.append} | settings)
    return EndpointGenerator(transport, "burrs-7b"), waits


def _say(generator: EndpointGenerator, **decoding: Any) -> str:
    return "".join(generator.stream(_ASK, Decoding(**decoding)))


def test_a_stream_is_read_and_its_usage_noted() -> None:
    """Text, name and usage come from the server; the request holds the turns and what differs from the defaults."""
    with serve(said("The burrs ", "are ", "brushed.")) as endpoint:
        generator, _ = _generator(endpoint)
        assert _say(generator, max_new_tokens=9, stop=("\n", "", "\n")) == "The burrs are brushed."
        assert generator.usage == Usage(prompt=7, completion=3)
        assert generator.name == f"burrs-7b@{endpoint.url.split('/')[2]}"
        ((path, headers, body),) = endpoint.requests
    assert path == "/v1/chat/completions"
    assert "Authorization" not in headers
    assert body == {
        "model": "burrs-7b",
        "messages": [{"role": m.role, "content": m.content} for m in _ASK],
        "max_tokens": 9,
        "temperature": 0.0,
        "stop": ["\n"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_sampling_is_asked_for_with_what_was_set() -> None:
    """Top-k, top-p and a seed are sent where they say anything."""
    with serve(said("x")) as endpoint:
        generator, _ = _generator(endpoint)
        _say(generator, temperature=0.5, top_k=3, top_p=0.9, seed=4)
        _say(generator, temperature=0.5)
        first, second = (body for _, _, body in endpoint.requests)
    assert {name: first[name] for name in ("temperature", "top_k", "top_p", "seed")} == {
        "temperature": 0.5,
        "top_k": 3,
        "top_p": 0.9,
        "seed": 4,
    }
    assert not {"top_k", "top_p", "seed", "stop"} & second.keys()


def test_a_server_that_does_not_stream_is_understood() -> None:
    """One JSON object in place of a stream is an answer too."""
    body = {"choices": [{"message": {"content": "Brushed."}, "finish_reason": "stop"}]}
    with serve(Reply(body=json.dumps(body).encode())) as endpoint:
        assert _say(_generator(endpoint)[0]) == "Brushed."


def test_events_may_be_cut_anywhere() -> None:
    """Byte by byte, with comments and both line ends, the text is the same."""
    whole = b": ping\r\n\r\n" + b"".join(said("磨豆", "机").chunks).replace(b"\n", b"\r\n")
    with serve(Reply(chunks=[whole[at : at + 1] for at in range(len(whole))])) as endpoint:
        assert _say(_generator(endpoint)[0]) == "磨豆机"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again(status: int) -> None:
    """Twice refused and then answered is an answer; the waits grow and are not all the same."""
    with serve(refused(status), refused(status), said("Brushed.")) as endpoint:
        generator, waits = _generator(endpoint)
        assert _say(generator) == "Brushed."
    assert len(waits) == 2
    assert 0 <= waits[0] <= 0.5
    assert 0 <= waits[1] <= 1.0


def test_the_server_says_how_long_to_wait() -> None:
    """Retry-After is honoured, as seconds and as a date; where it is beyond the deadline, we do not wait at all."""
    with serve(refused(429, retry_after=3), refused(503, retry_after="Thu, 01 Jan 1970 00:00:00 GMT"), said("x")) as it:
        generator, waits = _generator(it)
        assert _say(generator) == "x"
        assert waits == [3.0, 0.0]
    with serve(refused(429, "slow down", retry_after=3600)) as endpoint:
        generator, waits = _generator(endpoint)
        with pytest.raises(EndpointBusyError, match="slow down"):
            _say(generator)
        assert not waits
        assert len(endpoint.requests) == 1


def test_it_gives_up_after_a_few_tries() -> None:
    """A server that stays in trouble is asked four times."""
    with serve(refused(500, "out of memory")) as endpoint:
        generator, waits = _generator(endpoint)
        with pytest.raises(EndpointAnswerError, match="out of memory"):
            _say(generator)
        assert len(endpoint.requests) == 4
        assert len(waits) == 3


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "who are you", EndpointCredentialsError),
        (403, "not you", EndpointCredentialsError),
        (404, "no such thing", EndpointModelError),
        (400, "pinned to 'a'; requested 'burrs-7b'", EndpointModelError),
        (400, "too many tokens", EndpointAnswerError),
        (422, "unexpected fields", EndpointAnswerError),
    ],
)
def test_a_refusal_is_typed_and_not_repeated(status: int, message: str, kind: type[EndpointError]) -> None:
    """What asking again would not change is raised at once, with the server's own words and a next step."""
    with serve(refused(status, message)) as endpoint:
        with pytest.raises(GenerationError, match=message[:10]) as caught:
            _say(_generator(endpoint)[0])
        assert type(caught.value) is kind
        assert caught.value.hint
        assert len(endpoint.requests) == 1


def test_a_connection_cut_in_the_middle_is_no_answer() -> None:
    """What had been said was given; the rest is an error, and nothing is asked again."""
    cut = Reply(chunks=said("one ", "two ").chunks[:2], cut=True)
    with serve(cut) as endpoint:
        stream = _generator(endpoint)[0].stream(_ASK, Decoding())
        assert [next(stream), next(stream)] == ["one ", "two "]
        with pytest.raises(EndpointUnreachableError, match="broke"):
            next(stream)
        assert len(endpoint.requests) == 1


def test_a_stream_that_just_ends_is_no_answer() -> None:
    """Without the mark of an end, a clean close is the middle of an answer."""
    with serve(Reply(chunks=said("one ").chunks[:1])) as endpoint, pytest.raises(EndpointAnswerError, match="middle"):
        _say(_generator(endpoint)[0])


def test_a_connection_cut_before_the_first_token_is_tried_again() -> None:
    """Nothing was given yet, so it may."""
    with serve(Reply(cut=True), said("Brushed.")) as endpoint:
        assert _say(_generator(endpoint)[0]) == "Brushed."


@pytest.mark.parametrize(
    "chunks",
    [
        [b"data: {]\n\n"],
        [b"data: 7\n\n"],
        [b'data: {"choices": 7}\n\n'],
        [b'data: {"choices": [{"delta": {"content": 7}}]}\n\n'],
        [b'data: {"choices": [{"delta": ["x"]}]}\n\n'],
        [b"data: \xff\xfe\n\n"],
        [b'data: {"error": "out of memory"}\n\n'],
        [b"<html>hello</html>"],
        [b"data: " + b"[" * 100_000 + b"\n\n"],
        [],
    ],
    ids=range(10),
)
def test_garbage_is_a_typed_error(chunks: list[bytes]) -> None:
    """Whatever comes in the name of a stream, it is text or an EndpointAnswerError."""
    with serve(Reply(chunks=chunks)) as endpoint, pytest.raises(EndpointAnswerError):
        _say(_generator(endpoint)[0])


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json", "text/html"])
def test_an_answer_without_end_is_refused(kind: str) -> None:
    """Neither one line nor many may fill the memory."""
    for line in (b"x" * 65536, b"data: {}\n\n" * 6554, b": ping\n" * 9362):
        reply = Reply(chunks=[line] * 400, kind=kind)
        with serve(reply) as endpoint, pytest.raises(EndpointAnswerError, match="more than"):
            _say(_generator(endpoint)[0])


def test_a_compressed_answer_is_refused() -> None:
    """A bomb is not unpacked to see that it is one."""
    reply = Reply(headers={"Content-Encoding": "gzip"}, chunks=[b"x"])
    with serve(reply) as endpoint, pytest.raises(EndpointAnswerError, match="compresses"):
        _say(_generator(endpoint)[0])


def test_a_silent_server_is_left() -> None:
    """Silence is bounded, before the first token and between two."""
    slow = said("one ", "two ")
    slow.pause = 1.0
    for chunks in (slow.chunks, [b"data: {}\n\n", *slow.chunks]):
        with serve(Reply(chunks=chunks, pause=1.0)) as endpoint, pytest.raises(EndpointTimeoutError, match="silent"):
            _say(_generator(endpoint, silence=0.2)[0])


def test_a_server_that_never_ends_is_left() -> None:
    """The whole has its bound too, though it is never silent."""
    with serve(Reply(chunks=[b": ping\n\n"] * 200, pause=0.02)) as endpoint:
        began = time.monotonic()
        with pytest.raises(EndpointTimeoutError):
            _say(_generator(endpoint, deadline=0.3)[0])
        assert time.monotonic() - began < 3


def test_nobody_there_is_a_typed_error() -> None:
    """A port that nothing listens on."""
    with serve(said("x")) as endpoint:
        pass
    generator, waits = _generator(endpoint)
    with pytest.raises(EndpointUnreachableError, match="nobody answers"):
        _say(generator)
    assert len(waits) == 3


def test_redirects_are_not_followed() -> None:
    """Neither prompt nor key goes to whom the server names."""
    with serve(said("x")) as other, serve(Reply(307, {"Location": f"{other.url}/chat/completions"}, body=b"")) as it:
        with pytest.raises(EndpointAnswerError, match="redirects are not followed"):
            _say(_generator(it)[0])
        assert not other.requests


def test_the_key_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from the variable that is named, and a server that repeats it does not get it into a message."""
    monkeypatch.setenv("BURRS_KEY", _KEY)
    settings = {"generator_model": "burrs-7b", "generator_key_env": "BURRS_KEY"}
    with serve(refused(401, f"bad key {_KEY}")) as endpoint:
        generator = load_generator(Settings(generator=endpoint.url, **settings))
        with pytest.raises(EndpointCredentialsError) as caught:
            list(generator.stream(_ASK, Decoding()))
        assert endpoint.requests[0][1]["Authorization"] == f"Bearer {_KEY}"
    assert _KEY not in str(caught.value)
    assert "***" in str(caught.value)
    assert _KEY not in repr(generator._transport)  # type: ignore[attr-defined]
    for chunk in (b'data: {"error": "bad key %s"}\n\n' % _KEY.encode(), b"data: %s\n\n" % _KEY.encode()):
        with serve(Reply(chunks=[chunk])) as endpoint:
            generator = load_generator(Settings(generator=endpoint.url, **settings))
            with pytest.raises(EndpointAnswerError) as caught:
                list(generator.stream(_ASK, Decoding()))
        assert _KEY[:10] not in str(caught.value)


@pytest.mark.parametrize("value", [None, "", "two\nlines", "schlüssel"])
def test_a_key_that_cannot_be_is_refused_unseen(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """Not set, empty, or with what no header may hold: the message names the variable, not the value."""
    monkeypatch.delenv("BURRS_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("BURRS_KEY", value)
    with pytest.raises(ConfigError, match="BURRS_KEY") as caught:
        load_generator(Settings(generator="http://127.0.0.1:9/v1", generator_model="m", generator_key_env="BURRS_KEY"))
    assert not value or value not in str(caught.value)


def test_a_key_does_not_travel_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond this machine a key needs https."""
    monkeypatch.setenv("BURRS_KEY", _KEY)
    with pytest.raises(ConfigError, match="unencrypted"):
        load_generator(Settings(generator="http://192.0.2.1/v1", generator_model="m", generator_key_env="BURRS_KEY"))


@pytest.mark.parametrize(
    "address",
    ["http://", "http://user:pass@host/v1", "https://host/v1?key=1", "http://host:99999999/v1", "http://[::1/v1"],
)
def test_an_address_that_cannot_be_is_refused(address: str) -> None:
    """And what may be a secret in it is not repeated."""
    with pytest.raises(ConfigError) as caught:
        load_generator(Settings(generator=address, generator_model="m"))
    assert "pass" not in caught.value.message.replace("password", "")


def test_offline_only_this_machine_is_asked() -> None:
    """Another host is refused before any socket is made."""
    with pytest.raises(OfflineError, match="not on this machine"):
        load_generator(Settings(generator="http://192.0.2.1:8000/v1", generator_model="m", offline=True))
    assert [
        is_loopback(f"http://{host}:8000/v1")
        for host in (
            "127.0.0.1",
            "127.8.8.8",
            "[::1]",
            "localhost",
            "localhost.example",
            "127.0.0.1.example",
            "0.0.0.0",
        )
    ] == [True, True, True, True, False, False, False]


def test_a_local_address_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxy variables are for other hosts."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with serve(said("Brushed.")) as endpoint:
        generator = load_generator(Settings(generator=endpoint.url, generator_model="burrs-7b"))
        assert "".join(generator.stream(_ASK, Decoding())) == "Brushed."


def test_the_only_model_of_a_server_is_taken() -> None:
    """With several, or none, one has to be named."""
    for names, expected in ((["a"], "a"), (["a", "b"], None), ([], None)):
        body = json.dumps({"data": [{"id": name} for name in names]}).encode()
        with serve(Reply(body=body)) as endpoint:
            if expected is None:
                with pytest.raises(EndpointModelError, match=f"has {len(names)} models"):
                    load_generator(Settings(generator=endpoint.url))
            else:
                assert load_generator(Settings(generator=endpoint.url)).name.startswith("a@")


def test_leaving_early_closes_the_connection() -> None:
    """The server sees that nobody reads on."""
    with serve(Reply(chunks=said(*["word "] * 500).chunks, pause=0.01)) as endpoint:
        stream = _generator(endpoint)[0].stream(_ASK, Decoding())
        next(stream)
        began = time.monotonic()
        stream.close()
    assert time.monotonic() - began < 4
