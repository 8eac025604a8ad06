"""Owns telling answers that only look like a change from those that change what the code does.

A model that does not know how to do a task often rewrites the code without any effect. Where the
user consented to running answers, the function is called as it is and as an answer has it, on
inputs that its signature suggests; who does the same on all of them is shown behind the others,
unless the task asks for code that does the same.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.checks.commands import runs_python
from assistant.checks.results import Check, Status
from assistant.engine.base import Cancel
from assistant.intent.reading import read_intent
from assistant.intent.values import Topic
from assistant.probe.calls import AND_LEAVES
from assistant.probe.inputs import constants, invented, misfits
from assistant.proposal.changes import Candidate
from assistant.repo.python_trees import parsed
from assistant.repo.units import UnitKind
from assistant.tasks.agreement import Question, ask
from assistant.tasks.candidates import overlay_of
from assistant.tasks.locate import Target
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.rewrite import is_to_be_written

_MOST_FUNCTIONS = 3
_LEAST_VALUES = 8
"""Inputs that must give a value before anything is said of an answer."""
_MOST_VALUES = 400
_MOST_FAILURES = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A function as it is, and what it does."""

    question: Question
    function: ast.FunctionDef
    before: tuple[str, ...]
    """Its outcome for each input of the question."""

    def same(
        self, workspace: Workspace, candidate: Candidate, now: ast.Module, cancel: Cancel
    ) -> int:
        """For how many inputs the answer gives the value that the code did; 0 where it does
        otherwise on any, can be called in another way, or cannot be called."""
        functions = (each for each in now.body if isinstance(each, ast.FunctionDef))
        found = next((each for each in functions if each.name == self.question.name), None)
        if found is None or ast.dump(found.args) != ast.dump(self.function.args):
            return 0
        after = ask(workspace, self.question, candidate, cancel, effects=True)
        if not self._alike(self.question, self.before, after):
            return 0
        # What the answer compares with is what it may treat otherwise.
        near = replace(self.question, inputs=invented(self.function, constants(found), seed=1))
        before = ask(workspace, near, None, cancel, effects=True)
        after = ask(workspace, near, candidate, cancel, effects=True)
        if not before or not self._alike(near, before, after):
            return 0
        return sum(outcome[:1] == "=" for outcome in (*self.before, *before))

    def _alike(self, question: Question, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether outcomes are the same. What a function gives for arguments that its signature
        does not take is nobody's business; whether it takes them is."""
        return len(before) == len(after) and all(
            one == other or (one[:1] == other[:1] and misfits(self.function, arguments))
            for arguments, one, other in zip(question.inputs, before, after, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the functions of a file did before any change."""

    path: str
    asked: tuple[Asked, ...]
    around: str
    """The code of the file but for those functions."""

    def seen(self, workspace: Workspace, candidate: Candidate, cancel: Cancel) -> Candidate:
        """The candidate, marked where it does what the code did. Raises Cancelled."""
        data = overlay_of(candidate).get(self.path) or b""
        now = parsed(data)
        names = {each.question.name for each in self.asked}
        if now is None or len(candidate.changes) > 1 or _around(now, names) != self.around:
            return candidate
        counts = []
        for each in self.asked:
            counts.append(each.same(workspace, candidate, now, cancel))
            if not counts[-1]:
                return candidate
        check = Check("effect", Status.HINT, f"does what the code did, on {sum(counts)} inputs")
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
        or read_intent(f"{request.task} {request.wanted}").asks(Topic.SAME_BEHAVIOUR)
        or not _consented(request)
        or not workspace.runner.isolates
        or is_to_be_written(workspace, target)
    ):
        return None
    before = parsed(workspace.repository.text(path).data)
    if before is None:
        return None
    asked = [
        found
        for function in _functions(before, target)
        if (found := _asked(workspace, path, function, cancel)) is not None
    ]
    names = {each.question.name for each in asked}
    return Behaviour(path, tuple(asked), _around(before, names)) if asked else None


def _consented(request: TaskRequest) -> bool:
    """Own tests run the code on what nobody asked to run, and so does a check that runs Python."""
    return request.generated_tests if request.check is None else runs_python(request.check)


def _around(module: ast.Module, names: Collection[str]) -> str:
    """What stands in a module but for its imports and the functions of these names."""
    return "\n".join(
        ast.dump(each)
        for each in module.body
        if not isinstance(each, ast.Import | ast.ImportFrom)
        and not (isinstance(each, ast.FunctionDef) and each.name in names)
    )


def _functions(module: ast.Module, target: Target) -> Iterator[ast.FunctionDef]:
    """The function of a place, or those of its file."""
    unit = target.unit
    found = [each for each in module.body if isinstance(each, ast.FunctionDef)]
    if unit is None:
        yield from found if len(found) <= _MOST_FUNCTIONS else ()
    elif unit.kind is UnitKind.FUNCTION:
        yield from (each for each in found if each.name == unit.name)


def _asked(
    workspace: Workspace, path: str, function: ast.FunctionDef, cancel: Cancel
) -> Asked | None:
    """Inputs on which the function does the same twice, with what it does."""
    question = Question(path, function.name, invented(function))
    if not question.inputs:
        return None
    first = ask(workspace, question, None, cancel, effects=True)
    pairs = list(zip(question.inputs, first, strict=False))
    values = [pair for pair in pairs if pair[1][:1] == "="][:_MOST_VALUES]
    failures = [pair for pair in pairs if pair[1][:1] == "!"][:_MOST_FAILURES]
    kept = replace(question, inputs=tuple(arguments for arguments, _ in (*values, *failures)))
    before = tuple(outcome for _, outcome in (*values, *failures))
    told = {outcome.partition(AND_LEAVES)[0] for _, outcome in values}
    if len(values) < _LEAST_VALUES or len(told) < 2:
        return None
    again = ask(workspace, kept, None, cancel, effects=True)
    return Asked(kept, function, before) if again == before else None
