"""Stubs: functions without a body yet."""

import pytest

from assistant.intent.reading import read_intent
from assistant.proposal.unwritten import is_unwritten, left_unwritten


@pytest.mark.parametrize(
    ("code", "unwritten"),
    [
        ("def f():\n    pass\n", True),
        ('def f():\n    """What it is for."""\n', True),
        ("def f():\n    ...\n\n\ndef g():\n    return 1\n", True),
        ("class A:\n    def f(self):\n        raise NotImplementedError\n", True),
        ("    def f(self):\n        raise NotImplementedError('later')\n", True),
        ("def f():\n    pass\n\n\ndef g():\n    return 1\n\n\ndef h():\n    return 2\n", False),
        ("def f():\n    raise ValueError\n", False),
        ("x = 1\n", False),
        ("def f(:\n", False),
        ("", False),
    ],
)
def test_code_without_bodies_is_unwritten(code, unwritten) -> None:
    assert is_unwritten(code) is unwritten


OLD = (
    "def f():\n    pass\n\n\n"
    "class A:\n    def g(self):\n        ...\n\n    def h(self):\n        return 1\n"
)


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        pytest.param(OLD, OLD, ("f", "A.g"), id="nothing is written"),
        pytest.param(OLD, OLD.replace("pass", "return 1"), ("A.g",), id="one is"),
        pytest.param(OLD, OLD.replace("return 1", "pass"), ("f", "A.g"), id="one had a body"),
        pytest.param(OLD, "def k():\n    pass\n", (), id="an added stub"),
        pytest.param(OLD.encode(), OLD.encode(), ("f", "A.g"), id="bytes"),
        pytest.param(OLD, "def f(:\n", (), id="what does not parse"),
    ],
)
def test_stubs_that_stay_without_a_body_are_reported(old, new, left) -> None:
    assert left_unwritten(old, new) == left


@pytest.mark.parametrize(
    "code",
    [
        "class A(Protocol):\n    def f(self): ...\n",
        "class A(typing.Protocol[T]):\n    def f(self): ...\n",
        "class A:\n    @abc.abstractmethod\n    def f(self): ...\n",
        "@overload\ndef f(): ...\n",
    ],
)
def test_declarations_without_a_body_do_not_count(code) -> None:
    assert left_unwritten(code, code) == ()


@pytest.mark.parametrize(
    ("task", "left"),
    [
        ("Implement the stubs", ("f", "A.g")),
        ("Implement f", ("f",)),
        ("Implement A.g, as f needs it", ("f", "A.g")),
        ("Implement A", ("A.g",)),
    ],
)
def test_only_the_named_stubs_count_when_the_task_names_some(task, left) -> None:
    assert left_unwritten(OLD, OLD, read_intent(task)) == left
