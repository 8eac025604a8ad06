"""Finds parameters that a change adds to Python functions whose bodies never read them."""

import ast
import symtable
import warnings
from collections.abc import Iterator

from assistant.repo.python_trees import parsed

_INDIRECT = frozenset({"locals", "vars", "eval", "exec", "super"})
"""With these, a body can use a parameter that it does not name."""


def unread_parameters(new: bytes, old: bytes) -> list[tuple[str, str]]:
    """Qualified function name and parameter, sorted, for each parameter that `new` adds to a
    function of `old` and that nothing in its body reads.

    Functions that are not in `old` may have to fit an interface. Functions without a body that does
    anything do not count, nor do parameters that begin with an underscore. Empty when the code does
    not parse.
    """
    before = dict(_functions(_table(old), ""))
    bodiless = frozenset(_bodiless(new))
    return sorted(
        (name, parameter)
        for name, function in _functions(_table(new), "")
        if name in before and function.get_lineno() not in bodiless
        for parameter in _unread(function)
        if parameter not in before[name].get_parameters()
    )


def _table(code: bytes) -> symtable.SymbolTable | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return symtable.symtable(code.decode("utf-8", "replace"), "<code>", "exec")
        except (SyntaxError, ValueError, RecursionError):
            return None


def _functions(
    table: symtable.SymbolTable | None, prefix: str
) -> Iterator[tuple[str, symtable.Function]]:
    for child in table.get_children() if table else ():
        name = f"{prefix}{child.get_name()}"
        if isinstance(child, symtable.Function):
            yield name, child
        elif child.get_type() == "class":
            yield from _functions(child, f"{name}.")


def _unread(function: symtable.Function) -> Iterator[str]:
    used = set(_used(function))
    if not used & _INDIRECT:
        yield from (
            parameter
            for parameter in function.get_parameters()
            if parameter not in used and not parameter.startswith("_")
        )


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that a function or anything inside of it reads."""
    yield from (symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced())
    for child in table.get_children():
        yield from _used(child)


def _bodiless(code: bytes) -> Iterator[int]:
    """Lines of functions whose body only raises, or is a docstring, `pass` or an ellipsis."""
    for node in ast.walk(parsed(code) or ast.Module([], [])):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and all(
            isinstance(each, ast.Pass | ast.Raise)
            or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            for each in node.body
        ):
            yield min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield node.lineno
