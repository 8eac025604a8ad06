"""Owns telling a change that can be seen from one of white space at the ends of lines. Pure."""

import ast
import re
import warnings

_ABOUT_BLANKS = re.compile(
    r"\b(?:white[ -]?spaces?|blanks?|spaces?|trailing|indent\w*|format\w*|lint\w*|newlines?"
    r"|tid(?:y|ier)|pep ?-?8|black|ruff|flake8|pycodestyle)\b",
    re.IGNORECASE,
)


def only_blanks(old: str, new: str) -> bool:
    """Whether two texts of a Python file differ in nothing but white space at the ends of lines
    and of the text, outside of strings."""
    return bare(old) == bare(new) and _tree(old) == _tree(new)


def speaks_of_blanks(task: str) -> bool:
    """Whether the words of a task, in English, may ask for such a change."""
    return bool(_ABOUT_BLANKS.search(task))


def bare(text: str) -> list[str]:
    """The lines without white space at their ends, and without blank ones behind the last."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _tree(text: str) -> str:
    """The syntax tree as text; the text itself where it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(text.removeprefix("\ufeff")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
