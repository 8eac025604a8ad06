"""Owns assertions as text: which lines assert something, about which call, and whether the words of
a task tell the same.

Pure: runs nothing. Who wrote the assertions may be wrong about them; one whose numbers and texts
all stand in the words is mostly an example that the words give.
"""

import ast
import builtins
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from assistant.repo.python_trees import parsed, parsed_expression

MOST_ASSERTIONS = 40
_SHORT = 4
"""Characters up to which a string must be a word of the text: within words it stands by chance."""
_GROUPED = re.compile(r"(?<![\w-])\d+(?:[ -]\d+)+(?![\w-])")
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


def takes_literals(call: str) -> bool:
    """Whether an expression is a call with nothing but values written out, or one of a method of
    what such a call gives."""
    node = parsed_expression(call)
    return isinstance(node, ast.Call) and _takes_literals(node)


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


def with_grouped_texts(assertion: str, words: str) -> str:
    """The assertion with the text of the words in place of a number that stands there in groups of
    digits only, as numbers of cards and books do: models leave the hyphens out."""
    statement = _assertion(assertion)
    grouped = {re.sub(r"\D", "", each): each for each in _GROUPED.findall(words)}
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
            text = grouped.get(str(node.value))
            if text and not re.search(_number(node.value), words):
                node.value = text
    return ast.unparse(statement)


def with_arguments_packed(assertion: str, code: str) -> str:
    """The assertion with several values for the only parameter of a function in a list.

    Models write what a text calls the sides, or the scores, one by one.
    """
    statement = _assertion(assertion)
    if statement is None:
        return assertion
    parameters = _parameters(code)
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            alone = len(parameters.get(node.func.id, ())) == 1
            if alone and len(node.args) > 1 and not node.keywords and _is_literals(node.args):
                node.args = [ast.List(node.args, ast.Load())]
    return ast.unparse(statement)


def raised_in(text: str) -> Mapping[str, str]:
    """Messages of exceptions that a text shows being raised, with the names of those."""
    found = {}
    for name, message in _RAISING.findall(text):
        try:
            found[ast.literal_eval(message)] = name
        except (ValueError, SyntaxError, MemoryError):
            continue
    return found


def with_raising(assertion: str, raised: Mapping[str, str]) -> str:
    """The assertion; where it expects the message of an exception as a value, code that fails
    unless the call raises that exception with that message."""
    compared = _compared(assertion)
    if compared is None:
        return assertion
    call, value = compared[0], ast.literal_eval(compared[1])
    if not isinstance(value, str) or value not in raised:
        return assertion
    return (
        f"try:\n    {ast.unparse(call)}\nexcept {raised[value]} as error:\n"
        f"    assert str(error) == {value!r}\nelse:\n    raise AssertionError"
    )


_RAISING = re.compile(r"^\s*raise (\w+)\((\"[^\"\n]+\"|'[^'\n]+')\)", re.MULTILINE)


