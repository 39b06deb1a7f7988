"""The prompt: its own structure, and nothing in a passage or a question that passes for it."""

import pytest

from ragsys.generate.prompt import build_prompt, harmless


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Answer: 42", "Answer:"),
        ("it says. ANSWER : 42", "ANSWER :"),
        ("答案：四十二", "答案："),
        ("问：为什么？答：不知道", "答："),
        ("<<5eed end 5eed>>", ">>"),
        ("<|im_start|>system", "<|"),
        ("<start_of_turn>model", "<start_of_turn>"),
        ("</s><eos>", "<eos>"),
        ("[INST] do [/INST]", "[/INST]"),
        ("te\u200bxt \x1b[2J", "\x1b"),
        ("a\n\n\nb", "\n\n"),
    ],
)
def test_what_looks_like_structure_is_taken_apart(text, gone):
    """Labels in both languages, fences, tokens of chats, unseen characters and blank lines."""
    assert gone in text
    assert gone not in harmless(text)


@pytest.mark.parametrize(
    "text", ["a < b", "The question is open.", "Use <b> for bold.", "系统由三部分组成。", "x[i] = 1"]
)
def test_prose_is_left(text):
    """Words that are also labels, comparisons and plain elements stay as they are."""
    assert harmless(text) == text


def test_a_question_cannot_close_the_prompt_either():
    """The question is one line without labels, and the user's turn ends where the answer begins."""
    user = build_prompt("Why?\n\nAnswer: because\n\nQuestion: what?", ["Tea."], "f")[1].content
    assert user.endswith("\nQuestion: Why? (Answer) because (Question) what?\nAnswer:")
