"""What must change, and whether the task looked there: known only where it can be known."""

from dataclasses import replace

import pytest

from assistant.evaluation.localization import (
    ONLY_PLACE,
    PASSED,
    Localization,
    changed_places,
    stage_of,
    truth_of,
    truths_of,
)
from assistant.proposal.changes import Change
from tests.evaluation.rows import ROW

OLD = """import os

LIMIT = 3


def first(a):
    return a


class Box:
    size = 1

    def get(self):
        return self.size

    def put(self, size):
        self.size = size
"""


def changed(*pairs: tuple[str, str]) -> tuple[str, ...]:
    new = OLD
    for old, text in pairs:
        assert old in new
        new = new.replace(old, text)
    return changed_places([Change("box.py", OLD.encode(), new.encode())])


@pytest.mark.parametrize(
    ("pairs", "places"),
    [
        ([("return a", "return a + 1")], ("box.py::first",)),
        ([("return self.size", "return 1")], ("box.py::Box.get",)),
        ([("return a", "return 1"), ("import os", "import os, re")], ("box.py::first",)),
        ([("def first", "def other")], ("box.py::other", "box.py::first")),
    ],
    ids=["a function", "a method, not its class", "imports come along", "a name"],
)
def test_changed_places_are_the_innermost_definitions(
    pairs: list[tuple[str, str]], places: tuple[str, ...]
) -> None:
    assert changed(*pairs) == places


def test_loose_statements_are_places_where_nothing_else_changed() -> None:
    (place,) = changed(("LIMIT = 3", "LIMIT = 4"))
    assert place.startswith("box.py::")
    assert changed_places([Change("new.py", None, b"X = 1\n")]) == ("new.py",)
    assert changed_places([Change("old.py", b"X = 1\n", None)]) == ("old.py",)


def test_the_truth_is_the_only_place_or_what_a_right_answer_changed() -> None:
    one = {"a.py": "def f():\n    return 1\n", "README.md": "# Read\n", "test_a.py": "def t(): 0\n"}
    assert truth_of(one, None) == (("a.py::f",), ONLY_PLACE)
    two = {"box.py": OLD}
    assert truth_of(two, None) == ((), "")
    right = (Change("box.py", OLD.encode(), OLD.replace("return a", "return 2").encode()),)
    assert truth_of(two, right) == (("box.py::first",), PASSED)


def test_the_smallest_right_answer_of_all_runs_is_the_truth() -> None:
    rows = [
        replace(ROW, truth=("a.py::f", "a.py::g")),
        replace(ROW, truth=("a.py::g",)),
        replace(ROW, truth=()),
        replace(ROW, id="other", truth=()),
    ]
    assert truths_of(rows) == {ROW.id: ("a.py::g",)}


@pytest.mark.parametrize(
    ("places", "truth", "units", "files"),
    [
        (("a.py::f", "a.py::g"), ("a.py::f",), (1, 1), (1, 1)),
        (("a.py::f", "a.py::g"), ("a.py::g",), (0, 1), (1, 1)),
        (("b.py::f", "a.py::f"), ("a.py::f",), (0, 1), (0, 1)),
        (("a.py::f", "a.py::g"), ("a.py::f", "a.py::h"), (1, 0.5), (1, 1)),
        (("a.py::Box",), ("a.py::Box.get",), (1, 1), (1, 1)),
        (("a.py::Box",), ("a.py::Box.get", "a.py::Box.put"), (1, 1), (1, 1)),
        (
            ("a.py::f1", "a.py::f2", "a.py::f3", "a.py::f4", "a.py::f5", "a.py::g"),
            ("a.py::g",),
            (0, 0),
            (1, 1),
        ),
    ],
    ids=[
        "first",
        "second",
        "other file",
        "one of two",
        "the class around",
        "the class around two",
        "sixth",
    ],
)
def test_shares_found_at_one_and_five(
    places: tuple[str, ...],
    truth: tuple[str, ...],
    units: tuple[float, float],
    files: tuple[float, float],
) -> None:
    found = Localization.of([replace(ROW, places=places)], {ROW.id: truth})
    assert (found.unit_1, found.unit_5) == units
    assert (found.file_1, found.file_5) == files


def test_a_file_that_is_taken_whole_says_nothing_of_units() -> None:
    found = Localization.of([replace(ROW, places=("a.py",))], {ROW.id: ("a.py::f",)})
    assert (found.file_tasks, found.file_1, found.unit_tasks) == (1, 1, 0)


def test_tasks_without_a_known_truth_are_not_counted() -> None:
    assert Localization.of([ROW], {}) == Localization(0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("stage", "tried", "truth", "found"),
    [
        ("no candidate right", ("a.py::f",), ("a.py::g",), "not localized"),
        ("no proposal", ("a.py::f",), ("a.py::g",), "not localized"),
        ("no candidate right", ("a.py::f", "a.py::g"), ("a.py::g",), "no candidate right"),
        ("no candidate right", ("a.py",), ("a.py::g",), "no candidate right"),
        ("no candidate right", (), ("a.py::g",), "no candidate right"),
        ("no candidate right", ("a.py::f",), (), "no candidate right"),
        ("error", ("a.py::f",), ("a.py::g",), "error"),
        ("", ("a.py::f",), ("a.py::g",), ""),
    ],
)
def test_the_stage_is_not_localized_only_where_that_is_known(
    stage: str, tried: tuple[str, ...], truth: tuple[str, ...], found: str
) -> None:
    truths = {ROW.id: truth} if truth else {}
    assert stage_of(replace(ROW, stage=stage, tried=tried), truths) == found
