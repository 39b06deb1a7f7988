"""Filters and principals act inside both legs: equal to brute force, on exact and approximate indexes.

RAGSYS_ORACLE_CASES is the number of random (documents, principals, filter, query) cases over all kinds.
"""

import os
import random
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import and_

from ragsys.indexes.index import Index
from ragsys.indexes.lexical import LexicalIndex
from ragsys.indexes.postings import pack_bag
from ragsys.indexes.records import NewDocument, NewPassage
from ragsys.retrieve import compile_filter, visible
from ragsys.types import Space

KINDS = ["Flat", "HNSW8,Flat", "IVF2,Flat"]
CASES = int(os.environ.get("RAGSYS_ORACLE_CASES", "900"))
PER_INDEX = 100
DIM = 8
PEOPLE = ["user:ann", "user:bo", "group:lab", "group:law"]
WORDS = ["tea", "kettle", "rain", "茶", "数据"]


def unit(rng):
    """A random unit vector."""
    values = rng.standard_normal(DIM).astype(np.float32)
    return values / np.linalg.norm(values)


def documents(rng, numbers, count):
    """Random documents of one passage; about half of them name who may see them."""
    made = []
    for number in range(count):
        text = " ".join(rng.choices(WORDS, k=rng.randint(1, 5)))
        acl = None if rng.random() < 0.4 else tuple(sorted(rng.sample([*PEOPLE, "*"], rng.randint(0, 2))))
        metadata = {"year": rng.randint(2018, 2024), "lang": rng.choice(["en", "zh"])}
        passages = (NewPassage(0, len(text), None, (), unit(numbers)),)
        fields = (f"{number:016x}", f"/d/{number % 7}/{number}.txt", "0" * 64, 1, 1, None, metadata, acl)
        made.append(NewDocument(*fields, "t", "c", text, (), passages))
    return made


def random_filter(rng):
    """A filter expression and the same test in Python; or none."""
    choices = {
        "year >= 2021": lambda d: d.metadata["year"] >= 2021,
        "lang = zh AND year < 2022": lambda d: d.metadata["lang"] == "zh" and d.metadata["year"] < 2022,
        "NOT lang IN (en)": lambda d: d.metadata["lang"] != "en",
        "source ~ '/d/3/*' OR year = 2020": lambda d: d.source.startswith("/d/3/") or d.metadata["year"] == 2020,
        "nothing = here": lambda d: False,
        None: lambda d: True,
    }
    return rng.choice(list(choices.items()))


def allowed(document, who, restricted):
    """Whether `who` may see a document, said in Python."""
    return not restricted or bool(set(document.acl or ()) & {*who, "*"})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(max(1, CASES // (PER_INDEX * len(KINDS)))))
def test_searches_equal_brute_force(tmp_path, kind, seed):
    """For a hundred random searchers, filters and queries, ids and scores of both legs are those of a full scan."""
    rng, numbers = random.Random(f"{kind}{seed}"), np.random.default_rng(seed)
    held = documents(rng, numbers, rng.randint(5, 60))
    if seed % 5 == 0:
        held = [replace(document, acl=None) for document in held]
    restricted = any(document.acl is not None for document in held)
    with Index.open(tmp_path, create=True, vector_index=kind) as index:
        with index.writer() as writer:
            writer.set_space(Space("oracle", "o" * 64, DIM))
            writer.put(held)
            writer.publish()
        index.refine()
        matrix = np.array([document.passages[0].vector for document in held])
        lexical = LexicalIndex.build(range(1, len(held) + 1), [pack_bag(_terms(d.text)) for d in held])
        for _ in range(PER_INDEX):
            who = rng.sample(PEOPLE, rng.randint(0, 2))
            expression, test = random_filter(rng)
            seen = [i for i, d in enumerate(held) if allowed(d, who, restricted) and test(d)]
            query, words, k = unit(numbers), rng.choices(WORDS, k=2), rng.randint(1, 8)
            with index.read(only=visible(who)) as view:
                passages = None if expression is None else view.select(compile_filter(expression))
                dense, cosines = view.dense(query, k, passages)
                found, scores = view.lexical(_terms(" ".join(words)), k, passages)
                everything = {document.source for document in view.documents()}
                hits = view.passages([*dense.tolist(), *found.tolist()])
            assert everything == {d.source for d in held if allowed(d, who, restricted)}
            assert len(hits) == len({*dense.tolist(), *found.tolist()})
            truth = sorted((matrix[seen] @ query).tolist(), reverse=True)[:k]
            np.testing.assert_allclose(cosines, truth, atol=1e-5)
            assert {int(i) - 1 for i in dense} <= set(seen)
            weights = lexical.scores(_terms(" ".join(words)), np.array(seen, dtype=np.int64) + 1)
            best = sorted((float(w) for w in weights if w > 0), reverse=True)[:k]
            np.testing.assert_allclose(scores, best, rtol=1e-5)
            assert {int(i) - 1 for i in found} <= set(seen)


def _terms(text):
    from ragsys.indexes.analyzer import terms

    return terms(text)


def test_conditions_combine():
    """A searcher's condition and a filter are one condition of SQL, with every value bound."""
    compiled = and_(visible(["user:'); DROP TABLE document"]), compile_filter("lang = zh")).compile()
    assert "DROP TABLE" not in str(compiled)
    assert "user:'); DROP TABLE document" in str(compiled.params)
