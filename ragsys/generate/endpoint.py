"""The generator behind an address: any server that speaks OpenAI's `/v1/chat/completions` or `/v1/completions`.

Chat takes the turns as they are; completions, for base models, takes them one after the other, as the transformers
backend does. Tokens are counted by an estimate that is rather too high. Knows nothing of passages, nor of connections.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from ragsys.errors import ConfigError, EndpointAnswerError, EndpointModelError, GenerationError
from ragsys.generate.stops import until_stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragsys.generate.transport import Transport
    from ragsys.types import Decoding, Message

__all__ = ["Api", "EndpointGenerator", "Usage", "is_loopback", "parse_address"]

Api = Literal["chat", "completions"]
_STOPS = 4  # the most that the protocol takes; all of them are looked for here in any case
_ASCII_PER_TOKEN, _TOKENS_PER_OTHER = 3, 2.2


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of a request as the server counted them."""

    prompt: int
    completion: int


class EndpointGenerator:
    """A model that a server runs. `model` empty means the only one that the server has."""

    def __init__(self, transport: Transport, model: str = "", *, api: Api = "chat", context_tokens: int = 4096) -> None:
        self._transport = transport
        self._api = api
        self._context = context_tokens
        self._model = model or self._only_model()
        self._usage: Usage | None = None

    @property
    def name(self) -> str:
        """The model's name and the server it runs on."""
        return f"{self._model}@{urlsplit(self._transport.base).netloc}"

    @property
    def context_tokens(self) -> int:
        """The most tokens of prompt and answer together, as the settings say."""
        return self._context

    @property
    def usage(self) -> Usage | None:
        """The tokens of the last answer that was read to its end, where the server counted them."""
        return self._usage

    def count_tokens(self, text: str) -> int:
        """An estimate on the safe side: a token for three ASCII characters, and 2.2 for any other."""
        plain = sum(character.isascii() for character in text)
        return math.ceil(plain / _ASCII_PER_TOKEN + (len(text) - plain) * _TOKENS_PER_OTHER)

    def stream(self, messages: Sequence[Message], decoding: Decoding) -> Iterator[str]:
        """Yield the continuation in pieces. Closing the iterator closes the connection.

        Raises:
            GenerationError: the prompt does not fit, or an `EndpointError`.
        """
        size = sum(self.count_tokens(message.content) for message in messages)
        if size + decoding.max_new_tokens > self._context:
            raise GenerationError(
                f"a prompt of about {size} tokens leaves no room for {decoding.max_new_tokens} in {self._context}",
                hint="ask for fewer passages (-k), or raise generator_context if the server's model reads more",
            )
        yield from until_stop(self._pieces(messages, decoding), decoding.stop)

    def _pieces(self, messages: Sequence[Message], decoding: Decoding) -> Iterator[str]:
        path = "chat/completions" if self._api == "chat" else "completions"
        finished = False
        self._usage = None
        for event in self._transport.post(path, self._body(messages, decoding)):
            text, ended = self._read(event)
            finished = finished or ended
            if text:
                yield text
        if not finished:
            raise EndpointAnswerError("the server's answer ended in the middle", hint="run the command again")

    def _body(self, messages: Sequence[Message], decoding: Decoding) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self._model, "max_tokens": decoding.max_new_tokens, "stream": True}
        body["stream_options"] = {"include_usage": True}
        body["temperature"] = float(decoding.temperature)
        if decoding.temperature > 0:
            # Only what differs from the protocol's defaults: some servers refuse fields that they do not know.
            chosen = {"top_p": decoding.top_p < 1, "top_k": decoding.top_k > 0, "seed": decoding.seed is not None}
            body |= {name: getattr(decoding, name) for name, given in chosen.items() if given}
        if stop := [text for text in dict.fromkeys(decoding.stop) if text][:_STOPS]:
            body["stop"] = stop
        if self._api == "chat":
            turns = [{"role": message.role, "content": message.content} for message in messages]
            return body | {"messages": turns}
        return body | {"prompt": "\n\n".join(message.content for message in messages)}

    def _read(self, event: Any) -> tuple[str, bool]:
        """The text of an event, and whether it is the last that has any."""
        if not isinstance(event, dict):
            raise EndpointAnswerError("the server's answer is no object")
        if event.get("error"):
            raise EndpointAnswerError(f"the server gave up: {self._transport.plain(event['error'])}")
        usage = event.get("usage")
        if isinstance(usage, dict):
            counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
            self._usage = Usage(*(count if isinstance(count, int) else 0 for count in counts))
        choices = event.get("choices")
        if not choices and isinstance(choices, list | None):
            return "", False  # what carries the usage, or a server's greeting
        try:
            choice = choices[0]
            said = choice if self._api == "completions" else choice.get("delta") or choice.get("message") or {}
            text = said.get("text" if self._api == "completions" else "content") or ""
            ended = choice.get("finish_reason") is not None
        except (KeyError, IndexError, TypeError, AttributeError):
            text, ended = None, False
        if not isinstance(text, str):
            raise EndpointAnswerError("the server's answer is not what such a server says")
        return text, ended

    def _only_model(self) -> str:
        listed = self._transport.get("models")
        rows = listed.get("data") if isinstance(listed, dict) else None
        names = [str(row["id"]) for row in rows or () if isinstance(row, dict) and row.get("id")]
        if len(names) != 1:
            some = ", ".join(names[:8]) or "none"
            raise EndpointModelError(f"the server has {len(names)} models ({some}), and generator_model is not set")
        return names[0]


def parse_address(address: str) -> str:
    """The address of a server without a slash at its end.

    Raises:
        ConfigError: not http or https, no host, or something in it that would end up in messages, such as a password.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"generator cannot be this address: {error}") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            "the generator's address holds a user, a password or a query",
            hint="write the plain address, and name the key's environment variable in generator_key_env",
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ConfigError(f"generator cannot be the address {address!r}", hint="for example http://127.0.0.1:8000/v1")
    return address.rstrip("/")


def is_loopback(address: str) -> bool:
    """Whether an address leads to this machine by its own words: localhost, 127.0.0.0/8 or ::1."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
