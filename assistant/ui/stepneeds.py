"""Which steps of a plan need what another step of it makes."""

import re
from collections.abc import Collection, Sequence

from assistant.intent.reading import read_intent
from assistant.intent.values import Intent
from assistant.solving.events import Step, StepState, Verb


def needs_of(steps: Sequence[Step]) -> dict[int, tuple[int, ...]]:
    """For each step, by id, the indexes of the steps that have to be written before it.

    A step needs an earlier one that changes the same unit, or a unit around or inside it, or
    something that it names: a unit, a file that is changed whole, or a definition that is added.
    It needs a step that creates its file, or one that it names, wherever that step is.
    """
    said = [f"{step.sentence}\n{step.note}" for step in steps]
    intents = [read_intent(text) for text in said]
    added = [{each.name for each in intent.additions} for intent in intents]
    return {
        step.id: tuple(
            before
            for before, other in enumerate(steps)
            if _may_come_first(steps, before, at)
            and (_meets(step, other) or _names(said[at], intents[at], other, added[before]))
        )
        for at, step in enumerate(steps)
    }


def unmet(steps: Sequence[Step], step_id: int) -> tuple[int, ...]:
    """The indexes of the steps that a step needs and that are not written yet."""
    needed = needs_of(steps).get(step_id, ())
    return tuple(at for at in needed if steps[at].state is not StepState.DONE)


def _may_come_first(steps: Sequence[Step], before: int, at: int) -> bool:
    creates = steps[before].verb is Verb.CREATE and steps[at].verb is not Verb.CREATE
    return before < at or (creates and before != at)


def _meets(step: Step, other: Step) -> bool:
    """Whether both change the same lines, or one creates or deletes the file of the other."""
    if step.path != other.path:
        return False
    if other.verb is not Verb.EDIT or step.verb is Verb.DELETE or not (step.unit and other.unit):
        return True
    one, two = f"{step.unit}.", f"{other.unit}."
    return one.startswith(two) or two.startswith(one)


def _names(text: str, intent: Intent, other: Step, added: Collection[str]) -> bool:
    """Whether a text names what the other step makes."""
    if other.verb is Verb.CREATE or not other.unit:
        dotted = other.path.removesuffix(".py").replace("/", ".")
        name = other.path.rsplit("/", 1)[-1]
        if any(_says(text, each) for each in (other.path, name, dotted) if "." in each):
            return True
    return _names_unit(text, intent, other.unit) or bool(intent.code_names & set(added))


def _names_unit(text: str, intent: Intent, unit: str) -> bool:
    """A name that could be prose counts only together with the name around it."""
    parts = unit.split(".")
    if parts[-1] in intent.code_names or (unit and "." in unit and _says(text, unit)):
        return True
    return len(parts) > 1 and all(_says(text.casefold(), part.casefold()) for part in parts)


def _says(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w./]){re.escape(name)}(?![\w/]|\.\w)", text) is not None
