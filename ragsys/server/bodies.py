"""What requests may hold, and the most of it. Pydantic models: the OpenAPI document is made of them.

The native bodies refuse what they do not know; those of the compatible API let it pass, as its clients expect.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ragsys.types import Decoding

__all__ = [
    "LONGEST_QUESTION",
    "Ask",
    "AskInSession",
    "Chat",
    "ChatMessage",
    "Embed",
    "InputItem",
    "Rerank",
    "RerankDocument",
    "Respond",
    "Search",
    "StreamOptions",
]

LONGEST_QUESTION = 4_000
_LONGEST_TEXT, _MOST_MESSAGES, _MOST_INPUTS = 20_000, 200, 256
_MOST_SEEDS = 2**63 - 1

Name = Annotated[str, Field(max_length=100, description="name of an index; not needed where there is one only")]
Where = Annotated[str, Field(max_length=2_000, description="a filter, such as: source ~ '*/notes/*' AND year >= 2020")]
TopK = Annotated[int, Field(ge=1, le=100, description="passages")]
Seed = Annotated[int, Field(ge=-_MOST_SEEDS, le=_MOST_SEEDS)]
Question = Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]
Text = Annotated[str, Field(max_length=_LONGEST_TEXT)]
Tokens = Annotated[int, Field(ge=1, le=4096, description="the most tokens in an answer")]


# What the fields of other interfaces are called here, the first that a body has.
_NAMED_HERE = {
    "top_k": ("k",), "topk": ("k",), "limit": ("k",), "n": ("k",), "size": ("k",), "n_results": ("k",),
    "q": ("query", "question"), "text": ("query", "question"), "input": ("query", "question"),
    "prompt": ("question", "query"), "query": ("question",), "question": ("query",),
    "where": ("filter",), "filters": ("filter",), "model": ("index",), "collection": ("index",),
    "language": ("lang",), "max_new_tokens": ("max_tokens",), "threshold": ("min_confidence",),
}  # fmt: skip
_LONGEST_SHOWN = 40


class _Native(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_strangers(cls, given: Any) -> Any:
        """Refuse the first field that there is not, and say what it may be called here."""
        for name in given if isinstance(given, dict) else ():
            if name not in cls.model_fields:
                known = [other for other in _NAMED_HERE.get(str(name).lower(), ()) if other in cls.model_fields]
                likely = known or get_close_matches(str(name)[:_LONGEST_SHOWN], cls.model_fields, 1)
                there = f"the fields are {', '.join(cls.model_fields)}"
                hint = f"did you mean {likely[0]}? {there}" if likely else there
                said = f"there is no field {str(name)[:_LONGEST_SHOWN]!r}"
                raise PydanticCustomError("unknown_field", "{said}", {"said": said, "hint": hint})
        return given

    @field_validator("*", mode="after")
    @classmethod
    def _without_nul(cls, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            raise ValueError("the character NUL is in no document")
        return value


class _Shaped(_Native):
    """Which hits, and how much of them."""

    per_source: int | None = Field(None, ge=0, le=1000, description="the most hits of one document; 0 is any number")
    diversity: float | None = Field(None, ge=0, le=1, description="how unlike each other hits are to be")
    context: int | None = Field(None, ge=0, le=10, description="neighbouring passages on either side")

    def shape(self) -> dict[str, Any]:
        """The settings that this changes."""
        named = {name: getattr(self, name) for name in ("per_source", "diversity", "context")}
        return {name: value for name, value in named.items() if value is not None}


class Search(_Shaped):
    """A search."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"query": "solvent of the second experiment", "k": 5}]}
    )

    query: Question
    index: Name | None = None
    k: TopK | None = None
    filter: Where | None = None
    explain: bool = False


