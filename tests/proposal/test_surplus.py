"""Functions that a candidate adds without being asked and that cannot work."""

import pytest

from assistant.intent.reading import read_intent
from assistant.proposal.surplus import without_broken_surplus

OLD = b"def value(x):\n    pass\n"
ASKED = "def value(x):\n    return x + 1\n"
BROKEN = "\n\ndef back(x):\n    return table[x]\n"


def test_an_unused_function_that_cannot_work_is_removed() -> None:
    new = f"import os\n\n\n{ASKED}{BROKEN}\n\ndef more(x):\n    return os.sep + x\n"
    assert without_broken_surplus(OLD, new.encode(), read_intent("Implement value")).decode() == (
        f"import os\n\n\n{ASKED}\n\ndef more(x):\n    return os.sep + x\n"
    )


def test_functions_that_need_it_are_removed_too() -> None:
    new = f"{ASKED}{BROKEN}\n\n@cache\ndef both(x):\n    return back(x) + value(x)\n"
    new = f"from functools import cache\n\n\n{new}"
    assert without_broken_surplus(OLD, new.encode()).decode() == (
        f"from functools import cache\n\n\n{ASKED}"
    )


def test_line_endings_stay() -> None:
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
            id="a used function uses it",
        ),
        pytest.param(f'{ASKED}{BROKEN}\n\n__all__ = ["back"]\n', "", id="it is exported"),
        pytest.param(ASKED + BROKEN.replace("table", "value"), "", id="it could work"),
        pytest.param("def value(x):\n    return table[x]\n", "", id="it existed before"),
        pytest.param(ASKED + "def back(:\n", "", id="it does not parse"),
    ],
)
def test_other_functions_stay(new, task) -> None:
    assert without_broken_surplus(OLD, new.encode(), read_intent(task)) == new.encode()


def test_names_that_were_undefined_before_do_not_count() -> None:
    old = OLD + b"\n\nprint(table)\n"
    new = f"{ASKED}{BROKEN}\n\nprint(table)\n".encode()
    assert without_broken_surplus(old, new) == new
