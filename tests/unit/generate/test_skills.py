"""What was measured of a generator's translations, and what is said of it."""

import json
from pathlib import Path

import pytest

from ragsys.generate.skills import FILE, TranslationSkill, skill_of
from ragsys.generate.translation import plan_for
from ragsys.testing import ScriptedGenerator

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("target", "chrf", "clean", "quality"),
    [
        ("en", 60.0, 0.9, "fair"),
        ("en", 60.0, 0.7, "rough"),
        ("en", 42.0, 0.9, "rough"),
        ("en", 30.0, 0.9, "poor"),
        ("en", 60.0, 0.3, "poor"),
        ("zh", 30.0, 0.9, "fair"),
        ("zh", 20.0, 0.9, "rough"),
        ("zh", 16.0, 0.7, "poor"),
    ],
)
def test_one_word_is_the_worse_of_two_measures(target, chrf, clean, quality):
    """A high chrF does not hide failed checks, nor the reverse; Chinese has a scale of its own."""
    assert TranslationSkill("xx", target, chrf, chrf - 2, chrf + 2, 24, clean).quality == quality


def test_the_figures_are_those_of_the_benchmark():
    """What the package carries is what bench/results holds, and the pair that was not measured is unknown."""
    measured = json.loads((ROOT / "bench/results/translation.json").read_text(encoding="utf-8"))["figures"]["models"]
    for name, rows in measured.items():
        for pair, row in rows.items():
            skill = skill_of(name, *pair.split(" > "))
            assert (skill.chrf, skill.low, skill.high, skill.clean) == (
                row["chrF"],
                row["low"],
                row["high"],
                row["clean"],
            )
    stored = json.loads((ROOT / "ragsys/generate" / FILE).read_text(encoding="utf-8"))
    assert stored["generators"].keys() == measured.keys()
    assert skill_of("gemma-3-270m", "de", "fr") is None
    assert skill_of("nobody", "en", "zh") is None


def test_a_pair_that_is_done_badly_is_said_with_its_figures():
    """The default generator's warning names chrF and the share of sentences that fail."""

    class Gemma(ScriptedGenerator):
        name = "gemma-3-270m"

    plan = plan_for(Gemma([]), "en", "zh", "-", 10)
    assert plan.quality == plan.skill.quality != "fair"
    assert f"chrF {plan.skill.chrf:.0f}" in plan.warnings[0].message
