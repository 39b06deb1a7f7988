"""What of a text can stand in a summary, and how words are counted."""

import pytest

from ragsys.generate.prose import count_words, prose_of

NOISE = """---
title: Notes on grinders
tags: [coffee]
---

# How a grinder is cleaned

The burrs are cleaned with a dry brush every two weeks.

| part | interval |
|------|----------|
| burr | two weeks |

```
grinder.clean(burrs=True). This line of code has many words in it.
```

    indented = "This is code as well, and it has many words in it."

- Rice takes up the oil that the beans have left behind.
- short

See https://example.org/grinders for more about the burrs and the brush.

<div class="note">This sentence stands inside of a tag that is not prose.</div>

Annual Report Page Strategic Plan Fiscal Year Table The mill grinds for ten hours a day.

12.5 17.3 22.9 31.1 44.0 51.2 60.8.
"""


def whole(text):
    """The pieces that read as sentences."""
    return [piece.text for piece in prose_of(text) if piece.whole]


def test_only_sentences_are_left_of_a_document():
    """Front matter, headings, tables, code, tags, links, figures and fragments are none; an item of a list is one."""
    assert whole(NOISE) == [
        "The burrs are cleaned with a dry brush every two weeks.",
        "Rice takes up the oil that the beans have left behind.",
    ]


def test_a_piece_is_a_slice_of_its_text():
    """Every piece stands in the text exactly where it says, without white space around it."""
    for piece in prose_of(NOISE):
        assert NOISE[piece.start : piece.end] == piece.text == piece.text.strip()


def test_chinese_sentences_are_prose():
    """A Chinese sentence with figures in it is one; a caption without an end mark is none."""
    text = "# 磨豆机\n\n磨盘每两周用干刷子清理一次。1998年7月25日起改为每3天一次。\n\n表一：清理周期\n"
    assert whole(text) == ["磨盘每两周用干刷子清理一次。", "1998年7月25日起改为每3天一次。"]


def test_what_repeats_from_page_to_page_is_boilerplate():
    """A sentence that stands three times, figures aside, is not chosen."""
    pages = [
        f"This is page {n} of the annual report of the mill.\n\nOn day {n} it rained and no mill ran.\n\n" for n in "12"
    ]
    once = "The wheel was replaced by a steam engine.\n\n"
    text = "".join([*pages, "This is page 3 of the annual report of the mill.\n\n", once])
    assert "This is page 1 of the annual report of the mill." not in whole(text)
    assert "The wheel was replaced by a steam engine." in whole(text)


def test_a_text_that_stands_there_several_times_is_no_boilerplate():
    """Where most sentences repeat, none is left out for that."""
    assert (
        whole("The old mill stands by the river.\n\nIts wheel drove two big stones.\n\n" * 3)
        == [
            "The old mill stands by the river.",
            "Its wheel drove two big stones.",
        ]
        * 3
    )


def test_an_unclosed_fence_ends_with_the_text():
    """Everything after a fence that is never closed is code, and nothing fails."""
    assert whole("The mill stands by the river.\n\n```\nThe code goes on and on for ever here.\n") == [
        "The mill stands by the river."
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two-part don't 3.5", 4),
        ("- * | ##", 0),
        ("磨盘，每两周。", 5),
        ("用 Rust 写 3 行", 5),
        ("用Rust写", 3),
    ],
)
def test_words_are_runs_and_chinese_characters(text, words):
    """Marks are no words; a Chinese character is one, with or without spaces around other words."""
    assert count_words(text) == words
