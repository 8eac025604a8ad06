"""Inputs for functions without examples follow the annotations and are deterministic."""

import ast
from collections import Counter

import pytest

from assistant.probe.inputs import (
    MOST_GENERATED,
    constants,
    contradicts_annotations,
    generated_inputs,
)


def inputs(head: str, **options):
    (function,) = ast.parse(f"{head}\n    pass\n").body
    assert isinstance(function, ast.FunctionDef)
    return generated_inputs(function, **options)


def usual(found, at=0):
    """The types that are common at one position."""
    kinds = Counter(type(each[at]) for each in found)
    return {kind for kind, count in kinds.items() if count > 0.05 * len(found)}


def test_values_are_of_the_annotated_types() -> None:
    found = inputs("def f(a: int, b: list[str], c: 'Dict[str, float]', d: Optional[bool]):")
    assert len(found) == MOST_GENERATED
    assert [usual(found, at) for at in range(3)] == [{int}, {list}, {dict}]
    assert usual(found, 3) == {bool, type(None)}
    texts = [b for _, b, _, _ in found if type(b) is list and b != [None]]
    assert all(type(each) is str for b in texts for each in b)
    assert {len(b) for b in texts} >= {0, 1, 2, 3}
    assert all(
        type(key) is str and type(value) is float
        for _, _, c, _ in found
        if type(c) is dict
        for key, value in c.items()
    )


@pytest.mark.parametrize(
    ("annotation", "kinds"),
    [
        ("int | None", {int, type(None)}),
        ("Union[str, int]", {str, int}),
        ("tuple[int, str]", {tuple}),
        ("tuple[int, ...]", {tuple}),
        ("typing.List[int]", {list}),
        ("Sequence", {list}),
    ],
)
def test_types_can_be_written_in_several_ways(annotation, kinds) -> None:
    # The second argument has many values, so each of the first comes up often enough.
    assert usual(inputs(f"def f(a: {annotation}, b: list[int]):")) == kinds


def test_without_annotations_there_are_values_of_every_common_type() -> None:
    assert usual(inputs("def f(a, b):")) == {int, str, list, float, dict}


def test_some_values_are_of_another_type() -> None:
    assert {type(a) for a, _ in inputs("def f(a: int, b: int):")} > {int, str, list, type(None)}


def test_values_close_to_constants_in_the_code_are_frequent() -> None:
    (function,) = ast.parse("def f(a: str, b: int):\n    'doc'\n    return a[:40] == 'N/A'\n").body
    assert set(constants(function)) == {40, "N/A"}
    found = generated_inputs(function, constants(function))
    assert {"39", "40", "41"} <= {repr(b) for _, b in found}
    assert any(a == "N/A" for a, _ in found)
    assert any(type(a) is str and len(a) == 41 for a, _ in found)


@pytest.mark.parametrize("head", ["def f(a, b):", "def f(a: str, b: str):"])
def test_one_argument_often_contains_another_more_than_once(head) -> None:
    pairs = [pair for pair in inputs(head) if {type(each) for each in pair} == {str} and pair[1]]
    twice = [(a, b) for a, b in pairs if any(a.find(b, n + 1) > n for n in [a.find(b)] if n >= 0)]
    assert len(twice) >= 3
    overlapping = [
        (a, b) for a, b in twice if len(b) > 1 and a.find(b, a.find(b) + 1) < a.find(b) + len(b)
    ]
    assert len(overlapping) >= 2


def test_large_numbers_in_the_code_are_left_out() -> None:
    (function,) = ast.parse("def f(a: int):\n    return a % 1_000_000_007\n").body
    found = generated_inputs(function, constants(function))
    assert max(a for (a,) in found if type(a) is int) <= 1000


def test_inputs_are_deterministic_and_distinct() -> None:
    head = "def f(a, b):"
    assert inputs(head) == inputs(head)
    assert inputs(head) != inputs(head, seed=1)
    marks = [repr(each) for each in inputs(head)]
    assert len(marks) == len(set(marks))


def test_inputs_round_trip_through_repr() -> None:
    for arguments in inputs("def f(a, b: dict[str, list[tuple[int, str]]]):"):
        assert ast.literal_eval(repr(arguments)) == arguments


def test_optional_parameters_are_left_out() -> None:
    assert {len(each) for each in inputs("def f(a, b=1):")} == {1}
    assert {len(each) for each in inputs("def f(a=1, b=2):")} == {2}


@pytest.mark.parametrize("head", ["def f():", "def f(*items):", "def f(a, *, b):"])
def test_functions_that_positional_arguments_cannot_call_get_no_inputs(head) -> None:
    assert inputs(head) == ()


def test_deeply_nested_types_are_cut_off() -> None:
    assert inputs(f"def f(a: {'list[' * 40}int{']' * 40}):", most=20)


@pytest.mark.parametrize(
    ("head", "arguments", "other"),
    [
        ("def f(a, b):", (None, "x"), False),
        ("def f(a: int):", (1,), False),
        ("def f(a: int):", (True,), False),
        ("def f(a: int):", (1.5,), True),
        ("def f(a: float):", (1,), False),
        ("def f(a, b: list):", ("", []), False),
        ("def f(a, b: list):", ("", ""), True),
        ("def f(a: list[int]):", ([],), False),
        ("def f(a: list[int]):", ({},), True),
        ("def f(a: typing.List[int]):", ("x",), True),
        ("def f(a: 'str'):", (None,), True),
        ("def f(a: int | None):", (None,), False),
        ("def f(a: int | None):", ("",), True),
        ("def f(a: Optional[str]):", (None,), False),
        ("def f(a: Optional[str]):", ([],), True),
        ("def f(a: Iterable[str]):", ("ab",), False),
        ("def f(a: Matrix):", ("ab",), False),
        ("def f(a: Union[int, str]):", (None,), False),
    ],
)
def test_values_of_another_type_contradict_the_annotations(head, arguments, other) -> None:
    (function,) = ast.parse(f"{head}\n    pass\n").body
    assert contradicts_annotations(function, arguments) is other
