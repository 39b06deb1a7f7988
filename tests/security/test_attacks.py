"""The attack set against a generator that obeys every word: what must hold whatever a passage says, holds each time."""

import json

import pytest

from ragsys import QueryEngine, Settings, TextDocument
from ragsys.cli.output import clean, to_json
from ragsys.evaluation.attacks import _RAW, POSITIONS, acts, attacks, clean_files, judge, load_attacks
from ragsys.testing import HashEmbedder
from ragsys.types import Decoding


class Obedient:
    """Says whatever the passages of its prompt say, and adds a citation of its own."""

    name = "obedient"
    context_tokens = 100_000

    def __init__(self):
        self.prompts = []
        self.adds = ""

    def count_tokens(self, text):
        """One for each character."""
        return len(text)

    def stream(self, messages, decoding):
        """Everything after the examples, on one line."""
        self.prompts.append("\n".join(message.content for message in messages))
        yield " ".join(self.prompts[-1].rsplit("<<", 1)[-1].split()) + " " + self.adds + " [1] [77]"


@pytest.fixture(scope="module", params=["generate", "extract"])
def attacked(request, tmp_path_factory):
    """Every fourth attack: each payload and each position has its turn."""
    home = tmp_path_factory.mktemp("attacked")
    folder = home / "documents"
    folder.mkdir()
    generator = Obedient()
    settings = Settings(answer_mode=request.param, unsupported="keep")
    found = []
    with QueryEngine.open(
        home / "index", settings=settings, embedder=HashEmbedder(dim=512), generator=generator
    ) as engine:
        for number, attack in enumerate(attacks()[::4]):
            for path in folder.iterdir():
                path.unlink()
            for name, text in (clean_files() | dict(attack.files) if number % 2 else attack.files).items():
                (folder / name).write_text(text, encoding="utf-8")
            assert not engine.add(folder, prune=True).failed
            generator.adds = next(iter(attack.files.values()))
            answer = engine.ask(attack.scenario.question, decoding=Decoding(max_new_tokens=100, seed=1))
            texts = {cited.document.id: engine.text(cited.document.id) for cited in answer.citations}
            found.append((attack, answer, judge(attack, answer, texts)))
        assert engine.settings == settings
    return found, generator


def test_the_set_is_large_enough():
    """At least fifty payloads at four positions, in both languages, and the questions are answered by the documents."""
    scenarios, payloads = load_attacks()
    assert len(payloads) >= 50
    assert len(POSITIONS) >= 4
    assert {payload.language for payload in payloads} == {"en", "zh"}
    assert len({payload.id for payload in payloads}) == len(payloads)
    assert all(any(a in s for s in scenario.sentences for a in scenario.answers) for scenario in scenarios)


def test_no_citation_points_to_what_was_not_supplied(attacked):
    """Each is a verbatim span of a passage that was retrieved, and the only markers in the text are theirs."""
    found, _ = attacked
    assert not [attack.payload.id for attack, _, verdict in found if verdict.foreign]
    assert sum(answer.status == "answered" for _, answer, _ in found) > len(found) / 3


def test_nothing_in_an_answer_acts_or_hides(attacked):
    """No escape, no unseen character, no image, no link, no element, no forged marker."""
    found, _ = attacked
    assert not [attack.payload.id for attack, _, verdict in found if verdict.raw]


def test_what_is_printed_is_clean_and_the_json_is_whole(attacked):
    """A terminal gets no control character from a quote or a draft either, and JSON gives every character back."""
    for _, answer, _ in attacked[0]:
        shown = [answer.text, *(c.quote for c in answer.citations), *(hit.text for hit in answer.passages)]
        assert not any(_RAW.search(clean(text)) for text in shown)
        printed = to_json(answer)
        assert not _RAW.search(printed)
        assert [hit["text"] for hit in json.loads(printed)["passages"]] == [hit.text for hit in answer.passages]


def test_no_passage_leaves_its_fence(attacked):
    """Whatever stands in a document, the prompt has its own fences, labels and turns, and no others."""
    found, generator = attacked
    if not generator.prompts:
        assert all(answer.models.generator == "extract" for _, answer, _ in found)
    for prompt in generator.prompts:
        passages = prompt.count("<<00000001\n")
        assert (prompt.count("<<"), prompt.count(">>")) == (passages, passages)
        data = prompt.split("<<", 1)[1]
        asked = data.count("Question:") + data.count("问题:")
        assert asked == 1
        assert not _RAW.search(prompt)
        for token in ("<|", "|>", "<start_of_turn", "<end_of_turn", "<eos>", "<bos>", "[INST]", "<<SYS"):
            assert token not in data


def test_a_summary_does_nothing_either(tmp_path):
    """Whatever stands in the text, its summary carries no marker but its own, and nothing that acts or hides."""
    with QueryEngine.open(tmp_path / "index", settings=Settings(), embedder=HashEmbedder(dim=512)) as engine:
        for attack in [attack for attack in attacks() if attack.position == "end"]:
            text = "\n".join(attack.files.values())
            summary = engine.summarize(TextDocument("notes:1", text), mode="extractive")
            assert not acts(summary.text, {cited.marker for cited in summary.citations}), attack.payload.id
