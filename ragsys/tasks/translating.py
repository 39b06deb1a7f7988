"""A text to its translation: which text, from which language, by which models. Owns no prompt and no check."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ragsys.errors import NotFoundError, UsageError
from ragsys.generate import Translator, plan_for
from ragsys.language import LANGUAGES, UNDETERMINED, base, detect, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.generate import TranslatedSentence, TranslationPlan
    from ragsys.protocols import Embedder, Generator
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import Decoding

__all__ = ["known_language", "stream_translation", "translate_stored"]


def translate_stored(
    workspace: Workspace,
    document: str | None,
    *,
    passage: int | None,
    to: str,
    source_language: str | None,
    decoding: Decoding | None,
) -> tuple[TranslationPlan, Iterator[TranslatedSentence]]:
    """Translate a document, or a passage by its number; spans count in the document's text. Raises as the engine."""
    with workspace.read() as view:
        if passage is not None:
            found = view.passages([passage]).get(passage)
            if found is None:
                raise NotFoundError(f"no passage {passage} in the index", hint="`ragsys search --json` shows their ids")
            text, offset, source = found.text, found.start, found.document.source
        elif document is not None:
            known = view.document(document)
            text, offset, source = view.text(known.id), 0, known.source
        else:
            raise UsageError("nothing to translate", hint="name a document, or a passage with --passage")
    return stream_translation(
        text,
        source=source,
        offset=offset,
        to=to,
        source_language=source_language,
        generator=workspace.generator,
        embedder=workspace.embedder,
        decoding=decoding,
    )


def stream_translation(
    text: str,
    *,
    source: str,
    to: str,
    source_language: str | None,
    generator: Generator,
    embedder: Embedder | None,
    offset: int = 0,
    decoding: Decoding | None = None,
) -> tuple[TranslationPlan, Iterator[TranslatedSentence]]:
    """What is about to be done, and the sentences as they are translated, their spans from `offset` on.

    Raises:
        UsageError: an unknown language, one that cannot be told, or a text that is in it already.
        GenerationError: the generator failed, while the sentences are read.
    """
    there = known_language(to)
    here = known_language(source_language) if source_language else detect(text).code
    if here == UNDETERMINED:
        raise UsageError("the language of the text cannot be told", hint="name it with --from")
    if here == there:
        raise UsageError(f"the text is in {name_of(there)} already", hint="if it is not, name its language with --from")
    sentences = Translator(generator, here, there, embedder=embedder).translate(text, decoding)
    plan = plan_for(generator, here, there, source, len(text))
    return plan, (replace(item, start=item.start + offset, end=item.end + offset) for item in sentences)


def known_language(code: str) -> str:
    """The ISO 639-1 code of a language that is known by name. Raises `UsageError` for another."""
    short = base(code)
    if short not in LANGUAGES:
        raise UsageError(f"no language {code!r} is known here", hint="use ISO 639-1 codes such as en, zh, de or fr")
    return short
