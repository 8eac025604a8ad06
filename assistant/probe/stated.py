"""Finds examples that a task's text states, and recognizes assertions that it states.

An example is a call with its result, or a pair such as `"ab" -> "ba"` if the code has a single
function that takes a single value. A pair may mean something else, or have its sides swapped, so
examples rank candidates and never verify one. Runs nothing.
"""

import ast
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from assistant.probe.assertions import (
    binds,
    comparison_in,
    has_literal_arguments,
    takes_literals,
)
from assistant.repo.python_trees import parsed, parsed_expression

MOST_STATED = 12
_LONGEST_CALL = 300
_MOST_CALLS = 200
"""Calls of one function that are read; an unclosed one takes long."""

_ARROW = (
    r"(?:[-=]{1,2}>|→|⇒|==|becomes|gives|yields|returns|turns into"
    r"|(?:should|would|must) (?:be|give|return|become)"
    r"|is (?:encoded|decoded|translated|transcribed|converted|turned|changed) (?:as|to|into))"
)
_SPAN = r"`[^`\n]{1,200}`|\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'"
"""Inline code or quoted text."""
_PAIR = re.compile(
    rf"(?<![\w`\"'])(?<![>→⇒=] )({_SPAN})\s*{_ARROW}\s*({_SPAN})(?=[.,;)]*(?:$|\s(?!\s*{_ARROW})))",
    re.MULTILINE,
)
_RESULT = re.compile(rf"`?\s*(?:#\s*)?{_ARROW}\s*(\S[^\n]*)")
_SESSION_RESULT = re.compile(r"`?[ \t]*\n[ \t]*([^\s>][^\n]*)")
"""The line below a call in an interpreter session."""

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

_TRIVIAL = (0, 1, "")
"""Values that need not appear in the text."""
_SHORT = 4
"""Strings of up to this length must be whole words: inside words they match by chance."""
_FEW = 2
"""Up to this many numbers appear in almost any text."""
_MANY = 6
"""At least this many items do not appear in the same order by chance."""
_SEPARATOR = r"\W{1,16}"
"""Between two items of a table or list, including indentation."""


def stated_examples(text: str, code: str) -> tuple[str, ...]:
    """Assertions about the functions of `code`, one per call, in the order of the text."""
    tree = parsed(code)
    defined = [each for each in (tree.body if tree else ()) if isinstance(each, _DEFINITIONS)]
    functions = [each for each in defined if isinstance(each, ast.FunctionDef)]
    found: dict[str, str] = {}
    for function in functions:
        for call, value in _calls(text, function.name):
            found.setdefault(call, f"assert {call} == {value}")
    if len(defined) == 1 and functions and _takes_one(functions[0].args):
        for given, value in _pairs(text):
            call = f"{functions[0].name}({given})"
            found.setdefault(call, f"assert {call} == {value}")
    return tuple(each for each in found.values() if binds(each, code))[:MOST_STATED]


def is_stated(assertion: str, text: str) -> bool:
    """Whether the numbers and strings of an assertion all appear in a text, and not by chance.

    The call must take only literals: values that are computed from others appear in no text.
    Whitespace is ignored in all but short strings. One or two numbers appear in almost any text, so
    they must appear in one paragraph, as often as in the assertion. So do single digits and
    letters, which count only if at least six of them appear in the order of the expected value.
    """
    compared = comparison_in(assertion)
    if compared is None or not has_literal_arguments(compared[0]):
        return False
    values = [
        value
        for node in compared
        for each in ast.walk(node)
        if isinstance(each, ast.Constant)
        and isinstance(value := each.value, int | float | str)
        and not isinstance(value, bool)
    ]
    squeezed = _squeezed(text)
    if not all(_appears(each, text, squeezed) for each in values if each not in _TRIVIAL):
        return False
    if _appears_in_order(compared[1], text):
        return True
    significant = [value for value in values if len(str(value)) > 1]
    if not significant:
        return False
    numbers = Counter(each for each in values if each not in _TRIVIAL and not isinstance(each, str))
    if len(numbers) > _FEW or any(isinstance(each, str) for each in significant):
        return True
    return any(
        all(len(re.findall(number_pattern(each), part)) >= count for each, count in numbers.items())
        for part in re.split(r"\n\s*\n", text)
    )


def number_pattern(value: int | float) -> str:
    """Matches a number that is not part of a word or a longer number; ordinals match, too."""
    return rf"(?<![\w.]){re.escape(repr(value))}(?:st|nd|rd|th)?(?!\w|\.\d)"


def _takes_one(given: ast.arguments) -> bool:
    positional = [*given.posonlyargs, *given.args]
    required = len(positional) - len(given.defaults)
    return required == 1 and None not in given.kw_defaults


def _calls(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Calls of a function with literals, and the results that the text states."""
    matches = re.finditer(rf"(?:(>>> *)|(?<![\w.])){re.escape(name)}\(", text)
    for match in itertools.islice(matches, _MOST_CALLS):
        begins = match.end() - len(name) - 1
        call = _call(text[begins : begins + _LONGEST_CALL])
        if not takes_literals(call):
            continue
        pattern = _SESSION_RESULT if match[1] else _RESULT
        result = pattern.match(text[begins + len(call) :])
        value = _value(result[1]) if result else ""
        if value:
            yield ast.unparse(ast.parse(call, mode="eval")), value


def _call(text: str) -> str:
    """The call that a text begins with; empty if it is not closed."""
    ends = (match.end() for match in re.finditer(r"\)", text))
    return next((text[:end] for end in ends if parsed_expression(text[:end])), "")


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for given, value in _PAIR.findall(text):
        literals = _literal(given), _literal(value)
        if all(literals):
            yield literals


def _value(text: str) -> str:
    """The repr of the literal that a text begins with; empty if there is none."""
    text = text.strip()
    span = re.match(_SPAN, text)
    beginnings: Sequence[str] = (text.rstrip("`.,; "), span[0] if span else "", text.split()[0])
    for each in beginnings:
        if (value := _evaluated(each.strip("`.,;"))) is not None:
            return value
    return ""


def _literal(span: str) -> str:
    """The repr of a span's value: of the literal in inline code, or else of the text itself."""
    inside = span[1:-1]
    if not span.startswith("`"):
        return repr(inside)
    value = _evaluated(inside)
    if value is not None:
        return value
    return "" if re.search(r"[()=\[\]{}\"']", inside) else repr(inside)


def _evaluated(code: str) -> str | None:
    try:
        return repr(ast.literal_eval(code.strip()))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _appears(value: int | float | str, text: str, squeezed: str) -> bool:
    if isinstance(value, str) and len(value) <= _SHORT:
        return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None
    if isinstance(value, str):
        return _squeezed(value) in squeezed
    return re.search(number_pattern(value), text) is not None


def _appears_in_order(value: ast.expr, text: str) -> bool:
    """Whether the numbers and strings of a value follow each other in a text."""
    items = [
        str(each)
        for node in _constants(value)
        if isinstance(each := node.value, int | float | str) and not isinstance(each, bool)
    ]
    if len(items) < _MANY or not all(items):
        return False
    return re.search(rf"(?<!\w){_SEPARATOR.join(map(re.escape, items))}(?!\w)", text) is not None


def _constants(node: ast.AST) -> Iterator[ast.Constant]:
    """The constants below a node in source order; `ast.walk` goes breadth first."""
    if isinstance(node, ast.Constant):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _constants(child)


def _squeezed(text: str) -> str:
    return "".join(text.split())
