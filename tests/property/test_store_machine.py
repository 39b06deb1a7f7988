"""The store as a state machine, against a dict: whatever the order of operations, both hold the same."""

import hashlib
import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ragsys.indexes.analyzer import terms
from ragsys.indexes.index import Index
from ragsys.indexes.records import NewDocument, NewPassage
from ragsys.types import Space

DIM = 8
NUMBERS = st.integers(0, 7)
TEXTS = st.lists(st.sampled_from(["tea", "grind", "数据", "\U0001d4b3", "rain\n"]), min_size=1, max_size=6).map(
    " ".join
)


def make(number, text):
    """A document whose passages are the two halves of its text."""
    middle = len(text) // 2
    passages = []
    for start, end in ((0, middle), (middle, len(text))):
        seed = int.from_bytes(hashlib.blake2b(f"{start}{text}".encode(), digest_size=4).digest(), "little")
        vector = np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)
        passages.append(NewPassage(start, end, None, (), vector))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return NewDocument(
        f"{number:016x}", f"/{number}", sha256, 1, 1, None, {}, None, "t", "c", text, (), tuple(passages)
    )


class StoreMachine(RuleBasedStateMachine):
    """Puts, removals, publications and crashes, with every answer compared after each."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.index = Index.open(self.folder, create=True)
        self.model = {}
        with self.index.writer() as writer:
            writer.set_space(Space("m", "d" * 64, DIM))

    @rule(batch=st.dictionaries(NUMBERS, TEXTS, max_size=3))
    def put(self, batch):
        """Add or replace documents."""
        documents = [make(number, text) for number, text in batch.items()]
        with self.index.writer() as writer:
            writer.put(documents)
        self.model.update({document.id: document for document in documents})

    @rule(numbers=st.sets(NUMBERS, max_size=3))
    def remove(self, numbers):
        """Remove documents, present or not."""
        ids = [f"{number:016x}" for number in numbers]
        with self.index.writer() as writer:
            writer.remove(ids)
        for key in ids:
            self.model.pop(key, None)

    @rule()
    def publish(self):
        """Write snapshots."""
        with self.index.writer() as writer:
            writer.publish(force=True)

    @rule()
    def reopen(self):
        """Close and open again."""
        self.index.close()
        self.index = Index.open(self.folder)

    @rule()
    def crash(self):
        """Lose the handle without closing it."""
        self.index = Index.open(self.folder)

    @rule()
    def lose_snapshots(self):
        """Delete every derivative, as a hasty clean-up would."""
        for path in self.index.snapshots.files():
            path.unlink()

    @invariant()
    def answers_are_those_of_the_model(self):
        """Texts, live passages, dense scores and lexical matches equal the model's."""
        with self.index.read() as view:
            assert {key: view.text(key) for key in view.known()} == {k: d.text for k, d in self.model.items()}
            truth = {(d.id, p.start, p.end): p.vector for d in self.model.values() for p in d.passages}
            query = np.ones(DIM, np.float32)
            ids, scores = view.dense(query, 1000)
            found = view.passages(ids.tolist())
            assert len(found) == len(ids) == len(truth) == view.counts().passages
            for number, score in zip(ids.tolist(), scores.tolist(), strict=True):
                hit = found[number]
                assert np.isclose(truth[hit.document.id, hit.start, hit.end] @ query, score, atol=1e-4)
                assert hit.text == self.model[hit.document.id].text[hit.start : hit.end]
            holding = {
                (d.id, p.start, p.end)
                for d in self.model.values()
                for p in d.passages
                if set(terms("tea")) & set(terms(d.text[p.start : p.end]))
            }
            hits = view.passages(view.lexical(terms("tea"), 1000)[0].tolist()).values()
            assert {(hit.document.id, hit.start, hit.end) for hit in hits} == holding

    def teardown(self):
        """Remove the directory."""
        self.index.close()
        shutil.rmtree(self.folder, ignore_errors=True)


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=8, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
)
