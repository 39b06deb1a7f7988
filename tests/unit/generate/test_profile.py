"""Profiles: what suits a generator, by its name."""

import pytest

from ragsys.generate.profile import preferred_mode, profile_of


@pytest.mark.parametrize(
    ("generator", "question", "mode"),
    [
        ("gemma-3-270m", "When did the mill burn down?", "generate"),
        ("gemma-3-270m", "磨坊是哪一年被烧毁的？", "extract"),
        ("a-model-of-my-own", "磨坊是哪一年被烧毁的？", "generate"),
    ],
)
def test_auto_follows_what_was_measured(generator, question, mode):
    """The small default writes English and quotes Chinese; a generator that nobody measured writes."""
    assert preferred_mode(generator, question) == mode


def test_a_profile_has_a_name_of_its_own():
    """An answer says which choices it was made with."""
    assert profile_of("gemma-3-270m").name != profile_of("a-model-of-my-own").name
