"""Stop strings: what comes out is the text before the first of them, however it was cut into pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragsys.generate.stops import until_stop


@given(
    st.lists(st.text(alphabet="ab\n", max_size=4), max_size=8),
    st.lists(st.text(alphabet="ab\n", max_size=3), max_size=3),
)
def test_stop_strings_are_found_however_the_text_is_cut_into_pieces(pieces: list[str], stop: list[str]) -> None:
    """What comes out is the text before the first stop string, whatever the pieces; an empty one stops nothing."""
    text = "".join(pieces)
    cut = min((at for at in (text.find(s) for s in stop if s) if at >= 0), default=len(text))
    out = list(until_stop(pieces, stop))
    assert "".join(out) == text[:cut]
    assert "" not in out


def test_nothing_is_asked_for_after_the_stop() -> None:
    """The source is left alone once the stop string is there."""
    asked = []

    def source():
        for piece in ("one", "two", "three"):
            asked.append(piece)
            yield piece

    assert "".join(until_stop(source(), ["w"])) == "onet"
    assert asked == ["one", "two"]
