"""A sample keeps the proportion of the whole."""

from hypothesis import given
from hypothesis import strategies as st

from ragsys.evaluation.datasets import Question
from ragsys.evaluation.sampling import sample


def questions(yes, no):
    """So many answerable and unanswerable questions, mixed."""
    made = [Question(f"y{i}", "?", ("a",), answerable=True) for i in range(yes)]
    return made + [Question(f"n{i}", "?", (), answerable=False) for i in range(no)]


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 130), st.integers(0, 5))
def test_a_sample_is_stratified(yes, no, limit, seed):
    """It has the size asked for, each group its share within one, the set's own order, and the same for one seed."""
    whole = questions(yes, no)
    chosen = sample(whole, limit, seed)
    assert len(chosen) == min(limit, len(whole))
    if chosen:
        share = sum(q.answerable for q in chosen)
        assert abs(share - len(chosen) * yes / len(whole)) < 1
    assert list(chosen) == [q for q in whole if q in set(chosen)]
    assert chosen == sample(whole, limit, seed)


def test_another_seed_is_another_sample():
    """The seed matters."""
    whole = questions(50, 50)
    assert len({sample(whole, 10, seed) for seed in range(5)}) > 1