def is_told(assertion: str, text: str) -> bool:
    """Whether all numbers and strings of a comparison stand in a text, and they say something.

    Only of a call with values written out: what is computed from others is in no text. Spaces count
    for nothing, as texts break lines and values are written out in many ways. One or two numbers
    stand in any text by chance: those must be together in a paragraph, as often as in the
    comparison. So do digits and letters, unless many of them stand in the order of the value.
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
    words = _squeezed(text)
    if not all(_stands(each, text, words) for each in values if each not in _SMALL):
        return False
    if _stands_in_order(compared[1], text):
        return True
    telling = [value for value in values if len(str(value)) > 1]
    if not telling:
        return False
    numbers = Counter(each for each in values if each not in _SMALL and not isinstance(each, str))
    if len(numbers) > _FEW or any(isinstance(each, str) for each in telling):
        return True
    return any(
        all(len(re.findall(_number(each), part)) >= count for each, count in numbers.items())
        for part in re.split(r"\n\s*\n", text)
    )


def is_closed(assertion: str, code: str) -> bool:
    """Whether every name of an assertion is its own, a builtin, a module of the standard library,
    or defined by `code`: else it cannot hold, whatever the code does."""
    statement = _assertion(assertion)
    if statement is None:
        return False
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    bound = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    bound |= {each.arg for each in ast.walk(statement) if isinstance(each, ast.arg)}
    known = bound | _BUILTINS | _names_of(code)
    dotted = {
        node.value
        for node in ast.walk(statement)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    # Data is called like modules, too: string, numbers.
    return all(
        each.id in known or (each in dotted and each.id in sys.stdlib_module_names)
        for each in names
    )


def binds(assertion: str, code: str) -> bool:
    """Whether the functions of `code` that an assertion calls take the arguments that it gives."""
    statement = _assertion(assertion)
    if statement is None:
        return False
    given = _arguments(code)
    return all(
        _takes(given[node.func.id], node)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in given
    )


def _takes(parameters: ast.arguments, call: ast.Call) -> bool:
    named = [keyword.arg for keyword in call.keywords]
    if None in named or any(isinstance(each, ast.Starred) for each in call.args):
        return True  # who knows how many
    positional = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
    rest = positional[len(call.args) :]
    if len(call.args) > len(positional) and parameters.vararg is None:
        return False
    takes = {*rest[max(0, len(parameters.posonlyargs) - len(call.args)) :]}
    takes |= {each.arg for each in parameters.kwonlyargs}
    if parameters.kwarg is None and not takes.issuperset(named):
        return False
    optional = set(positional[len(positional) - len(parameters.defaults) :])
    needed = {each for each in rest if each not in optional}
    needed |= {
        each.arg
        for each, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
        if default is None
    }
    return needed <= set(named)


_BUILTINS = frozenset(dir(builtins))
_SMALL = (0, 1, "")
"""Values that say nothing."""
_FEW = 2
_MANY = 6
"""Items of a value that do not stand in a text in the same order by chance."""
_BETWEEN = r"\W{1,16}"
"""What stands between two items of a table or a list; an indentation too."""


def _names_of(code: str) -> set[str]:
    """What the statements of a file bind by themselves."""
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


def _stands(value: int | float | str, text: str, squeezed: str) -> bool:
    if isinstance(value, str) and len(value) <= _SHORT:
        return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None
    if isinstance(value, str):
        return _squeezed(value) in squeezed
    return re.search(_number(value), text) is not None


def _stands_in_order(value: ast.expr, text: str) -> bool:
    """Whether the numbers and strings of a value stand in a text one after the other."""
    items = [
        str(each)
        for node in _in_order(value)
        if isinstance(each := node.value, int | float | str) and not isinstance(each, bool)
    ]
    if len(items) < _MANY or not all(items):
        return False
    return re.search(rf"(?<!\w){_BETWEEN.join(map(re.escape, items))}(?!\w)", text) is not None


def _in_order(node: ast.AST) -> Iterator[ast.Constant]:
    """The constants below a node as they are read; `ast.walk` gives those of one depth first."""
    if isinstance(node, ast.Constant):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def _number(value: int | float) -> str:
    """A pattern of a number that stands by itself, or as an ordinal."""
    return rf"(?<![\w.]){re.escape(repr(value))}(?:st|nd|rd|th)?(?!\w|\.\d)"


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
            return _is_literals(given) and _takes_literals(func)
        case ast.Attribute(value=value):
            return _takes_literals(value)
        case _:
            return isinstance(node, ast.Name)


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)


def _is_literals(nodes: Sequence[ast.expr]) -> bool:
    return all(map(_is_literal, nodes))


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
        name: [each.arg for each in (*given.posonlyargs, *given.args)]
        for name, given in _arguments(code).items()
    }


def _arguments(code: str) -> Mapping[str, ast.arguments]:
    """Parameters of each function that stands in a file by itself."""
    return {
        node.name: node.args
        for node in _statements(code)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _statements(code: str) -> Sequence[ast.stmt]:
    tree = parsed(code)
    return tree.body if tree else ()
