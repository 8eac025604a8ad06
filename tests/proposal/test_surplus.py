"""Functions that an answer adds for nothing, and that cannot work."""

import pytest

from assistant.intent.reading import read_intent
from assistant.proposal.surplus import without_broken_surplus

OLD = b"def value(x):\n    pass\n"
ASKED = "def value(x):\n    return x + 1\n"
BROKEN = "\n\ndef back(x):\n    return table[x]\n"


def test_a_function_that_nothing_uses_and_that_cannot_work_goes() -> None:
    new = f"import os\n\n\n{ASKED}{BROKEN}\n\ndef more(x):\n    return os.sep + x\n"
    assert without_broken_surplus(OLD, new.encode(), read_intent("Implement value")).decode() == (
        f"import os\n\n\n{ASKED}\n\ndef more(x):\n    return os.sep + x\n"
    )


def test_with_it_goes_what_needs_it() -> None:
    new = f"{ASKED}{BROKEN}\n\n@cache\ndef both(x):\n    return back(x) + value(x)\n"
    new = f"from functools import cache\n\n\n{new}"
    assert without_broken_surplus(OLD, new.encode()).decode() == (
        f"from functools import cache\n\n\n{ASKED}"
    )


def test_line_ends_stay() -> None:
    new = f"{ASKED}{BROKEN}".replace("\n", "\r\n").encode()
    assert without_broken_surplus(OLD, new) == ASKED.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("new", "task"),
    [
        pytest.param(ASKED + BROKEN, "Add back", id="the task names it"),
        pytest.param(ASKED.replace("x + 1", "back(x)") + BROKEN, "", id="it is used"),
        pytest.param(
            f"{ASKED.replace('x + 1', 'on(x)')}{BROKEN}\n\ndef on(x):\n    return back(x)\n",
            "",
            id="it is used by what is used",
        ),
        pytest.param(f'{ASKED}{BROKEN}\n\n__all__ = ["back"]\n', "", id="it is exported"),
        pytest.param(ASKED + BROKEN.replace("table", "value"), "", id="it could work"),
        pytest.param("def value(x):\n    return table[x]\n", "", id="it was asked for"),
        pytest.param(ASKED + "def back(:\n", "", id="it does not parse"),
    ],
)
def test_the_file_stays_as_it_is_where(new, task) -> None:
    assert without_broken_surplus(OLD, new.encode(), read_intent(task)) == new.encode()


def test_names_that_were_missing_before_are_no_fault_of_the_answer() -> None:
    old = OLD + b"\n\nprint(table)\n"
    new = f"{ASKED}{BROKEN}\n\nprint(table)\n".encode()
    assert without_broken_surplus(old, new) == new
