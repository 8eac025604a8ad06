"""Owns the lines of a unit that are filled anew, one at a time, with all others in view.

A wrong line is mostly one among right ones. A model that was trained to fill gaps (Bavarian and
others, https://arxiv.org/abs/2207.14255) sees what comes behind the line too, and nothing of the
line itself that it could copy. Lines come in the order in which the model doubted them when it
wrote the unit: those that it wrote otherwise first.
"""

import ast
import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.context.bundle import Context
from assistant.engine.base import Completion, SourceFile
from assistant.repo.python_trees import parsed
from assistant.tasks.certainty import line_confidence
from assistant.tasks.locate import Target

MOST_GAPS = 12
MOST_GAPS_EACH = 6
"""Where several places are tried: each line that comes out otherwise is a run of the check."""
GAP_TOKENS = 64
"""Most tokens of a line."""

_MOST_BEHIND = 600
"""Characters behind the unit that are read with it: they are read again for each of its lines."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A line that is taken out of a unit."""

    before: str
    """Of the unit, indentation of the line included."""
    line: str
    """What stands there, without indentation."""
    suffix: str
    """Of the unit, from the end of the line on."""

    def filled(self, text: str) -> str:
        """The unit with another line; empty where that is the same one, or does not parse."""
        line = text.strip()
        if not line or line == self.line:
            return ""
        unit = f"{self.before}{line}{self.suffix}"
        return unit if parsed(textwrap.dedent(unit)) is not None else ""


def gaps(text: str, answer: Completion | None, most: int = MOST_GAPS) -> Iterator[Gap]:
    """Up to `most` lines of a Python function's body, the most doubtful first; none of other text.

    `answer` is what the model wrote for the unit.
    """
    lines = text.split("\n")
    sure = {} if answer is None else _confidence(answer, text)
    order = sorted(_body_lines(text), key=lambda number: sure.get(number, -1.0))
    for number in order[:most]:
        line = lines[number]
        indent = line[: len(line) - len(line.lstrip())]
        before = "\n".join([*lines[:number], indent])
        yield Gap(before, line.strip(), "\n".join(["", *lines[number + 1 :]]))


def gap_request(
    context: Context, target: Target, text: str, gap: Gap, tests: tuple[SourceFile, ...]
) -> tuple[tuple[SourceFile, ...], str]:
    """The files before and around a gap, and what is behind it; nothing where the unit is not in
    view as it is."""
    path = target.file.path
    shown = next((file.text for file in context.files if file.path == path), "")
    if shown.count(text) != 1:
        return (), ""
    before, _, behind = shown.partition(text)
    files = (*tests, SourceFile(path, before + gap.before))
    return files, f"{gap.suffix}{behind[:_MOST_BEHIND]}" or "\n"


def _confidence(answer: Completion, text: str) -> dict[int, float]:
    """By line number; the lines that the model wrote otherwise are not there."""
    found = line_confidence(answer, "", text.encode("utf-8", "surrogateescape"))
    return {number: value for _, number, value in found if math.isfinite(value)}


def _body_lines(text: str) -> list[int]:
    """Numbers of the lines with code in the body of the one function that the text defines."""
    tree = parsed(textwrap.dedent(text))
    if tree is None or len(tree.body) != 1:
        return []
    function = tree.body[0]
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    lines = textwrap.dedent(text).split("\n")
    return [
        number
        for statement in body
        for number in range(statement.lineno - 1, statement.end_lineno or statement.lineno)
        if number < len(lines) and _is_code(lines[number])
    ]


def _is_code(line: str) -> bool:
    """Whether a line says something that another line could say otherwise."""
    plain = line.strip()
    return any(char.isalnum() for char in plain) and not plain.startswith("#")
