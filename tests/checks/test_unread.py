"""Parameters that a function takes and never reads."""

import pytest

from assistant.checks.unread import unread_parameters


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def f(a, b=1):\n    return a\n", {("f", "b")}),
        ("def f(a, *, b=1, **rest):\n    return a\n", {("f", "b"), ("f", "rest")}),
        ("def f(a):\n    a = 1\n    return a\n", set()),
        ("def f(a):\n    a = 1\n", {("f", "a")}),
        ("def f(a):\n    return [x for x in a]\n", set()),
        ("def f(a):\n    def g():\n        return a\n    return g\n", set()),
        ("async def f(a):\n    await g()\n", {("f", "a")}),
        ("class A:\n    def f(self, a):\n        return 1\n", {("A.f", "a")}),
        ("class A:\n    @staticmethod\n    def f(a):\n        return 1\n", set()),
        ("def f(_a):\n    return 1\n", set()),
        ("def f(a):\n    return locals()\n", set()),
        ("class A(B):\n    def f(self, a):\n        return super().f()\n", set()),
        ('def f(a):\n    """Does it."""\n    raise NotImplementedError\n', set()),
        ("@overload\ndef f(a): ...\n", set()),
        ("def f(a)\n", set()),
    ],
)
def test_parameters_that_nothing_reads_are_found(code, found) -> None:
    assert unread_parameters(code.encode()) == found
