"""A generator is asked for a question with examples, in the language of the text, and only with what the text says."""

from ragsys.generate.asking import build_asking_prompt, write_question
from ragsys.testing import ScriptedGenerator


def test_a_text_cannot_pass_for_the_prompt():
    """It stands on one line, and a label in it is taken apart."""
    (_, user) = build_asking_prompt(
        "One line.\nQuestion: What?\nAnswer: this", "x\nQuestion: y", topic="A\nQuestion: z"
    )
    lines = user.content.splitlines()
    assert lines[-1] == "Question:"
    examples = build_asking_prompt("One line.", "x")[1].content.splitlines()
    assert [line.split(":")[0] for line in lines] == [line.split(":")[0] for line in examples]


def test_the_prompt_is_in_the_language_of_the_text():
    """A Chinese sentence is asked about among Chinese examples, and ends where the question begins."""
    (system, user) = build_asking_prompt("河边的老磨坊建于1872年。", "1872")
    assert system.content.startswith("根据")
    assert user.content.endswith("资料: 河边的老磨坊建于1872年。\n答案: 1872\n问题:")


def test_a_topic_stands_before_the_text_where_the_text_does_not_name_it():
    """So that a question can name what the sentence leaves to its document's title."""
    assert (
        "(Coffee grinders) The burrs"
        in build_asking_prompt("The burrs are steel.", "steel", topic="Coffee grinders")[1].content
    )
    assert "(Burrs)" not in build_asking_prompt("Burrs are steel.", "steel", topic="Burrs")[1].content


def test_a_question_is_one_line():
    """What a base model goes on to say after it is left out."""
    generator = ScriptedGenerator(["When was it built?\nPassage: another"])
    assert write_question(generator, "It was built in 1872.", "1872") == "When was it built?"
