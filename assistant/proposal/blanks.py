"""Owns telling a change that can be seen from one of white space at the ends of lines. Pure."""

import ast
import re

from assistant.repo.python_trees import parsed

_ABOUT_BLANKS = re.compile(
    r"\b(?:white[ -]?spaces?|blanks?|spaces?|trailing|indent\w*|format\w*|lint\w*|newlines?"
    r"|tid(?:y|ier)|pep ?-?8|black|ruff|flake8|pycodestyle)\b",
    re.IGNORECASE,
)


def only_blanks(old: str, new: str) -> bool:
    """Whether two texts of a Python file differ in nothing but white space at the ends of lines
    and of the text, outside of strings."""
    if bare(old) != bare(new):
        return False
    trees = parsed(old), parsed(new)
    return None not in trees and len({ast.dump(tree) for tree in trees if tree}) == 1


def speaks_of_blanks(task: str) -> bool:
    """Whether the words of a task, in English, may ask for such a change."""
    return bool(_ABOUT_BLANKS.search(task))


def bare(text: str) -> list[str]:
    """The lines without white space at their ends, and without blank ones behind the last."""
    return [line.rstrip() for line in text.rstrip().splitlines()]
