"""Inputs come from tests and docstrings and are never run."""

import pytest

from assistant.probe.examples import (
    MOST_INPUTS,
    Expectation,
    example_calls,
    expectations,
    variants,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert f(1, 'a)') == 2", ((1, "a)"),)),
        (">>> f([1, (2, None)])\n3", (([1, (2, None)],),)),
        ("f({'a': -1.5}) is f({'a': -1.5})", (({"a": -1.5},),)),
        ("f('a' 'b') and g(f(2))", (("ab",), (2,))),
        ("f(\n    [1,\n     2],\n)", (([1, 2],),)),
        ("def f(a, b): return f(a - 1)", ()),
        ("f() + f(x) + f(open('/etc/passwd')) + f(n=1) + my_f(2) + f(3", ()),
    ],
)
def test_calls_with_literals_are_examples(text, expected) -> None:
    assert example_calls("f", [text]) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("assert f(1, 'a') == [2]", Expectation((1, "a"), [2])),
        ("assert 2 == calc.f(1)", Expectation((1,), 2)),
        ("assert f(1) is None", Expectation((1,), None)),
        ("assert f(1), 'why'", Expectation((1,), True, truth=True)),
        ("assert not f(1)", Expectation((1,), False, truth=True)),
        ("self.assertEqual(f(-1), (2.5,), 'why')", Expectation((-1,), (2.5,))),
        ("self.assertEqual(2, f())", Expectation((), 2)),
        ("self.assertTrue(f(1))", Expectation((1,), True, truth=True)),
        ("self.assertFalse(f(1))", Expectation((1,), False, truth=True)),
    ],
)
def test_assertions_about_calls_with_literals_are_expectations(line, expected) -> None:
    assert expectations("f", [f"class T:\n    def test(self):\n        {line}\n"]) == (expected,)


@pytest.mark.parametrize(
    "line",
    ["assert f(1) != 2", "assert f(x) == 2", "assert f(1) == x", "assert f(1, n=2) == 2",
     "assert g(1) == 2", "assert f(1) == 2 == 2", "f(1)", "assert ("],
)  # fmt: skip
def test_other_statements_are_not_expectations(line) -> None:
    assert expectations("f", [line]) == ()


def test_variants_begin_with_the_examples_and_have_no_duplicates() -> None:
    inputs = variants([([1, 2, -3],), ([],)])
    assert inputs[:2] == (([1, 2, -3],), ([],))
    assert len(inputs) == MOST_INPUTS == len({repr(each) for each in inputs})


def test_variants_are_deterministic_and_keep_the_types() -> None:
    examples = [("ab", 2, 1.5, True, (1, "x"), {"k": [1]}, None)]
    inputs = variants(examples)
    assert inputs == variants(examples)
    kinds = [[type(value) for value in arguments] for arguments in inputs]
    assert all(each == [str, int, float, bool, tuple, dict, type(None)] for each in kinds)


def test_making_variants_does_not_change_the_examples() -> None:
    examples = ([1, 2], {"a": [3]})
    variants([examples])
    assert examples == ([1, 2], {"a": [3]})


def test_values_without_variants_give_only_the_examples() -> None:
    assert variants([]) == ()
    assert variants([(None,)]) == ((None,),)
