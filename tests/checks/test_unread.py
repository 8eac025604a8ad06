"""Parameters that a change adds to a function and that nothing reads."""

import pytest

from assistant.checks.unread import unread_parameters

OLD = "def f(): pass\nclass A:\n    def f(self): pass\n    @staticmethod\n    def g(): pass\n"


@pytest.mark.parametrize(
    ("new", "found"),
    [
        ("def f(a, b=1):\n    return a\n", [("f", "b")]),
        ("def f(a, *, b=1, **rest):\n    return a\n", [("f", "b"), ("f", "rest")]),
        ("def f(a):\n    a = 1\n    return a\n", []),
        ("def f(a):\n    a = 1\n", [("f", "a")]),
        ("def f(a):\n    return [x for x in a]\n", []),
        ("def f(a):\n    def g():\n        return a\n    return g\n", []),
        ("async def f(a):\n    await g()\n", [("f", "a")]),
        ("class A:\n    def f(self, a):\n        return 1\n", [("A.f", "a")]),
        ("class A:\n    @staticmethod\n    def g(a):\n        return 1\n", [("A.g", "a")]),
        ("def f(_a):\n    return 1\n", []),
        ("def f(a):\n    return locals()\n", []),
        ("class A(B):\n    def f(self, a):\n        return super().f()\n", []),
        ('def f(a):\n    """Does it."""\n    raise NotImplementedError\n', []),
        ("@overload\ndef f(a): ...\n", []),
        ("def h(a):\n    return 1\n", []),
        ("def f(a)\n", []),
    ],
)
def test_parameters_that_are_added_and_never_read_are_found(new, found) -> None:
    assert unread_parameters(new.encode(), OLD.encode()) == found


def test_a_parameter_that_was_there_is_not_found() -> None:
    assert unread_parameters(b"def f(a):\n    return 1\n", b"def f(a):\n    return a\n") == []


def test_code_that_did_not_parse_before_has_no_findings() -> None:
    assert unread_parameters(b"def f(a):\n    return 1\n", b"def f(\n") == []
