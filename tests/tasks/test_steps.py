import pytest

from assistant.solving.events import Verb
from assistant.solving.request import LONGEST_SENTENCE, first_line
from assistant.tasks.steps import condensed, goes_round, parse_steps

SMALL = frozenset({"a.py"})


def _condensed(*lines, small=SMALL):
    steps = condensed(parse_steps(lines), small)
    assert [step.id for step in steps] == list(range(1, len(steps) + 1))
    return [(step.verb.value, step.target, step.sentence) for step in steps]


def test_a_target_is_planned_once() -> None:
    lines = ["edit a.py::f: One.", "delete a.py::f: Two.", "delete a.py::g: Three.", "prose"]
    steps = parse_steps(lines)
    assert [(step.id, step.verb, step.sentence) for step in steps] == [
        (1, Verb.EDIT, "One."),
        (2, Verb.DELETE, "Three."),
    ]


def test_edits_of_a_small_file_are_joined() -> None:
    lines = ("edit a.py::f: One.", "edit b.py: Two.", "edit a.py: Three.")
    assert _condensed(*lines) == [("edit", "a.py", "One; Three."), ("edit", "b.py", "Two.")]


def test_the_unit_is_kept_when_it_is_the_only_one() -> None:
    assert _condensed("edit a.py::f: One.") == [("edit", "a.py::f", "One.")]


def test_edits_of_a_large_file_stay_separate() -> None:
    lines = ("edit b.py::f: One.", "edit b.py::g: Two.")
    assert len(_condensed(*lines)) == 2


def test_creations_and_deletions_stay_separate_steps() -> None:
    lines = ("edit a.py::f: One.", "delete a.py::g: Two.", "create c.py: Three.")
    assert [verb for verb, _, _ in _condensed(*lines)] == ["edit", "delete", "create"]


def test_a_joined_sentence_does_not_exceed_the_limit() -> None:
    long = "x" * (LONGEST_SENTENCE - 10)
    assert _condensed(f"edit a.py::f: {long}.", "edit a.py::g: Another one.") == [
        ("edit", "a.py", f"{long}.")
    ]


@pytest.mark.parametrize(
    "sentence", ["Test the function.", "Review the code", "Run the tests.", "No change needed."]
)
def test_a_step_that_changes_nothing_is_dropped(sentence) -> None:
    assert _condensed("edit b.py::f: One.", f"edit b.py::g: {sentence}") == [
        ("edit", "b.py::f", "One.")
    ]


@pytest.mark.parametrize("sentence", ["Runtime errors are logged.", "Testing mode is added."])
def test_a_step_is_dropped_for_whole_words_only(sentence) -> None:
    assert len(_condensed("edit b.py::f: One.", f"edit b.py::g: {sentence}")) == 2


def test_a_creation_is_never_dropped() -> None:
    lines = ("edit b.py::f: One.", "create c.py: Read two numbers.")
    assert [target for _, target, _ in _condensed(*lines)] == ["b.py::f", "c.py"]


def test_the_first_step_is_kept_when_no_step_changes_anything() -> None:
    lines = ("edit b.py::f: Review the code.", "edit b.py::g: Test it.")
    assert _condensed(*lines) == [("edit", "b.py::f", "Review the code.")]


def test_the_first_line_of_a_task_is_its_sentence() -> None:
    assert first_line("\n  Correct add.  \nIt subtracts.") == "Correct add."
    assert first_line("x" * LONGEST_SENTENCE) == "x" * LONGEST_SENTENCE
    assert first_line("word " * 100) == ("word " * 40).rstrip()[: LONGEST_SENTENCE - 1] + "…"


@pytest.mark.parametrize(
    ("lines", "repeats"),
    [
        (("edit a.py::f: One.", "", "edit b.py::g: Two."), False),
        (("edit b.py::g: One.", "edit b.py::h: Two.", "edit b.py::i: Three."), False),
        (("edit a.py::f: One.", "edit a.py::g: Two."), False),
        (("edit a.py::f: One.", "edit a.py::g: Two.", "edit a.py::h: Three."), True),
        (("edit b.py::g: One.", "edit b.py::g: Again."), True),
    ],
)
def test_a_plan_that_names_a_target_again_repeats_itself(lines, repeats) -> None:
    assert goes_round(lines, SMALL) is repeats
