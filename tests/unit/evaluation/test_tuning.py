"""Tuning: what helps beyond chance is kept, what does not is left, and made-up questions decide no fusion weight."""

from dataclasses import replace

import pytest

from ragsys import QueryEngine, TextDocument
from ragsys.config import Settings, load_settings, restore_settings, write_settings
from ragsys.errors import ConfigError, DatasetError
from ragsys.evaluation.datasets import Dataset, Question
from ragsys.evaluation.tuning import tune
from ragsys.testing import HashEmbedder, OverlapReranker

_NAMES = [
    f"{a}{b}"
    for a in ("bor", "tal", "min", "sek", "rud", "val", "kem", "nof")
    for b in ("ak", "el", "in", "os", "un", "yr")
]


def _dataset(names, **changes):
    questions = tuple(Question(name, f"where is {name} kept") for name in names)
    return replace(Dataset("names", questions, {name: {f"note:{name}": 1} for name in names}), **changes)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """Notes that differ in one rare name, and an embedder of two dimensions that can hardly tell them apart."""
    path = tmp_path_factory.mktemp("index")
    with QueryEngine.open(
        path, settings=Settings(), embedder=HashEmbedder(dim=2), reranker=OverlapReranker()
    ) as opened:
        opened.add_documents(
            TextDocument(f"note:{name}", f"The {name} is kept in room {at}.") for at, name in enumerate(_NAMES)
        )
        yield opened


def test_a_weight_that_helps_is_kept_and_one_that_does_not_is_left(engine):
    """Without words this embedder finds nothing: any weight is better, and from a good one there is no way up."""
    deaf = engine.variant(replace(engine.settings, lexical_weight=0.0))
    found = tune(deaf, _dataset(_NAMES), {"lexical_weight": (0.0, 4.0)})
    assert found.kept == {"lexical_weight": 4.0}
    trial = found.trials[0]
    assert trial.value_after > trial.value_before
    assert 0 < trial.low <= trial.value_after - trial.value_before <= trial.high
    again = tune(engine, _dataset(_NAMES), {"lexical_weight": (0.0, 4.0)})
    assert again.kept == {}
    assert again.trials[0].after == 4.0


def test_questions_made_of_the_documents_words_decide_no_weight(engine):
    """It says so instead; and a depth is tried only where there is a reranker."""
    found = tune(engine, _dataset(_NAMES), {"lexical_weight": (0.0, 4.0), "rerank_depth": (10,)}, generated=True)
    assert found.trials == ()
    assert len(found.notes) == 2


def test_the_fewest_hits_that_lose_nothing_are_chosen(engine):
    """Every note is the first hit, so twenty hits are no better than five, and eight stay."""
    found = tune(engine, _dataset(_NAMES), {"top_k": (5, 20)})
    assert (found.trials[0].after, found.kept) == (5, {})


def test_sizes_of_passages_are_tried_in_an_index_of_their_own(engine):
    """These notes are one passage at any size, so nothing is gained; the engine's own index is not touched."""
    before = engine.reference()
    found = tune(engine, _dataset(_NAMES), {"chunk_tokens": (16, 64)})
    assert found.trials[0].setting == "chunk_tokens"
    assert found.trials[0].value_before == found.trials[0].value_after > 0.5
    assert engine.reference() == before


def test_a_reranker_reads_as_deep_as_it_helps(engine):
    """With a reranker configured its depth is tried like any other setting."""
    configured = engine.variant(replace(engine.settings, lexical_weight=0.0, reranker="overlap", rerank_depth=1))
    found = tune(configured, _dataset(_NAMES), {"rerank_depth": (1, 48)})
    assert found.kept == {"rerank_depth": 48}


def test_few_questions_are_refused(engine):
    """Chance would decide."""
    with pytest.raises(DatasetError, match="too few"):
        tune(engine, _dataset(_NAMES[:10]), {"top_k": (5,)})


def test_what_is_kept_is_written_and_taken_back(tmp_path):
    """Beside what was there, and byte for byte back again; twice undone is nothing to undo."""
    own = tmp_path / "config.toml"
    own.write_text("# mine\ntop_k = 3\n", encoding="utf-8")
    write_settings(tmp_path, {"lexical_weight": 8.0, "embedder": 'a "quoted" name'})
    settings, origins = load_settings(index=tmp_path, environ={})
    assert (settings.top_k, settings.lexical_weight, settings.embedder) == (3, 8.0, 'a "quoted" name')
    assert origins["lexical_weight"] == str(own)
    assert restore_settings(tmp_path)
    assert own.read_text(encoding="utf-8") == "# mine\ntop_k = 3\n"
    assert not restore_settings(tmp_path)


def test_where_there_was_no_file_none_is_left(tmp_path):
    """The first tuning of an index is undone to nothing; an unreadable file is refused, not overwritten."""
    write_settings(tmp_path, {"top_k": 5})
    assert restore_settings(tmp_path)
    assert not (tmp_path / "config.toml").exists()
    (tmp_path / "config.toml").write_text("top_k = ", encoding="utf-8")
    with pytest.raises(ConfigError):
        write_settings(tmp_path, {"top_k": 5})
