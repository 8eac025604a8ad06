"""Finds where the code of a completion ends, by parsing: fences alone cannot tell.

A model may close its code with another fence than it was opened with, go on with prose, or write
a fence inside a string.
"""

import io
import re
import tokenize

from tree_sitter import Parser

from assistant.errors import ProposalError
from assistant.proposal.pieces import pieces_of
from assistant.repo.files import encode_text
from assistant.repo.grammars import LANGUAGES, language

_FENCE = re.compile(r"^[ \t]*`{3,}.*$", re.MULTILINE)
_SENTENCE = re.compile(r"(?:\*\*|#+ )?[A-Z][\w'`]*(?: [\w'`(),-]+)+.*[^\s,({\[\\]|-{3,}|\d+\. .*")
_PYTHON = ("py", "pyi")
_CLASS = re.compile(r"\s*(?:@.*\n\s*)*class\b")


def unit_end(path: str, text: str) -> int | None:
    """The offset in a completion at which its complete code ends and something else begins.

    Something else is a fence outside strings, or a line of prose. None while the code is not
    complete, if nothing else follows it, or without a parser for the file.
    """
    for fence in _FENCE.finditer(text):
        if _is_complete(path, text[: fence.start()]):
            return fence.start()
    if _is_complete(path, text):
        return None
    offset = 0
    for line in text.splitlines(keepends=True):
        if _SENTENCE.fullmatch(line.strip("\n")) and _is_complete(path, text[:offset]):
            return offset
        offset += len(line)
    return None


def complete_part(path: str, text: str) -> int | None:
    """The offset in an answer that was cut at which its last member begins, which is incomplete.

    Members are those of the class with which the answer begins, or else its own definitions. None
    if what comes before is no code.
    """
    lines = text.splitlines(keepends=True)
    starts = [line for line in lines if line.strip()]
    inside = [line for line in starts[1:] if _indent(line)] if _CLASS.match(text) else starts
    if not inside:
        return None
    level, end = _indent(inside[0]), len(text)
    for line in reversed(lines):
        end -= len(line)
        opens = line.strip() and _indent(line) <= level and not line.strip().startswith((")", "]"))
        if opens and _is_complete(path, text[:end]):
            return end
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def ends_in_string(path: str, text: str) -> bool:
    """Whether Python code stops inside a string: a fence there does not end the code."""
    if _suffix(path) not in _PYTHON:
        return False
    try:
        for _ in tokenize.generate_tokens(io.StringIO(f"if 1:\n{text}\n").readline):
            pass
    except tokenize.TokenError as error:
        return "string" in str(error)
    except SyntaxError:
        pass
    return False


def _is_complete(path: str, text: str) -> bool:
    suffix = _suffix(path)
    if not text.strip():
        return False
    if suffix in _PYTHON:
        try:
            return bool(pieces_of(text))
        except ProposalError:
            return False
    name = LANGUAGES.get(suffix)
    if name is None:
        return False
    # A method alone is code only inside a class.
    return any(_parses(name, each) for each in (text, f"class A {{\n{text}\n}}"))


def _parses(name: str, text: str) -> bool:
    return not Parser(language(name)).parse(encode_text(text)).root_node.has_error


def _suffix(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower()
