"""Profiles: what suits a generator, by its name."""

from ragsys.generate.profile import EXTRACTIVE, profile_of


def test_a_profile_has_a_name_of_its_own():
    """An answer says which choices it was made with, and what nobody measured has the default ones."""
    names = {profile_of("gemma-3-270m").name, profile_of("a-model-of-my-own").name, EXTRACTIVE.name}
    assert len(names) == 3


def test_auto_lets_the_default_generator_write():
    """Measured in both languages: short answers that it writes overlap the gold ones more than whole sentences do."""
    assert profile_of("gemma-3-270m").mode == "generate"
