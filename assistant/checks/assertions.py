"""Owns assertions as text: which lines assert something, about which call, and whether the words of
a task tell the same.

Pure: runs nothing. Who wrote the assertions may be wrong about them; one whose numbers and texts
all stand in the words is mostly an example that the words give.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence

MOST_ASSERTIONS = 40
_SHORT = 4
"""Characters up to which a string must be a word of the text: within words it stands by chance."""
_UNQUOTED = re.compile(r"\((\d+(?:[ -]\d+)+)\)")
"""Digits in groups, as card numbers are written: no Python, and meant as text."""


def assertions_in(text: str) -> tuple[str, ...]:
    """Lines that assert something about a call, each once; what does not parse is left out."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        statement = _assertion(line) or _assertion(_UNQUOTED.sub(r'("\1")', line))
        if statement is not None and any(map(_is_call, ast.walk(statement.test))):
            found.setdefault(ast.unparse(statement))
    return tuple(found)[:MOST_ASSERTIONS]


def without_contradictions(assertions: Sequence[str]) -> tuple[str, ...]:
    """The assertions without those that expect another value of a call than one before them."""
    found: dict[str, str] = {}
    for assertion in assertions:
        found.setdefault(call_of(assertion) or assertion, assertion)
    return tuple(found.values())


def call_of(assertion: str) -> str:
    """The expression that is compared with a value written out; empty for other assertions."""
    compared = _compared(assertion)
    return ast.unparse(compared[0]) if compared else ""


def expected_by(assertion: str) -> str:
    """The value that `call_of` must have; empty for other assertions."""
    compared = _compared(assertion)
    return ast.unparse(compared[1]) if compared else ""


def with_positions(assertion: str, code: str) -> str:
    """The assertion with the arguments of calls by position where `code` defines the function and
    they are all named in its order."""
    statement = _assertion(assertion)
    if statement is None:
        return assertion
    parameters = _parameters(code)
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.keywords:
            names = [keyword.arg for keyword in node.keywords]
            at = len(node.args)
            if names == parameters.get(node.func.id, [])[at : at + len(names)]:
                node.args += [keyword.value for keyword in node.keywords]
                node.keywords = []
    return ast.unparse(statement)


def is_told(assertion: str, text: str) -> bool:
    """Whether all numbers and strings of a comparison stand in a text, and they say something.

    Only of a call with values written out: what is computed from others is in no text. Spaces count
    for nothing, as texts break lines and values are written out in many ways.
    """
    compared = _compared(assertion)
    if compared is None or not _takes_literals(compared[0]):
        return False
    values = [
        value
        for node in compared
        for each in ast.walk(node)
        if isinstance(each, ast.Constant)
        and isinstance(value := each.value, int | float | str)
        and not isinstance(value, bool)
    ]
    # Digits and letters by themselves stand in any text, and so say nothing.
    telling = [value for value in values if len(str(value)) > 1]
    words = _squeezed(text)
    return bool(telling) and all(
        _stands(value, text, words) for value in values if value not in (0, 1, "")
    )


def _stands(value: int | float | str, text: str, squeezed: str) -> bool:
    if isinstance(value, str) and len(value) <= _SHORT:
        return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None
    if isinstance(value, str):
        return _squeezed(value) in squeezed
    number = rf"(?<![\w.]){re.escape(repr(value))}(?:st|nd|rd|th)?(?!\w|\.\d)"
    return re.search(number, text) is not None


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _compared(assertion: str) -> tuple[ast.expr, ast.expr] | None:
    """What an assertion calls, and the literal that it must be equal to."""
    statement = _assertion(assertion)
    match statement.test if statement else None:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            if any(map(_is_call, ast.walk(left))) and _is_literal(right):
                return left, right
    return None


def _takes_literals(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=func, args=args, keywords=keywords):
            given = [*args, *(keyword.value for keyword in keywords)]
            return all(map(_is_literal, given)) and _takes_literals(func)
        case ast.Attribute(value=value):
            return _takes_literals(value)
        case _:
            return isinstance(node, ast.Name)


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return False
    return True


def _assertion(line: str) -> ast.Assert | None:
    body = list(_statements(line.strip()))
    return body[0] if len(body) == 1 and isinstance(body[0], ast.Assert) else None


def _parameters(code: str) -> Mapping[str, list[str]]:
    """Names of the parameters of each function that stands in a file by itself."""
    return {
        node.name: [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        for node in _statements(code)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _statements(code: str) -> Iterator[ast.stmt]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
