"""A bot in a terminal: it answers from an index, follows up, and shows where each answer stands.

    ragsys add ~/papers
    python examples/bot/terminal.py              # a new conversation
    python examples/bot/terminal.py SESSION      # goes on with one

Ctrl-C stops an answer, Ctrl-D leaves. RAGSYS_INDEX names an index that is not in the working directory.
"""

import os
import sys

from ragsys import Answer, Conversation, QueryEngine, RagsysError


def reply(talk: Conversation, question: str) -> None:
    """One turn: the draft on standard error while it is written, then the answer that was checked."""
    for event in talk.stream(question):
        if isinstance(event, Answer):
            show(event)
        elif text := getattr(event, "text", ""):
            print(text, end="", file=sys.stderr, flush=True)


def show(answer: Answer) -> None:
    """An answer with its sources; or, where the documents do not answer, what comes closest."""
    print(f"\n{answer.text}")
    for citation in answer.citations:
        where = citation.place or (f"page {citation.page}" if citation.page else f"from {citation.start} on")
        print(f'  [{citation.marker}] {citation.document.source}, {where}: "{citation.quote}"')
    if answer.status == "abstained":
        for hit in answer.passages[:2]:
            print(f"  nearest: {hit.document.source}, from {hit.start} on")


def main(session: str | None) -> None:
    """Answer each line of standard input."""
    with QueryEngine.open(os.environ.get("RAGSYS_INDEX", ".ragsys"), create=False) as engine:
        talk = engine.chat(session)
        print(f"conversation {talk.id}", file=sys.stderr)
        for line in sys.stdin:
            try:
                if question := line.strip():
                    reply(talk, question)
            except KeyboardInterrupt:
                print("\nstopped", file=sys.stderr)
            except RagsysError as error:  # too long a question, a busy index: said, and the talk goes on
                print(f"error [{error.code}]: {error.message}. {error.hint}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
    except RagsysError as error:
        sys.exit(f"error [{error.code}]: {error.message}. {error.hint}")
    except KeyboardInterrupt:
        sys.exit(130)
