"""Reads assertions about candidate code.

Assertions are text here and never run. Whoever wrote them, mostly the model, may be wrong about
them.
"""

import ast
import builtins
import re
import sys
from collections.abc import Mapping, Sequence

from assistant.repo.python_trees import parsed, parsed_expression

MOST_ASSERTIONS = 40

_UNQUOTED = re.compile(r"\((\d+(?:[ -]\d+)+)\)")
"""Grouped digits, such as a card number, as an argument: not valid Python, and meant as text."""
_BUILTINS = frozenset(dir(builtins))


def assertions_in(text: str) -> tuple[str, ...]:
    """The lines of a text that assert something about a call, without duplicates.

    Lines that do not parse are left out.
    """
    found: dict[str, None] = {}
    for line in text.splitlines():
        statement = parsed_assertion(line) or parsed_assertion(_UNQUOTED.sub(r'("\1")', line))
        if statement is not None and any(map(_is_call, ast.walk(statement.test))):
            found.setdefault(ast.unparse(statement))
    return tuple(found)[:MOST_ASSERTIONS]


def parsed_assertion(line: str) -> ast.Assert | None:
    """The assert statement on a line; None if the line is anything else."""
    body = list(_statements(line.strip()))
    return body[0] if len(body) == 1 and isinstance(body[0], ast.Assert) else None


def without_contradictions(assertions: Sequence[str]) -> tuple[str, ...]:
    """The assertions, without those that expect a different value of a call than an earlier one."""
    found: dict[str, str] = {}
    for assertion in assertions:
        found.setdefault(call_of(assertion) or assertion, assertion)
    return tuple(found.values())


def call_of(assertion: str) -> str:
    """The expression that is compared with a literal; empty for other assertions."""
    compared = comparison_in(assertion)
    return ast.unparse(compared[0]) if compared else ""


def comparison_in(assertion: str) -> tuple[ast.expr, ast.expr] | None:
    """The expression with a call that an assertion tests, and the literal that it must equal."""
    statement = parsed_assertion(assertion)
    match statement.test if statement else None:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            if any(map(_is_call, ast.walk(left))) and _is_literal(right):
                return left, right
    return None


def takes_literals(call: str) -> bool:
    """Whether an expression is a call with literal arguments only, or a method call on one."""
    node = parsed_expression(call)
    return isinstance(node, ast.Call) and has_literal_arguments(node)


def has_literal_arguments(node: ast.expr) -> bool:
    """Whether every call in a chain of names, attributes and calls takes only literals."""
    match node:
        case ast.Call(func=func, args=args, keywords=keywords):
            given = [*args, *(keyword.value for keyword in keywords)]
            return are_literals(given) and has_literal_arguments(func)
        case ast.Attribute(value=value):
            return has_literal_arguments(value)
        case _:
            return isinstance(node, ast.Name)


def are_literals(nodes: Sequence[ast.expr]) -> bool:
    return all(map(_is_literal, nodes))


def is_closed(assertion: str, code: str) -> bool:
    """Whether an assertion has no free names: each is bound in it, a builtin, a module of the
    standard library, or defined by `code`.

    An assertion with free names fails, whatever the code does.
    """
    statement = parsed_assertion(assertion)
    if statement is None:
        return False
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    bound = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    bound |= {each.arg for each in ast.walk(statement) if isinstance(each, ast.arg)}
    known = bound | _BUILTINS | _names_bound_by(code)
    dotted = {
        node.value
        for node in ast.walk(statement)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    # `string` and `numbers` are modules, but without a dot they are more likely variables.
    return all(
        each.id in known or (each in dotted and each.id in sys.stdlib_module_names)
        for each in names
    )


def binds(assertion: str, code: str) -> bool:
    """Whether the arguments of each call in an assertion fit the function that `code` defines."""
    statement = parsed_assertion(assertion)
    if statement is None:
        return False
    signatures = signatures_in(code)
    return all(
        _accepts(signatures[node.func.id], node)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in signatures
    )


def signatures_in(code: str) -> Mapping[str, ast.arguments]:
    """The parameters of each top-level function of a file."""
    return {
        node.name: node.args
        for node in _statements(code)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _accepts(parameters: ast.arguments, call: ast.Call) -> bool:
    named = [keyword.arg for keyword in call.keywords]
    if None in named or any(isinstance(each, ast.Starred) for each in call.args):
        return True  # unpacked arguments cannot be counted
    positional = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
    rest = positional[len(call.args) :]
    if len(call.args) > len(positional) and parameters.vararg is None:
        return False
    accepted = {*rest[max(0, len(parameters.posonlyargs) - len(call.args)) :]}
    accepted |= {each.arg for each in parameters.kwonlyargs}
    if parameters.kwarg is None and not accepted.issuperset(named):
        return False
    optional = set(positional[len(positional) - len(parameters.defaults) :])
    required = {each for each in rest if each not in optional}
    required |= {
        each.arg
        for each, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
        if default is None
    }
    return required <= set(named)


def _names_bound_by(code: str) -> set[str]:
    """The names that the top-level statements of a file bind."""
    found: set[str] = set()
    for node in _statements(code):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {each.asname or each.name.partition(".")[0] for each in names}
            case _:
                inside = (each for each in ast.walk(node) if isinstance(each, ast.Name))
                found |= {each.id for each in inside if isinstance(each.ctx, ast.Store)}
    return found


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return False
    return True


def _statements(code: str) -> Sequence[ast.stmt]:
    tree = parsed(code)
    return tree.body if tree else ()
