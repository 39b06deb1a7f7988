"""Which languages an embedder reads, where its makers said so; of a folder of the user's own nobody did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import ModelUnknownError
from ragsys.language import LANGUAGES, UNDETERMINED, base, name_of
from ragsys.models.entries import catalogue, entry
from ragsys.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NOT_COVERED", "languages_of", "notice_of_documents", "notice_of_query", "reads_everything"]

NOT_COVERED = "language-not-covered"


def languages_of(model: str) -> frozenset[str] | None:
    """The ISO 639-1 codes of the languages that a model of the catalogue reads; None where nobody said."""
    try:
        languages = entry(model).languages
    except ModelUnknownError:
        return None
    return None if languages is None else frozenset(languages)


def reads_everything(model: str) -> bool:
    """Whether no text has to be looked at: the model reads every language that is told apart, or nobody knows."""
    covered = languages_of(model)
    return covered is None or covered >= LANGUAGES


def notice_of_documents(model: str, counts: Mapping[str, int]) -> Notice | None:
    """What to say of documents, counted by language, that the embedder does not read; None where there are none."""
    covered = languages_of(model)
    foreign = {code: n for code, n in counts.items() if not _reads(covered, code)}
    if not foreign:
        return None
    each = ", ".join(f"{n} in {name_of(code)}" for code, n in sorted(foreign.items(), key=lambda item: -item[1]))
    return Notice(
        NOT_COVERED,
        f"{model} does not read the language of {sum(foreign.values())} of the documents ({each}): they are found by "
        f"their words only{_instead(model, frozenset(map(base, foreign)))}",
        tuple(sorted(foreign)),
    )


def notice_of_query(model: str, code: str) -> Notice | None:
    """What to say of a query whose language the embedder does not read; None where it does."""
    if _reads(languages_of(model), code):
        return None
    text = f"{model} does not read {name_of(code)}: the query is matched by its words only"
    return Notice(NOT_COVERED, text + _instead(model, frozenset((code,))), (code,))


def _reads(covered: frozenset[str] | None, code: str) -> bool:
    return covered is None or code == UNDETERMINED or base(code) in covered


def _instead(model: str, codes: frozenset[str]) -> str:
    """Names an embedder of the catalogue that reads all of it, if there is one."""
    for other in catalogue():
        if other.kind == "embedder" and other.name != model and codes <= set(other.languages or ()):
            return f"; a new index with --embedder {other.name} would find them by meaning"
    return ""
