"""Inputs for functions without examples: of the types that the signature names, always the same."""

import ast
from collections import Counter

import pytest

from assistant.probe.inputs import MOST_INVENTED, constants, invented, misfits


def inputs(head: str, **options):
    (function,) = ast.parse(f"{head}\n    pass\n").body
    assert isinstance(function, ast.FunctionDef)
    return invented(function, **options)


def usual(found, at=0):
    """Arguments that are no oddity, most of them, by type."""
    kinds = Counter(type(each[at]) for each in found)
    return {kind for kind, count in kinds.items() if count > 0.05 * len(found)}


def test_values_are_of_the_types_that_the_signature_names() -> None:
    found = inputs("def f(a: int, b: list[str], c: 'Dict[str, float]', d: Optional[bool]):")
    assert len(found) == MOST_INVENTED
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
def test_ways_to_write_a_type(annotation, kinds) -> None:
    # With a second argument of many values, each of the first comes often enough.
    assert usual(inputs(f"def f(a: {annotation}, b: list[int]):")) == kinds


def test_without_types_there_are_values_of_every_common_one() -> None:
    assert usual(inputs("def f(a, b):")) == {int, str, list, float, dict}


def test_some_values_are_of_another_type() -> None:
    assert {type(a) for a, _ in inputs("def f(a: int, b: int):")} > {int, str, list, type(None)}


def test_values_near_those_of_the_code_come_often() -> None:
    (function,) = ast.parse("def f(a: str, b: int):\n    'doc'\n    return a[:40] == 'N/A'\n").body
    assert set(constants(function)) == {40, "N/A"}
    found = invented(function, constants(function))
    assert {"39", "40", "41"} <= {repr(b) for _, b in found}
    assert any(a == "N/A" for a, _ in found)
    assert any(type(a) is str and len(a) == 41 for a, _ in found)


@pytest.mark.parametrize("head", ["def f(a, b):", "def f(a: str, b: str):"])
def test_what_is_searched_for_is_often_there_more_than_once(head) -> None:
    pairs = [pair for pair in inputs(head) if {type(each) for each in pair} == {str} and pair[1]]
    twice = [(a, b) for a, b in pairs if any(a.find(b, n + 1) > n for n in [a.find(b)] if n >= 0)]
    assert len(twice) >= 3
    overlapping = [
        (a, b) for a, b in twice if len(b) > 1 and a.find(b, a.find(b) + 1) < a.find(b) + len(b)
    ]
    assert len(overlapping) >= 2


def test_numbers_that_take_too_long_to_count_to_are_left_out() -> None:
    (function,) = ast.parse("def f(a: int):\n    return a % 1_000_000_007\n").body
    found = invented(function, constants(function))
    assert max(a for (a,) in found if type(a) is int) <= 1000


def test_the_same_inputs_come_every_time_and_each_once() -> None:
    head = "def f(a, b):"
    assert inputs(head) == inputs(head)
    assert inputs(head) != inputs(head, seed=1)
    marks = [repr(each) for each in inputs(head)]
    assert len(marks) == len(set(marks))


def test_what_is_written_can_be_read_back() -> None:
    for arguments in inputs("def f(a, b: dict[str, list[tuple[int, str]]]):"):
        assert ast.literal_eval(repr(arguments)) == arguments


def test_optional_parameters_are_left_out() -> None:
    assert {len(each) for each in inputs("def f(a, b=1):")} == {1}
    assert {len(each) for each in inputs("def f(a=1, b=2):")} == {2}


@pytest.mark.parametrize("head", ["def f():", "def f(*items):", "def f(a, *, b):"])
def test_functions_that_cannot_be_called_so_get_none(head) -> None:
    assert inputs(head) == ()


def test_types_that_hold_themselves_come_to_an_end() -> None:
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
def test_values_of_another_type_than_the_signature_names_are_told(head, arguments, other) -> None:
    (function,) = ast.parse(f"{head}\n    pass\n").body
    assert misfits(function, arguments) is other
