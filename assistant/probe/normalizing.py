"""Normalizes assertions that the model wrote: each function corrects one mistake that models make.

An assertion without that mistake comes back with the same meaning.
"""

import ast
import re
from collections.abc import Mapping

from assistant.probe.assertions import (
    are_literals,
    comparison_in,
    parsed_assertion,
    signatures_in,
)
from assistant.probe.stated import number_pattern

_GROUPED = re.compile(r"(?<![\w-])\d+(?:[ -]\d+)+(?![\w-])")
"""Digits in groups, as card numbers are written."""
_RAISING = re.compile(r"^\s*raise (\w+)\((\"[^\"\n]+\"|'[^'\n]+')\)", re.MULTILINE)


def with_positions(assertion: str, code: str) -> str:
    """Passes arguments by position, if `code` defines the function and the keywords are in the
    order of its parameters."""
    statement = parsed_assertion(assertion)
    if statement is None:
        return assertion
    parameters = _parameters_in(code)
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.keywords:
            names = [keyword.arg for keyword in node.keywords]
            at = len(node.args)
            if names == parameters.get(node.func.id, [])[at : at + len(names)]:
                node.args += [keyword.value for keyword in node.keywords]
                node.keywords = []
    return ast.unparse(statement)


def with_digit_groups(assertion: str, text: str) -> str:
    """Replaces a number with a string, if the task's text has it only as digits in groups.

    Models leave out the hyphens or spaces of card numbers and ISBNs.
    """
    statement = parsed_assertion(assertion)
    grouped = {re.sub(r"\D", "", each): each for each in _GROUPED.findall(text)}
    if statement is None or not grouped:
        return assertion
    given = [
        argument
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords))
    ]
    for node in given:
        if isinstance(node, ast.Constant) and type(node.value) is int:
            written = grouped.get(str(node.value))
            if written and not re.search(number_pattern(node.value), text):
                node.value = written
    return ast.unparse(statement)


def with_arguments_packed(assertion: str, code: str) -> str:
    """Packs several arguments into a list, if the function takes only one.

    Models pass a collection, such as the sides of a triangle, as separate arguments.
    """
    statement = parsed_assertion(assertion)
    if statement is None:
        return assertion
    parameters = _parameters_in(code)
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            takes_one = len(parameters.get(node.func.id, ())) == 1
            if takes_one and len(node.args) > 1 and not node.keywords and are_literals(node.args):
                node.args = [ast.List(node.args, ast.Load())]
    return ast.unparse(statement)


def raised_in(text: str) -> Mapping[str, str]:
    """The messages of the exceptions that a text shows being raised, with the exceptions' names."""
    found = {}
    for name, message in _RAISING.findall(text):
        try:
            found[ast.literal_eval(message)] = name
        except (ValueError, SyntaxError, MemoryError):
            continue
    return found


def with_raising(assertion: str, raised: Mapping[str, str]) -> str:
    """Expects an exception instead of a value, if the value is the message of one in `raised`.

    The result is then not an assertion, but code that fails unless the call raises that exception
    with that message.
    """
    compared = comparison_in(assertion)
    if compared is None:
        return assertion
    call, value = compared[0], ast.literal_eval(compared[1])
    if not isinstance(value, str) or value not in raised:
        return assertion
    return (
        f"try:\n    {ast.unparse(call)}\nexcept {raised[value]} as error:\n"
        f"    assert str(error) == {value!r}\nelse:\n    raise AssertionError"
    )


def _parameters_in(code: str) -> Mapping[str, list[str]]:
    """The names of the positional parameters of each top-level function of a file."""
    return {
        name: [each.arg for each in (*given.posonlyargs, *given.args)]
        for name, given in signatures_in(code).items()
    }
