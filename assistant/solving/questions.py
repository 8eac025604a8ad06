"""Asks candidates what a function of theirs does on many inputs, to compare their behaviour."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.engine.base import Cancel
from assistant.probe.calls import probe
from assistant.probe.examples import Arguments, example_calls, variants
from assistant.probe.outcomes import Outcome
from assistant.repo.units import UnitKind, unit_text
from assistant.solving.covering import test_files
from assistant.solving.request import Workspace
from assistant.solving.splicing import overlay_of
from assistant.solving.values import Candidate, Target


@dataclass(frozen=True, slots=True)
class Question:
    """What a function does on each of many inputs."""

    path: str
    name: str
    inputs: tuple[Arguments, ...]


def question_about(
    workspace: Workspace,
    target: Target,
    observed: Callable[[str, str], tuple[Arguments, ...]] | None = None,
) -> Question | None:
    """Inputs near the examples of tests and docstring; None where there are none to start from, or
    the target is no plain Python function.

    `observed` gives those of the function at a path, by name, where none are written as literals.
    """
    unit = target.unit
    if unit is None or unit.kind is not UnitKind.FUNCTION or not unit.path.endswith(".py"):
        return None
    code = unit_text(workspace.repository.text(unit.path).text, unit)
    texts = (file.text for file in test_files(workspace, unit.name))
    examples = example_calls(unit.name, [code, *texts])
    if not examples and observed is not None:
        examples = observed(unit.path, unit.name)
    return Question(unit.path, unit.name, variants(examples)) if examples else None


def outcomes_of(
    workspace: Workspace,
    question: Question,
    candidate: Candidate | None,
    cancel: Cancel,
    *,
    effects: bool = False,
) -> tuple[Outcome, ...]:
    """What a candidate, or the code as it is when None, does on each input.

    With `effects`, also what becomes of the arguments. Empty when it cannot be run. Raises
    Cancelled.
    """
    overlay = overlay_of(candidate) if candidate is not None else {}
    path, name, inputs = question.path, question.name, question.inputs
    return probe(workspace.runner, path, name, inputs, overlay, cancel, effects=effects)
