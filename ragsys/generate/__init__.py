"""Answers: prompts, the generator, citations that are verified, and the decision to abstain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.generate.composer import Composer, Event, Token
    from ragsys.generate.evidence import below_header, content_terms, rank_evidence
    from ragsys.generate.load import load_generator
    from ragsys.generate.orders import informing
    from ragsys.generate.profile import profile_of
    from ragsys.generate.rewriting import Exchange, Rewritten, rewrite
    from ragsys.generate.translation import TranslatedSentence, TranslationPlan, Translator, plan_for
    from ragsys.generate.verification import Check, Stored, verify

__all__ = [
    "Check",
    "Composer",
    "Event",
    "Exchange",
    "Rewritten",
    "Stored",
    "Token",
    "TranslatedSentence",
    "TranslationPlan",
    "Translator",
    "below_header",
    "content_terms",
    "informing",
    "load_generator",
    "plan_for",
    "profile_of",
    "rank_evidence",
    "rewrite",
    "verify",
]

_HOME = {"Check": "verification", "Stored": "verification", "verify": "verification", "load_generator": "load"}
_HOME |= dict.fromkeys(("below_header", "content_terms", "rank_evidence"), "evidence")
_HOME |= {"profile_of": "profile", "informing": "orders"}
_HOME |= dict.fromkeys(("TranslatedSentence", "TranslationPlan", "Translator", "plan_for"), "translation")
_HOME |= {"Exchange": "rewriting", "Rewritten": "rewriting", "rewrite": "rewriting"}


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'composer')}"), name)
