import pytest

from assistant.tasks.events import Verb
from assistant.tasks.steps import LONGEST_SENTENCE, condensed, parse_steps, verbs_for

SMALL = frozenset({"a.py"})


def _condensed(*lines, small=SMALL):
    steps = condensed(parse_steps(lines), small)
    assert [step.id for step in steps] == list(range(1, len(steps) + 1))
    return [(step.verb.value, step.target, step.sentence) for step in steps]


def test_a_place_is_planned_once() -> None:
    lines = ["edit a.py::f: One.", "delete a.py::f: Two.", "delete a.py::g: Three.", "prose"]
    steps = parse_steps(lines)
    assert [(step.id, step.verb, step.sentence) for step in steps] == [
        (1, Verb.EDIT, "One."),
        (2, Verb.DELETE, "Three."),
    ]


def test_edits_of_a_small_file_are_one() -> None:
    lines = ("edit a.py::f: One.", "edit b.py: Two.", "edit a.py: Three.")
    assert _condensed(*lines) == [("edit", "a.py", "One; Three."), ("edit", "b.py", "Two.")]


def test_the_unit_stays_when_there_is_one_only() -> None:
    assert _condensed("edit a.py::f: One.") == [("edit", "a.py::f", "One.")]


def test_edits_of_a_large_file_stay_apart() -> None:
    lines = ("edit b.py::f: One.", "edit b.py::g: Two.")
    assert len(_condensed(*lines)) == 2


def test_files_that_come_or_go_stay_steps_of_their_own() -> None:
    lines = ("edit a.py::f: One.", "delete a.py::g: Two.", "create c.py: Three.")
    assert [verb for verb, _, _ in _condensed(*lines)] == ["edit", "delete", "create"]


def test_a_sentence_does_not_grow_without_end() -> None:
    long = "x" * (LONGEST_SENTENCE - 10)
    assert _condensed(f"edit a.py::f: {long}.", "edit a.py::g: Another one.") == [
        ("edit", "a.py", f"{long}.")
    ]


@pytest.mark.parametrize(
    "sentence", ["Test the function.", "Review the code", "Run the tests.", "No change needed."]
)
def test_a_step_that_changes_nothing_goes(sentence) -> None:
    assert _condensed("edit b.py::f: One.", f"edit b.py::g: {sentence}") == [
        ("edit", "b.py::f", "One.")
    ]


@pytest.mark.parametrize("sentence", ["Runtime errors are logged.", "Testing mode is added."])
def test_only_whole_words_say_that_nothing_changes(sentence) -> None:
    assert len(_condensed("edit b.py::f: One.", f"edit b.py::g: {sentence}")) == 2


def test_something_is_left_when_no_step_changes_anything() -> None:
    lines = ("edit b.py::f: Review the code.", "edit b.py::g: Test it.")
    assert _condensed(*lines) == [("edit", "b.py::f", "Review the code.")]


@pytest.mark.parametrize(
    ("task", "verbs"),
    [
        ("Make add faster.", ""),
        ("Correct src/a.py, as in a.py.", ""),
        ("Call self.add() and a.load(1).", ""),
        ("Fix add, the test fails: call remove_all", ""),
        ("Tree.total is wrong", ""),
        ("Round to 1.5 digits, e.g. 2.25.", ""),
        ("Add usage.md.", "create"),
        ("Put add into src/b.py", "create"),
        ("Add a test for add", "create"),
        ("Remove add.", "delete"),
        ("Move add to a file of its own", "create delete"),
    ],
)
def test_a_plan_creates_and_deletes_where_the_task_speaks_of_it(task, verbs) -> None:
    allowed = verbs_for(task, ("src/a.py", "src/a.py::add", "src/a.py::Tree.total"))
    assert {verb.value for verb in allowed} == {"edit", *verbs.split()}
