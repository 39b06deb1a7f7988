"""What questions of a language share is taken off a query only where most documents are in the other language."""

import json

import numpy as np
import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.retrieve import centring
from ragsys.retrieve.centring import centred
from ragsys.testing import HashEmbedder
from ragsys.types import TextDocument

SPACE = HashEmbedder().space
CENTRE = {"en": np.arange(SPACE.dim) / SPACE.dim, "zh": np.ones(SPACE.dim) / 4}
ENGLISH, CHINESE = "when is the kettle descaled", "水壶什么时候除垢"


@pytest.fixture(autouse=True)
def centres(tmp_path, monkeypatch):
    """Means for the space of the fake embedder."""
    path = tmp_path / "centres.json"
    spaces = {SPACE.digest: {language: values.tolist() for language, values in CENTRE.items()}}
    path.write_text(json.dumps({"spaces": spaces}))
    monkeypatch.setattr(centring, "CENTRES", path)
    centring._centres.cache_clear()
    yield
    centring._centres.cache_clear()


class Languages:
    """A view that only knows how many documents there are of each language."""

    def __init__(self, **counts):
        self.counts = counts

    def all_languages(self):
        """The counts as they were given."""
        return self.counts


@pytest.mark.parametrize(
    ("query", "languages", "taken"),
    [
        (ENGLISH, {"zh": 3}, "en"),
        (CHINESE, {"en": 3}, "zh"),
        (CHINESE, {"en-GB": 3, "zh-Hant": 2, "fr": 9}, "zh"),
        (ENGLISH, {"en": 3}, None),
        (CHINESE, {"zh-Hans": 3, "en": 3}, None),
        (ENGLISH, {"en": 3, "zh": 2}, None),
        (ENGLISH, {"fr": 3, "und": 2}, None),
        (ENGLISH, {}, None),
    ],
)
def test_the_mean_is_taken_off_where_documents_are_in_the_other_language(query, languages, taken):
    """Three quarters of the mean of the query's own language; otherwise the vector is the same object."""
    vector = HashEmbedder().embed_queries([query])[0]
    found = centred(vector, query, Languages(**languages), SPACE)
    if taken is None:
        assert found is vector
    else:
        np.testing.assert_allclose(found, vector - 0.75 * CENTRE[taken], rtol=1e-5)


def test_another_space_has_no_means():
    """The vectors of an embedder that nothing was measured for stay as they are."""
    vector = np.ones(3, np.float32)
    assert centred(vector, ENGLISH, Languages(zh=1), HashEmbedder(dim=3).space) is vector


def test_a_search_ranks_by_the_changed_vector_and_shows_plain_cosines(tmp_path):
    """Passages are ordered by what is left of the query; the score of the dense leg is the cosine as it is."""
    texts = ["水壶每年除垢两次。", "绿茶用八十度的水冲泡。", "磨豆机每两周刷一次。"]
    documents = [TextDocument(f"d:{n}", text, metadata={"lang": "zh"}) for n, text in enumerate(texts)]
    with QueryEngine.open(tmp_path / "i", settings=Settings(), embedder=HashEmbedder()) as engine:
        engine.add_documents(documents)
        hits = engine.search(ENGLISH).hits
    passages = HashEmbedder().embed_passages([hit.text for hit in hits])
    vector = HashEmbedder().embed_queries([ENGLISH])[0]
    np.testing.assert_allclose([hit.scores.dense for hit in hits], passages @ vector, atol=1e-6)
    searched = passages @ (vector - 0.75 * CENTRE["en"])
    assert searched.tolist() == sorted(searched, reverse=True)


def test_means_ship_for_the_default_embedder():
    """Both precisions have a mean of each language, which is no unit vector and not that of the other."""
    centring._centres.cache_clear()
    found = json.loads((centring.Path(centring.__file__).parent / "centres.json").read_text())
    assert found["model"] == Settings().embedder
    assert len(found["spaces"]) == 2
    for means in found["spaces"].values():
        english, chinese = (np.array(means[language]) for language in ("en", "zh"))
        assert 0.8 < np.linalg.norm(english) < 0.95
        assert english @ chinese < 0.97 * np.linalg.norm(english) * np.linalg.norm(chinese)