class AskInSession(_Shaped):
    """A question of a conversation."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"question": "And in winter?"}]})

    question: Question
    k: TopK | None = None
    filter: Where | None = None
    mode: Literal["auto", "generate", "extract"] | None = None
    lang: str | None = Field(None, max_length=10, description="language of the answer: auto or an ISO 639-1 code")
    min_confidence: float | None = Field(None, ge=0, le=1, description="answer from this probability on")
    max_tokens: Tokens | None = None
    temperature: float = Field(0.0, ge=0, le=5)
    top_p: float = Field(1.0, gt=0, le=1)
    seed: Seed | None = None
    stream: bool = Field(default=False, description="answer with server-sent events")

    def changes(self) -> dict[str, Any]:
        """The settings that this changes."""
        named = {"answer_mode": self.mode, "answer_language": self.lang, "min_confidence": self.min_confidence}
        return self.shape() | {name: value for name, value in named.items() if value is not None}

    def decoding(self, most: int) -> Decoding:
        """How tokens are chosen; `most` of them where the request does not say."""
        return Decoding(self.max_tokens or most, self.temperature, self.top_p, seed=self.seed)


class Ask(AskInSession):
    """A question."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "Which solvent was used in the second experiment?"}]},
    )

    index: Name | None = None


class _Compatible(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ChatMessage(_Compatible):
    """A message; of content in parts, the texts count."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | Annotated[list[dict[str, Any]], Field(max_length=100)] | None = None


class StreamOptions(_Compatible):
    """What a stream holds besides the answer."""

    include_usage: bool = False


class Chat(_Compatible):
    """A chat completion. `model` names an index; the last message is the question, those before it are its history."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"model": "papers", "messages": [{"role": "user", "content": "Which solvent was used?"}]}]
        },
    )

    model: str = Field("", max_length=100)
    messages: list[ChatMessage] = Field(min_length=1, max_length=_MOST_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, ge=0, le=5)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    seed: Seed | None = None
    n: Literal[1] | None = 1
    filter: Where | None = None
    k: TopK | None = None

    def decoding(self, most: int) -> Decoding:
        """How tokens are chosen; greedily where the request does not say."""
        tokens = self.max_completion_tokens or self.max_tokens or most
        return Decoding(tokens, self.temperature or 0.0, self.top_p or 1.0, seed=self.seed)


class InputItem(_Compatible):
    """A message; what is of another kind, such as a call of a tool, has no effect."""

    type: str = Field("message", max_length=100)
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: Text | Annotated[list[dict[str, Any]], Field(max_length=100)] | None = None


class Respond(_Compatible):
    """A response. `model` names an index; `input` is a question, or messages of which the last is the question."""

    model_config = ConfigDict(
        extra="ignore", json_schema_extra={"examples": [{"model": "papers", "input": "Which solvent was used?"}]}
    )

    model: str = Field("", max_length=100)
    input: Question | Annotated[list[InputItem], Field(min_length=1, max_length=_MOST_MESSAGES)]
    instructions: Text | None = Field(None, description="no effect: the prompt is ragsys's own")
    stream: bool | None = False
    temperature: float | None = Field(None, ge=0, le=5)
    top_p: float | None = Field(None, gt=0, le=1)
    max_output_tokens: Tokens | None = None
    store: bool | None = Field(default=None, description="no effect: nothing is kept")
    previous_response_id: str | None = Field(None, max_length=200, description="refused: nothing is kept")
    conversation: Any = Field(None, description="refused: nothing is kept")
    background: bool | None = Field(default=None, description="true is refused")
    filter: Where | None = None
    k: TopK | None = None

    def decoding(self, most: int) -> Decoding:
        """How tokens are chosen; greedily where the request does not say."""
        return Decoding(self.max_output_tokens or most, self.temperature or 0.0, self.top_p or 1.0)


class Embed(_Compatible):
    """Texts to embed."""

    model_config = ConfigDict(
        extra="ignore", json_schema_extra={"examples": [{"model": "papers", "input": ["a text", "another"]}]}
    )

    model: str = Field("", max_length=100)
    input: Text | Annotated[list[Text], Field(min_length=1, max_length=_MOST_INPUTS)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, ge=1, le=100_000)
    input_type: Literal["passage", "document", "query"] = "passage"


class RerankDocument(_Compatible):
    """A document to order."""

    text: Text


class Rerank(_Compatible):
    """Documents to order by how well they answer a query."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"examples": [{"query": "rain", "documents": ["It is dry.", "It rains."], "top_n": 1}]},
    )

    model: str = Field("", max_length=100)
    query: Question
    documents: list[Text | RerankDocument] = Field(min_length=1, max_length=_MOST_INPUTS)
    top_n: int | None = Field(None, ge=1, le=10_000)
    return_documents: bool | None = False
