"""`ragsys eval`: the real commands over real storage, with the shipped fakes in the models' places."""

import json
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from ragsys import QueryEngine, Settings
from ragsys.cli.main import cli
from ragsys.errors import DatasetError, ModelError, RunError, UsageError
from ragsys.testing import HashEmbedder, ScriptedGenerator

CORPUS = {"d1": "The chain is oiled after every ride.", "d2": "The burrs are cleaned with a dry brush every week."}
QUERIES = {"q1": "when is the chain oiled", "q2": "how are burrs cleaned"}


@pytest.fixture
def embedder(monkeypatch):
    """The fake that every command gets in place of the configured embedder."""
    fake = HashEmbedder()
    monkeypatch.setattr("ragsys.models.load_embedder", lambda settings: fake, raising=False)
    return fake


@pytest.fixture
def ragsys(tmp_path, monkeypatch, embedder):
    """Runs one command in an empty folder and gives its exit code, output and diagnostics."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAGSYS_INDEX", raising=False)

    def run(*arguments):
        result = CliRunner().invoke(cli, [str(a) for a in arguments], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return result.return_value, result.stdout, result.stderr

    return run


@pytest.fixture
def dataset(tmp_path):
    """A BEIR folder of two documents and two questions with answers."""
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    rows = {
        "corpus": [{"_id": i, "title": "", "text": t} for i, t in CORPUS.items()],
        "queries": [{"_id": i, "text": t} for i, t in QUERIES.items()],
        "answers": [
            {"_id": "q1", "answers": ["after every ride"], "answerable": True},
            {"_id": "q2", "answers": [], "answerable": False},
        ],
    }
    for name, lines in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n")
    return folder


def test_retrieval_prints_each_leg_and_leaves_nothing_behind(ragsys, dataset, tmp_path):
    """A table of the fusion and both legs on standard output, and no index in the working directory."""
    code, out, err = ragsys("eval", "retrieval", dataset, "-m", "RR@10")
    assert code == 0
    assert out.splitlines()[0] == "set: 2 questions, 2 documents, 2 passages"
    assert [line.split() for line in out.splitlines()[2:]] == [
        ["fused", "1.0000"], ["dense", "1.0000"], ["lexical", "1.0000"],
    ]  # fmt: skip
    assert "p50" in err
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_retrieval_json_has_the_agreed_fields(ragsys, dataset):
    """The fields that others build on are there, with the legs beside the fusion."""
    _, out, _ = ragsys("eval", "retrieval", dataset, "--json")
    data = json.loads(out)
    assert {"dataset", "queries", "measures", "legs", "seed", "index"} <= data.keys()
    assert {"nDCG@10", "R@100", "RR@10"} <= data["measures"].keys()
    assert data["legs"].keys() == {"dense", "lexical"}


def test_a_named_index_is_kept_and_used_again(ragsys, dataset, embedder, tmp_path):
    """The second run embeds no passage, and measures the same."""
    first = ragsys("eval", "retrieval", dataset, "--index", tmp_path / "kept", "--json")[1]
    embedded = embedder.embedded
    second = ragsys("eval", "retrieval", dataset, "--index", tmp_path / "kept", "--json")[1]
    assert embedder.embedded == embedded
    assert json.loads(first)["measures"] == json.loads(second)["measures"]


def test_a_users_own_index_is_measured_as_it_is(ragsys, dataset, tmp_path):
    """Nothing of the set's corpus gets into an index of other documents; files go by their names."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "d1.txt").write_text(CORPUS["d1"])
    ragsys("add", tmp_path / "notes", "--index", tmp_path / "mine")
    code, out, err = ragsys("eval", "retrieval", dataset, "--index", tmp_path / "mine", "--json")
    assert code == 0
    assert json.loads(out)["index"]["documents"] == 1
    assert json.loads(out)["measures"]["R@100"] == 0.5
    code, out, err = ragsys("eval", "retrieval", dataset, "--index", tmp_path / "mine")
    assert "1 of 2 judged documents are not in the index" in err


