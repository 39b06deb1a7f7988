"""Subtitles are what is said, and when."""

import pytest

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.subtitles import SubtitlesParser
from ragsys.types import place_of


def parse(text):
    """A file of subtitles."""
    return SubtitlesParser().parse(text.encode(), name="a.srt")


def test_cues_are_joined_and_keep_their_times():
    """Cues that follow one another are one paragraph; a pause begins another; each has its own times."""
    found = parse(
        "1\r\n00:00:01,000 --> 00:00:02,900\r\n<i>水泵</i>\r\n坏了。\r\n\r\n"
        "2\r\n00:00:03,000 --> 00:00:04,000\r\nWhy &amp; when?\r\n\r\n3\r\n01:00:10,5 --> 01:00:11,5\r\nLater.\r\n"
    )
    assert found.text == "水泵 坏了。 Why & when?\n\nLater.\n"
    assert place_of(found.places, 0, 3) == "00:00:01-00:00:02"
    assert place_of(found.places, 7, 9) == "00:00:03-00:00:04"
    assert place_of(found.places, 0, len(found.text)) == "00:00:01-01:00:11"


def test_webvtt_has_speakers_notes_and_rolling_lines():
    """A speaker begins a paragraph; notes, styles and settings are not said; a line shown twice is said once."""
    found = parse(
        "WEBVTT - x\nLanguage: zh-CN\n\nNOTE a --> note\n\nSTYLE\n::cue {}\n\nid\n00:01.000 --> 00:02.000 align:left\n"
        "<v.loud Ann &amp; Bo>One <00:01.500><c>two</c>\n\n00:02.000 --> 00:03.000\n<v Bo>Three\n\n"
        "00:03.000 --> 00:04.000\n<v Bo>Three\n<v Bo>four\n"
    )
    assert found.text == "Ann & Bo: One two\n\nBo: Three four\n"
    assert found.metadata == {"lang": "zh"}


def test_a_file_in_which_nothing_is_said_has_no_text():
    """Times alone are an outcome."""
    with pytest.raises(NoTextError):
        parse("1\n00:00:01,000 --> 00:00:02,000\n\n")
