"""Finds parameters of Python functions that their bodies never read."""

import ast
import symtable
import warnings
from collections.abc import Iterator

from assistant.repo.python_trees import parsed

_INDIRECT = frozenset({"locals", "vars", "eval", "exec", "super"})
"""With these, a body can use a parameter that it does not name."""


def unread_parameters(code: bytes) -> frozenset[tuple[str, str]]:
    """Qualified function name and parameter for each parameter that nothing in the body reads.

    Functions without a real body (stubs, protocols, abstract methods), parameters that begin with
    an underscore, and the first parameter of a method do not count. Empty when the code does not
    parse.
    """
    tree = parsed(code)
    if tree is None:
        return frozenset()
    bodiless = frozenset(_bodiless(tree))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            table = symtable.symtable(code.decode("utf-8", "replace"), "<code>", "exec")
        except (SyntaxError, ValueError, RecursionError):
            return frozenset()
    return frozenset(
        (name, parameter)
        for name, function in _functions(table, "")
        if function.get_lineno() not in bodiless
        for parameter in _unread(function, method="." in name)
    )


def _functions(table: symtable.SymbolTable, prefix: str) -> Iterator[tuple[str, symtable.Function]]:
    for child in table.get_children():
        name = f"{prefix}{child.get_name()}"
        if isinstance(child, symtable.Function):
            yield name, child
        elif child.get_type() == "class":
            yield from _functions(child, f"{name}.")


def _unread(function: symtable.Function, *, method: bool) -> Iterator[str]:
    used = set(_used(function))
    if used & _INDIRECT:
        return
    parameters = function.get_parameters()
    for parameter in parameters[1:] if method else parameters:
        if parameter not in used and not parameter.startswith("_"):
            yield parameter


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that a function or anything inside of it reads."""
    yield from (symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced())
    for child in table.get_children():
        yield from _used(child)


def _bodiless(tree: ast.Module) -> Iterator[int]:
    """Lines of functions whose body only raises, or is a docstring, `pass` or an ellipsis."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and all(
            isinstance(each, ast.Pass | ast.Raise)
            or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            for each in node.body
        ):
            yield min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield node.lineno
