"""Tasks in plain words, and what is read from them."""

import pytest

from assistant.intent.reading import read_intent
from assistant.intent.values import NEUTRAL, Edge, Topic


def test_a_task_without_words_is_neutral() -> None:
    assert read_intent("") == NEUTRAL


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("Remove trailing whitespace", True),
        ("make ruff happy", True),
        ("Fix the indentation", True),
        ("Return the sum", False),
        ("Add an informative name", False),
    ],
)
def test_a_task_may_ask_for_layout(task, expected) -> None:
    assert read_intent(task).asks(Topic.LAYOUT) is expected


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("Remove half", True),
        ("Merge both", True),
        ("Remove half.", True),
        ("Implement merge.py", False),
        ("@src/remove.py Add a test", False),
    ],
)
def test_the_name_of_a_file_does_not_ask_for_a_removal(task, expected) -> None:
    assert read_intent(task).asks(Topic.REMOVAL) is expected


@pytest.mark.parametrize(
    ("words", "edges"),
    [
        ("All numbers are natural, including zero.", {Edge.ZERO}),
        ("The list may be empty, and a step may be 0.", {Edge.ZERO, Edge.NOTHING}),
        ("Raise a ValueError if it is passed a negative number.", {Edge.NEGATIVE}),
        ("What is below zero is refused.", {Edge.ZERO, Edge.NEGATIVE}),
        ("All numbers are non-negative, and the list is not empty.", set()),
        ("It takes 0.5 seconds, which is 0.5 more than 0.1.", set()),
        ("The sum of both.", set()),
    ],
)
def test_edges_are_read_from_the_task_and_its_context(words, edges) -> None:
    assert read_intent(words).edges == edges
    assert read_intent("", context=words).edges == edges


def test_exceptions_are_named_by_their_names() -> None:
    words = "Raise a `ValueError`, or a CalcException; an error is no name, nor is IOErrors."
    assert read_intent(words).errors == {"ValueError", "CalcException"}
    assert read_intent("", context=words).errors == {"ValueError", "CalcException"}


@pytest.mark.parametrize(
    ("words", "refuses"),
    [
        ("Raise something.", True),
        ("An empty list is invalid.", True),
        ("A `CalcError` comes then.", True),
        ("What cannot be halved is rejected.", True),
        ("Numbers include zero.", False),
        ("They praise the terror.", False),
    ],
)
def test_a_task_or_its_context_may_ask_to_reject_input(words, refuses) -> None:
    assert read_intent(words).asks(Topic.REFUSAL) is refuses
    assert read_intent("", context=words).asks(Topic.REFUSAL) is refuses
