"""Titles of proposals."""

import pytest

from assistant.context.bundle import Selected
from assistant.solving.request import TaskRequest

SELECTION = (Selected("calc.py"), Selected("my notes.md"), Selected("shop"))


@pytest.mark.parametrize(
    ("task", "title"),
    [
        ("@calc.py Correct add", "Correct add"),
        ("Correct add in @calc.py", "Correct add"),
        ("Correct add in @calc.py.", "Correct add"),
        ("Correct add in @calc.py::add @shop/", "Correct add"),
        ('Correct add @"my notes.md" @calc.py::add', "Correct add"),
        ("Make add of @calc.py round", "Make add of calc.py round"),
        ("Add @cache to add", "Add @cache to add"),
        ("Correct @other.py", "Correct @other.py"),
        ("@calc.py", "@calc.py"),
        ("", "Fix what the check complains about"),
    ],
)
def test_mentions_of_selected_files_are_left_out(task: str, title: str) -> None:
    assert TaskRequest(task, SELECTION).title == title


def test_a_long_title_is_cut_after_mentions_are_left_out() -> None:
    assert TaskRequest(f"@calc.py {'a' * 72}", SELECTION).title == "a" * 72
