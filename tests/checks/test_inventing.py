"""Inputs for functions without examples: of the types that the signature names, always the same."""

import ast

import pytest

from assistant.checks.inventing import MOST_INVENTED, invented


def inputs(head: str, **options):
    (function,) = ast.parse(f"{head}\n    pass\n").body
    assert isinstance(function, ast.FunctionDef)
    return invented(function, **options)


def test_values_are_of_the_types_that_the_signature_names() -> None:
    found = inputs("def f(a: int, b: list[str], c: 'Dict[str, float]', d: Optional[bool]):")
    assert len(found) == MOST_INVENTED
    for a, b, c, d in found:
        assert type(a) is int
        assert all(type(each) is str for each in b)
        assert all(type(key) is str and type(value) is float for key, value in c.items())
        assert d in (True, False, None)
    assert {len(b) for _, b, _, _ in found} >= {0, 1, 2, 3}


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
    assert {type(each) for (each,) in inputs(f"def f(a: {annotation}):")} == kinds


def test_without_types_there_are_values_of_every_common_one() -> None:
    kinds = {type(each) for (each,) in inputs("def f(a):")}
    assert kinds == {int, str, list, float, dict}


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
