"""Fills single lines of a function again, each with all other lines in view.

A wrong line mostly stands among right ones. A model trained to fill in the middle (Bavarian et al.,
https://arxiv.org/abs/2207.14255) sees what follows the line too, and nothing of the line itself
that it could copy. Lines come in the order in which the model doubted them when it wrote the
unit: those that it wrote differently first. Without a check, the lines are those of the best
candidate's functions that miss stated examples.
"""

import ast
import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.context.bundle import Context
from assistant.engine.base import Completion, Request, Sampling, SourceFile
from assistant.repo.python_trees import parsed
from assistant.solving.bases import Base, wrong_functions
from assistant.solving.certainty import line_confidence
from assistant.solving.drawing import room_for
from assistant.solving.events import Event, Phase
from assistant.solving.registry import source
from assistant.solving.sources.rewrite import drafts
from assistant.solving.state import State
from assistant.solving.values import Draft

LINE_TOKENS = 64
"""Most tokens of a line."""

_MOST_AFTER = 600
"""Characters after the unit in the prompt: they are read again for each line."""


@source
class Infill:
    name = "infill"
    phase = Phase.WRITING

    def applies(self, state: State) -> bool:
        fits = not state.target.adds
        return fits and state.job.workspace.engine.info().can_infill

    def draw(self, state: State, limit: int) -> Iterator[Event | Draft]:
        if state.can_prove:
            base = Base(state.target, state.code(), None)
            tests = state.job.briefing.tests if state.job.briefing else ()
            yield from self._fill(state, base, state.job.context, tests, limit)
            return
        best = state.best()
        for base in wrong_functions(state, best) if best else ():
            context, tests = _examples_in_view(state, base)
            yield from self._fill(state, base, context, tests, limit)

    def _fill(
        self,
        state: State,
        base: Base,
        context: Context,
        tests: tuple[SourceFile, ...],
        limit: int,
    ) -> Iterator[Event | Draft]:
        first = state.memory.first.get(base.target.label) if base.candidate is None else None
        doubted = first.written[0] if first and first.written else None
        for gap in gaps(base.code, doubted, limit):
            files, suffix = _around(context, base.target.path, base.code, gap, tests)
            room = room_for(state.job.workspace, [file.text for file in files], suffix)
            if room < LINE_TOKENS or not files:
                return
            sampling = Sampling(seed=state.job.request.seed, max_tokens=LINE_TOKENS, stop=("\n",))
            asked = Request((), samplings=(sampling,), files=files, suffix=suffix)
            for event in drafts(state, asked, "", (base.target.label, self.name)):
                if not isinstance(event, Draft):
                    yield event
                elif unit := gap.filled(event.text):
                    yield replace(event, target=base.target, text=unit, base=base.candidate)


@dataclass(frozen=True, slots=True)
class Gap:
    """A line taken out of a unit."""

    before: str
    """Of the unit, with the line's indentation."""
    line: str
    """The line as it is, without indentation."""
    suffix: str
    """Of the unit, from the end of the line on."""

    def filled(self, text: str) -> str:
        """The unit with another line; empty when it is the same line, or does not parse."""
        line = text.strip()
        if not line or line == self.line:
            return ""
        unit = f"{self.before}{line}{self.suffix}"
        return unit if parsed(textwrap.dedent(unit)) is not None else ""


def gaps(text: str, answer: Completion | None, most: int) -> Iterator[Gap]:
    """Up to `most` lines of a Python function's body, the most doubtful first; none of other text.

    `answer` is what the model wrote for the unit, or None.
    """
    lines = text.split("\n")
    sure = {} if answer is None else _confidence(answer, text)
    order = sorted(_body_lines(text), key=lambda number: sure.get(number, -1.0))
    for number in order[:most]:
        line = lines[number]
        indent = line[: len(line) - len(line.lstrip())]
        before = "\n".join([*lines[:number], indent])
        yield Gap(before, line.strip(), "\n".join(["", *lines[number + 1 :]]))


def _around(
    context: Context, path: str, text: str, gap: Gap, tests: tuple[SourceFile, ...]
) -> tuple[tuple[SourceFile, ...], str]:
    """The files up to a gap and the text after it; nothing where the unit is not in its file.

    Of a file that is shown in part, a unit that is not shown stands alone.
    """
    file = context.file(path)
    if file is None or file.text.count(text) != 1:
        if file is None or file.whole or text in file.text:
            return (), ""
        before, after = "", "\n"
    else:
        before, _, after = file.text.partition(text)
    files = (*tests, SourceFile(path, before + gap.before))
    return files, f"{gap.suffix}{after[:_MOST_AFTER]}" or "\n"


def _examples_in_view(state: State, base: Base) -> tuple[Context, tuple[SourceFile, ...]]:
    """The context with the candidate's file in it, and the stated examples as a test file."""
    context, expected = state.job.context, state.expectations
    if expected is None:
        return context, ()
    path = expected.path
    module = PurePosixPath(path).stem
    stated = expected.assertions[: expected.examples]
    tests = "\n".join([f"from {module} import *", "", *stated, ""])
    others = [SourceFile(each.path, each.text) for each in context.files if each.path != path]
    files = tuple(
        replace(each, text=base.file_text) if each.path == path else each for each in context.files
    )
    return replace(context, files=files), (*others, SourceFile(f"test_{module}.py", tests))


def _confidence(answer: Completion, text: str) -> dict[int, float]:
    """By line number; lines that the model wrote differently are missing."""
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
    """Whether a line holds code that another line could replace."""
    plain = line.strip()
    return any(char.isalnum() for char in plain) and not plain.startswith("#")