def test_an_index_that_lies_about_is_not_filled(ragsys, dataset, tmp_path):
    """A set with a corpus of its own does not touch the index of the working directory."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "d1.txt").write_text(CORPUS["d1"])
    ragsys("add", tmp_path / "notes")
    ragsys("eval", "retrieval", dataset)
    assert len(json.loads(ragsys("list", "--json")[1])["documents"]) == 1


def test_a_set_without_a_corpus_is_measured_on_the_index_here(ragsys, dataset, tmp_path):
    """A file of questions is asked of the nearest index."""
    ragsys("eval", "retrieval", dataset, "--index", tmp_path / ".ragsys")
    questions = tmp_path / "mine.jsonl"
    questions.write_text(json.dumps({"question": QUERIES["q1"], "answers": ["after every ride"]}) + "\n")
    code, out, _ = ragsys("eval", "retrieval", questions)
    assert code == 0
    assert "AnswerR@1" in out


def test_documents_that_cannot_be_indexed_are_named(ragsys, dataset):
    """An empty document is reported and does not end the evaluation."""
    with (dataset / "corpus.jsonl").open("a") as file:
        file.write('{"_id": "empty", "title": "", "text": " "}\n')
    code, _, err = ragsys("eval", "retrieval", dataset)
    assert code == 0
    assert "1 documents could not be indexed, first beir:set/empty [no-text]" in err


def test_qa_json_has_the_agreed_fields(ragsys, dataset, monkeypatch):
    """The fields that others build on are there, and refusals are counted."""
    replies = ["The chain is oiled after every ride.", "A horse has won the cup."]
    monkeypatch.setattr("ragsys.generate.load_generator", lambda settings: ScriptedGenerator(replies), raising=False)
    code, out, _ = ragsys("eval", "qa", dataset, "--seed", "1", "--json")
    data = json.loads(out)
    assert code == 0
    fields = {"dataset", "questions", "EM", "F1", "answered", "abstained", "unanswerable", "citations"}
    assert fields | {"seconds_per_question", "seed"} <= data.keys()
    assert data["unanswerable"].keys() >= {"precision", "recall", "AUROC"}
    assert data["citations"].keys() >= {"precision", "recall"}
    assert data["answered"] + data["abstained"] == data["questions"] == 2


def test_runs_are_compared_gated_and_reported(ragsys, dataset, tmp_path):
    """From a saved run: its legs against the fusion, a gate that passes and one that refuses, and a page."""
    ragsys("eval", "retrieval", dataset, "--run", "run")
    code, out, _ = ragsys("eval", "compare", "run", "--json")
    assert code == 0
    assert [c["candidate"] for c in json.loads(out)["comparisons"]] == ["run::dense", "run::lexical"]
    assert "nDCG@10" in ragsys("eval", "compare", "run::dense", "run")[1]
    gate = ("eval", "gate", "run", "--baseline", "run::dense", "--junit", "gate.xml", "--markdown", "gate.md")
    assert ragsys(*gate, "--min", "nDCG@10=0.5")[0] == 0
    code, out, err = ragsys(*gate, "--min", "nDCG@10=1.01")
    assert code == 1
    assert "refused: nDCG@10 1.0000 is below 1.01" in err
    assert ET.parse(tmp_path / "gate.xml").getroot().get("failures") == "1"
    assert "**FAIL**" in (tmp_path / "gate.md").read_text()
    assert ragsys("eval", "report", "run", "run::lexical", "-o", "page.html")[0] == 0
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


def test_questions_are_generated_and_said_to_be_easy(ragsys, tmp_path):
    """The set can be measured at once, and the caveat goes to standard error."""
    with QueryEngine.open(tmp_path / ".ragsys", settings=Settings(), embedder=HashEmbedder()) as engine:
        (tmp_path / "a.md").write_text("# Care of the grinder\n\nThe burrs last for 500 kilograms of coffee beans.\n")
        engine.add(tmp_path / "a.md")
    code, out, err = ragsys("eval", "generate", "-o", "made")
    assert code == 0
    assert out.startswith("2 questions in made")
    assert "higher than on questions that people ask" in err
    assert ragsys("eval", "retrieval", "made", "--index", tmp_path / ".ragsys", "-m", "RR")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("retrieval", "nowhere"), DatasetError),
        (("compare", "nowhere", "nothing"), RunError),
        (("gate", "nowhere", "--min", "AP=1"), RunError),
        (("report", "nowhere", "-o", "x.html"), RunError),
        (("retrieval", "set", "--run", "set/corpus.jsonl/x"), RunError),
    ],
)
def test_bad_input_is_a_typed_error(ragsys, dataset, arguments, error):
    """What is missing or cannot be written has a code of exit 2, and no traceback."""
    with pytest.raises(error) as caught:
        ragsys("eval", *arguments)
    assert isinstance(caught.value, UsageError)
    assert caught.value.hint


@pytest.mark.parametrize("floor", ["nDCG@10", "nDCG@10=high", "=0.5", ""])
def test_a_floor_that_is_none_is_usage(ragsys, floor):
    """It says what a floor looks like."""
    import click

    with pytest.raises(click.BadParameter, match=r"MEASURE=NUMBER"):
        ragsys("eval", "gate", "run", "--min", floor)


SUBJECTS = ("mill", "brewery", "lighthouse", "bridge", "harbour", "chapel", "orchard", "granary", "tannery", "foundry")


class Writer(ScriptedGenerator):
    """Asks when a building was opened, and says what its passage says; or says nothing of use."""

    def __init__(self, *, good):
        super().__init__(())
        self.good, self.asked = good, 0

    def stream(self, messages, decoding):
        """A question where the prompt ends with one to be written, else an answer."""
        *_, passage, before, last = messages[-1].content.splitlines()
        if last == "Question:":
            self.asked += 1
            yield f"When could one first visit the {passage.split()[2]}?" if self.good else "Buildings."
        else:
            subject = before.removesuffix("?").split()[-1]
            yield str(1801 + SUBJECTS.index(subject))


@pytest.fixture
def buildings(ragsys, tmp_path):
    """An index of ten files, each of which says in which year a building was opened."""
    (tmp_path / "notes").mkdir()
    for at, subject in enumerate(SUBJECTS):
        text = f"The {subject} was opened to visitors in {1801 + at} by Anna Bell."
        (tmp_path / "notes" / f"{subject}.txt").write_text(text)
    ragsys("add", "notes")
    (tmp_path / ".ragsys" / "config.toml").write_text("lexical_weight = 100.0\n", encoding="utf-8")
    return ragsys


def test_a_generator_that_is_named_writes_some_where_it_is_good_enough(buildings, tmp_path, monkeypatch):
    """Its questions are a kind of their own, and their figures are shown by themselves."""
    monkeypatch.setattr("ragsys.generate.load_generator", lambda settings: Writer(good=True), raising=False)
    data = json.loads(buildings("eval", "generate", "-o", "made", "--generator", "some-writer", "--json")[1])
    assert data["kinds"]["written"] == 10
    assert data["written"]["good_enough"] is True
    _, out, _ = buildings("eval", "retrieval", "made", "--index", tmp_path / ".ragsys", "-m", "Success@5")
    assert "by kind of question:" in out
    assert [line.split()[:2] for line in out.splitlines() if line.startswith("written")] == [["written", "10"]]


def test_a_generator_that_is_not_good_enough_is_left_out(buildings, tmp_path, monkeypatch):
    """The command says so with the counts and goes on with the other kinds; asked for nothing else, it fails."""
    monkeypatch.setattr("ragsys.generate.load_generator", lambda settings: Writer(good=False), raising=False)
    code, out, err = buildings("eval", "generate", "-o", "made", "--generator", "some-writer")
    assert code == 0
    assert "written" not in out
    assert "0 of 10" in err
    assert "not good enough" in err
    with pytest.raises(DatasetError, match="not good enough"):
        buildings("eval", "generate", "-o", "other", "--kind", "written")


def test_the_default_generator_is_not_even_loaded(buildings, monkeypatch):
    """It is known not to be good enough; --no-generator says nothing about any."""

    def refuse(settings):
        raise AssertionError("loaded")

    monkeypatch.setattr("ragsys.generate.load_generator", refuse, raising=False)
    _, _, err = buildings("eval", "generate", "-o", "made")
    assert "gemma-3-270m wrote no questions" in err
    _, _, err = buildings("eval", "generate", "-o", "made", "--no-generator")
    assert "gemma" not in err
    with pytest.raises(UsageError):
        buildings("eval", "generate", "-o", "made", "--no-generator", "--kind", "written")


def test_a_generator_that_is_not_here_stops_only_who_named_it(buildings, monkeypatch):
    """One that the settings name is passed over with the reason; one on the command line is an error."""
    monkeypatch.setenv("RAGSYS_GENERATOR", "no-such-model")
    code, _, err = buildings("eval", "generate", "-o", "made")
    assert code == 0
    assert "no generator wrote questions" in err
    with pytest.raises(ModelError):
        buildings("eval", "generate", "-o", "made", "--generator", "no-such-model")
