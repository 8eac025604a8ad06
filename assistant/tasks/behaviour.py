"""Owns telling answers that only look like a change from those that change what the code does.

A model that does not know how to do a task often rewrites the code without any effect. Where the
user consented to running answers, the function is called as it is and as an answer has it, on
inputs that its signature suggests; who does the same on all of them is shown behind the others,
unless the task asks for code that does the same.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.checks.inventing import invented
from assistant.checks.probing import runs_python
from assistant.checks.results import Check, Status
from assistant.engine.base import Cancel
from assistant.proposal.changes import Candidate
from assistant.repo.units import UnitKind
from assistant.tasks.agreement import Question, ask
from assistant.tasks.locate import Target
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.rewrite import is_to_be_written

_MOST_FUNCTIONS = 3
_LEAST_VALUES = 8
"""Inputs that must give a value before anything is said of an answer."""
_MOST_VALUES = 96
_MOST_FAILURES = 32

_SAME_WANTED = re.compile(
    r"\b(?:refactor\w*|renam\w*|restructur\w*|reorgani\w*|simplif\w*|clean\w*|tid(?:y|ied)"
    r"|readab\w*|idiomatic|pythonic|moderni\w*|styl\w*|reformat\w*|format the (?:code|file)"
    r"|lint\w*|pep ?-?8"
    r"|annotat\w*|type hints?|typed|docstrings?|document\w*|comment\w*|explain\w*"
    r"|fast(?:er)?|speed\w*|slow|performan\w*|efficien\w*|optimi\w*|memory|complexity|cach\w+"
    r"|memoi\w*|comprehension|f-strings?|helpers?|extract\w*|inlin\w*|split (?:up|in|into|out)"
    r"|mov(?:e|ed|ing)|duplicat\w*|unused|dead code|recursi\w*|iterativ\w*|enumerate"
    r"|built-?ins?|early returns?|logg?(?:ing|er)?|print\w*|imports?"
    r"|same (?:behaviou?r|results?|values?|output|function\w*)|without chang\w+)\b",
    re.IGNORECASE,
)
"""Words of tasks, in English, after which the code may do what it did. Too many of them only mean
that nobody looks."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What functions did before any change."""

    asked: tuple[tuple[Question, tuple[str, ...]], ...]
    """Each with its outcomes."""

    def seen(self, workspace: Workspace, candidate: Candidate, cancel: Cancel) -> Candidate:
        """The candidate, marked where it does what the code did. Raises Cancelled."""
        for question, before in self.asked:
            if ask(workspace, question, candidate, cancel) != before:
                return candidate
        inputs = sum(len(before) for _, before in self.asked)
        check = Check("effect", Status.HINT, f"does what the code did, on {inputs} inputs")
        return replace(candidate, unchanged=True, checks=(*candidate.checks, check))


def behaviour_of(
    workspace: Workspace, request: TaskRequest, target: Target, cancel: Cancel
) -> Behaviour | None:
    """None where the task may want code that does the same, nobody consented to running it, there
    is no sandbox, or no function there gives values that tell anything. Raises Cancelled."""
    path = target.file.path
    if (
        not path.endswith(".py")
        or target.adds
        or _SAME_WANTED.search(f"{request.task} {request.wanted}")
        or not _consented(request)
        or not workspace.runner.isolates
        or is_to_be_written(workspace, target)
    ):
        return None
    code = workspace.repository.text(path).text
    asked = [
        found
        for function in _functions(code, target)
        if (found := _asked(workspace, path, function, cancel)) is not None
    ]
    return Behaviour(tuple(asked)) if asked else None


def _consented(request: TaskRequest) -> bool:
    """Own tests run the code on what nobody asked to run, and so does a check that runs Python."""
    return request.own_tests if request.check is None else runs_python(request.check)


def _functions(code: str, target: Target) -> Iterator[ast.FunctionDef]:
    """The function of a place, or those of its file."""
    unit = target.unit
    if unit is not None and unit.kind is not UnitKind.FUNCTION:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(code.removeprefix("\ufeff")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    found = [each for each in body if isinstance(each, ast.FunctionDef)]
    if unit is None and len(found) > _MOST_FUNCTIONS:
        return
    yield from (each for each in found if unit is None or each.name == unit.name)


def _asked(
    workspace: Workspace, path: str, function: ast.FunctionDef, cancel: Cancel
) -> tuple[Question, tuple[str, ...]] | None:
    """Inputs on which the function does the same twice, with what it does."""
    question = Question(path, function.name, invented(function))
    if not question.inputs:
        return None
    first = ask(workspace, question, None, cancel)
    pairs = list(zip(question.inputs, first, strict=False))
    values = [pair for pair in pairs if pair[1][:1] == "="][:_MOST_VALUES]
    failures = [pair for pair in pairs if pair[1][:1] == "!"][:_MOST_FAILURES]
    kept = replace(question, inputs=tuple(arguments for arguments, _ in (*values, *failures)))
    before = tuple(outcome for _, outcome in (*values, *failures))
    told = {outcome for _, outcome in values}
    if len(values) < _LEAST_VALUES or len(told) < 2:
        return None
    return (kept, before) if ask(workspace, kept, None, cancel) == before else None
