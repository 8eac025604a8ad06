"""Judges whether an edit changes what the code does.

A model that does not know how to do a task often rewrites the code without effect. With the user's
consent to run tests, functions are called as they are and as a candidate has them, on inputs that
tests use; with the consent to generated tests, on inputs made from their signatures too. What
behaves alike on all of them ranks last, unless the task asks for code that behaves as before.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.checks.commands import runs_python
from assistant.checks.results import Evidence, Status, Verdict
from assistant.engine.base import Cancel
from assistant.intent.values import Topic
from assistant.probe.inputs import constants, contradicts_annotations, generated_inputs
from assistant.probe.outcomes import Outcome
from assistant.repo.python_trees import parsed
from assistant.repo.units import UnitKind
from assistant.solving.observing import observed_inputs
from assistant.solving.questions import Question, outcomes_of
from assistant.solving.registry import Judge, judge
from assistant.solving.request import Workspace
from assistant.solving.splicing import overlay_of
from assistant.solving.state import State
from assistant.solving.values import Candidate, Target, TargetKind

_MOST_FUNCTIONS = 3
_LEAST_VALUES = 8
"""Inputs that must return a value before anything is concluded."""
_MOST_VALUES = 400
_MOST_FAILURES = 100


@dataclass(frozen=True, slots=True)
class Observed:
    """A function, with what it does before any change."""

    question: Question
    function: ast.FunctionDef
    before: tuple[Outcome, ...]
    """One outcome for each input."""
    generates: bool
    """Inputs that no test uses may be tried."""

    def alike(
        self, workspace: Workspace, candidate: Candidate, tree: ast.Module, cancel: Cancel
    ) -> int:
        """For how many inputs a candidate returns the value that the code does; 0 where any
        outcome differs, the signature changed, or it cannot be called."""
        functions = (each for each in tree.body if isinstance(each, ast.FunctionDef))
        found = next((each for each in functions if each.name == self.question.name), None)
        if found is None or ast.dump(found.args) != ast.dump(self.function.args):
            return 0
        after = outcomes_of(workspace, self.question, candidate, cancel, effects=True)
        if not self._same(self.question, self.before, after):
            return 0
        if not self.generates:
            return sum(outcome.is_value for outcome in self.before)
        # A candidate may treat the values that it compares with differently.
        inputs = generated_inputs(self.function, constants(found), seed=1)
        near = replace(self.question, inputs=inputs)
        before = outcomes_of(workspace, near, None, cancel, effects=True)
        after = outcomes_of(workspace, near, candidate, cancel, effects=True)
        if not before or not self._same(near, before, after):
            return 0
        return sum(outcome.is_value for outcome in (*self.before, *before))

    def _same(
        self, question: Question, before: Sequence[Outcome], after: Sequence[Outcome]
    ) -> bool:
        """Whether outcomes are the same. For arguments that do not fit the signature, only
        whether they are accepted counts, not the result."""
        return len(before) == len(after) and all(
            one == other
            or (one.ending is other.ending and contradicts_annotations(self.function, arguments))
            for arguments, one, other in zip(question.inputs, before, after, strict=True)
        )


@judge
class Behaviour(Judge):
    name = "behaviour"
    order = 30

    def __init__(self) -> None:
        self._observed: tuple[Observed, ...] | None = None
        """None until the first candidate that may be shown: observing runs the tests once more."""
        self._around = ""

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        data = overlay_of(candidate).get(state.target.path) or b""
        tree = parsed(data)
        if tree is None or len(candidate.changes) > 1 or candidate.verdict is Verdict.FAILED:
            return None
        if self._observed is None:
            self._observed = self._observe(state)
        if not self._observed:
            return None
        names = frozenset(each.question.name for each in self._observed)
        if _rest(tree, names) != self._around:
            return None
        counts = []
        for each in self._observed:
            counts.append(each.alike(state.job.workspace, candidate, tree, state.job.cancel))
            if not counts[-1]:
                return None
        detail = f"behaves as before on {sum(counts)} inputs"
        return Evidence(self.name, Status.HINT, detail, rank=1.0)

    def _observe(self, state: State) -> tuple[Observed, ...]:
        """The functions of the target on inputs for which they do the same twice."""
        tree = _module(state)
        if tree is None:
            return ()
        found = (_observed(state, each) for each in _functions(tree, state.target))
        observed = tuple(each for each in found if each is not None)
        self._around = _rest(tree, frozenset(each.question.name for each in observed))
        return observed


def _module(state: State) -> ast.Module | None:
    """The target's file; None where it must not be run, or may well behave as before."""
    target, request = state.target, state.job.request
    baseline = state.job.baseline
    consented = (
        runs_python(baseline.command) if baseline else request.generated_tests or request.tests
    )
    if (
        state.fixing
        or len(state.targets) > 1
        or not target.path.endswith(".py")
        or target.kind is not TargetKind.REWRITE
        or state.job.intent.asks(Topic.SAME_BEHAVIOUR)
        or not consented
        or not state.job.workspace.runner.isolates
    ):
        return None
    return parsed(state.job.workspace.repository.text(target.path).data)


def _rest(module: ast.Module, names: Collection[str]) -> str:
    """A module without its imports and the functions of these names."""
    return "\n".join(
        ast.dump(each)
        for each in module.body
        if not isinstance(each, ast.Import | ast.ImportFrom)
        and not (isinstance(each, ast.FunctionDef) and each.name in names)
    )


def _functions(module: ast.Module, target: Target) -> Iterator[ast.FunctionDef]:
    """The target's function, or those of its file when they are few."""
    unit = target.unit
    found = [each for each in module.body if isinstance(each, ast.FunctionDef)]
    if unit is None:
        yield from found if len(found) <= _MOST_FUNCTIONS else ()
    elif unit.kind is UnitKind.FUNCTION:
        yield from (each for each in found if each.name == unit.name)


def _observed(state: State, function: ast.FunctionDef) -> Observed | None:
    """A function on inputs for which it does the same twice; None when these are too few."""
    workspace, cancel = state.job.workspace, state.job.cancel
    path, name = state.target.path, function.name
    generates = state.job.baseline is not None or state.job.request.generated_tests
    seen = observed_inputs(state, path, name)
    made = generated_inputs(function) if generates else ()
    found = {repr(each): each for each in (*seen, *made)}
    question = Question(path, name, tuple(found.values()))
    if not question.inputs:
        return None
    first = outcomes_of(workspace, question, None, cancel, effects=True)
    pairs = list(zip(question.inputs, first, strict=False))
    values = [pair for pair in pairs if pair[1].is_value][:_MOST_VALUES]
    failures = [pair for pair in pairs if pair[1].is_error][:_MOST_FAILURES]
    kept = replace(question, inputs=tuple(arguments for arguments, _ in (*values, *failures)))
    before = tuple(outcome for _, outcome in (*values, *failures))
    if len(values) < _LEAST_VALUES or len({outcome.text for _, outcome in values}) < 2:
        return None
    again = outcomes_of(workspace, kept, None, cancel, effects=True)
    return Observed(kept, function, before, generates) if again == before else None
