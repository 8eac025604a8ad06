"""Attributes that a change assigns join the slots of their class."""

import pytest

from assistant.proposal.slots import extend_slots

OLD = """class Logger:
    __slots__ = ("_file", "_lock")

    def __init__(self, file):
        self._file = file
        self._lock = None

    @property
    def shown(self):
        return True
"""


def assigning(code: str, line: str) -> str:
    return code.replace("        self._lock = None\n", f"        self._lock = None\n{line}\n")


def extended(old: str, new: str) -> str:
    return extend_slots(new.encode(), old.encode()).decode()


def test_what_the_change_assigns_gets_a_slot() -> None:
    new = assigning(OLD, "        self.name = self.place = file.name")
    assert '__slots__ = ("_file", "_lock", "name", "place")' in extended(OLD, new)


def test_a_list_with_a_name_on_each_line_gets_another_line() -> None:
    old = OLD.replace('("_file", "_lock")', "[\n        '_file',\n        '_lock',\n    ]")
    wanted = "[\n        '_file',\n        '_lock',\n        'name',\n    ]"
    assert wanted in extended(old, assigning(old, "        self.name = 1"))


def test_line_ends_stay() -> None:
    old = OLD.replace('("_file", "_lock")', '(\n        "_file",\n        "_lock"\n    )')
    old = old.replace("\n", "\r\n")
    new = old.replace("None\r\n", "None\r\n        self.name = 1\r\n")
    assert '        "_lock",\r\n        "name"\r\n    )' in extended(old, new)


@pytest.mark.parametrize(
    "line",
    [
        "        self._file = None",
        "        self.shown = False",
        "        file.name = 1",
        "        print(self.name)",
    ],
    ids=["has a slot", "is a property", "of another object", "is read"],
)
def test_other_lines_add_no_slot(line: str) -> None:
    new = assigning(OLD, line)
    assert extended(OLD, new) == new


@pytest.mark.parametrize("slots", ["()", '"_file"', "SLOTS", '("_file", *MORE)'])
def test_other_slots_stay(slots: str) -> None:
    old = OLD.replace('("_file", "_lock")', slots)
    new = assigning(old, "        self.name = 1")
    assert extended(old, new) == new


def test_a_class_that_assigned_it_before_is_left_alone() -> None:
    old = assigning(OLD, "        self.name = 1")
    new = old.replace("self.name = 1", "self.name = 2")
    assert extended(old, new) == new
