"""Owns the examples that a task's words write out: calls with what they give, and pairs such as
`"ab" -> "ba"` where the code has one function that takes one value.

Pure: runs nothing. A pair may be meant otherwise, as a part of an input or the other way round, so
what is read here ranks and proves nothing.
"""

import ast
import itertools
import re
from collections.abc import Iterator, Sequence

from assistant.probe.assertions import binds, takes_literals
from assistant.repo.python_trees import parsed, parsed_expression

MOST_TOLD = 12
_LONGEST_CALL = 300
_MOST_CALLS = 200
"""Places that are read, of each function: one that does not end takes long."""

_ARROW = (
    r"(?:[-=]{1,2}>|→|⇒|==|becomes|gives|yields|returns|turns into"
    r"|(?:should|would|must) (?:be|give|return|become)"
    r"|is (?:encoded|decoded|translated|transcribed|converted|turned|changed) (?:as|to|into))"
)
_SPAN = r"`[^`\n]{1,200}`|\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'"
"""Code, or text in quotes."""
_PAIR = re.compile(
    rf"(?<![\w`\"'])(?<![>→⇒=] )({_SPAN})\s*{_ARROW}\s*({_SPAN})(?=[.,;)]*(?:$|\s(?!\s*{_ARROW})))",
    re.MULTILINE,
)
_RESULT = re.compile(rf"`?\s*(?:#\s*)?{_ARROW}\s*(\S[^\n]*)")
_PROMPT = re.compile(r"`?[ \t]*\n[ \t]*([^\s>][^\n]*)")
"""What stands below a call in a session of the interpreter."""


def told_examples(words: str, code: str) -> tuple[str, ...]:
    """Assertions about the functions of `code`, one for each call, in the order of the words."""
    tree = parsed(code)
    defined = [each for each in (tree.body if tree else ()) if isinstance(each, _DEFINITIONS)]
    functions = [each for each in defined if isinstance(each, ast.FunctionDef)]
    found: dict[str, str] = {}
    for function in functions:
        for call, value in _calls(words, function.name):
            found.setdefault(call, f"assert {call} == {value}")
    if len(defined) == 1 and functions and _takes_one(functions[0].args):
        for given, value in _pairs(words):
            call = f"{functions[0].name}({given})"
            found.setdefault(call, f"assert {call} == {value}")
    return tuple(each for each in found.values() if binds(each, code))[:MOST_TOLD]


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _takes_one(given: ast.arguments) -> bool:
    positional = [*given.posonlyargs, *given.args]
    needed = len(positional) - len(given.defaults)
    return needed == 1 and None not in given.kw_defaults


def _calls(words: str, name: str) -> Iterator[tuple[str, str]]:
    """Calls of a function with literals, and what the words say that they give."""
    places = re.finditer(rf"(?:(>>> *)|(?<![\w.])){re.escape(name)}\(", words)
    for match in itertools.islice(places, _MOST_CALLS):
        begins = match.end() - len(name) - 1
        call = _call(words[begins : begins + _LONGEST_CALL])
        if not takes_literals(call):
            continue
        behind = words[begins + len(call) :]
        pattern = _PROMPT if match[1] else _RESULT
        said = pattern.match(behind)
        value = _value(said[1]) if said else ""
        if value:
            yield ast.unparse(ast.parse(call, mode="eval")), value


def _call(text: str) -> str:
    """The call that a text begins with; empty where it does not end."""
    ends = (match.end() for match in re.finditer(r"\)", text))
    return next((text[:end] for end in ends if parsed_expression(text[:end])), "")


def _pairs(words: str) -> Iterator[tuple[str, str]]:
    for given, value in _PAIR.findall(words):
        literals = _literal(given), _literal(value)
        if all(literals):
            yield literals


def _value(text: str) -> str:
    """The literal that a text begins with, written out; empty where it begins with none."""
    text = text.strip()
    span = re.match(_SPAN, text)
    beginnings: Sequence[str] = (text.rstrip("`.,; "), span[0] if span else "", text.split()[0])
    for each in beginnings:
        if (value := _evaluated(each.strip("`.,;"))) is not None:
            return value
    return ""


def _literal(span: str) -> str:
    """What a span means as a value: code that is a literal, else its text."""
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
