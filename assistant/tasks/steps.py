"""Owns the steps of a plan: reading them from the lines of an answer, and which of them are one.

Small models go on listing steps where one would do. What cannot be a step of its own is taken out
here, by rules that hold for every task; refuses to guess at the meaning of a sentence.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from assistant.intent.reading import read_intent
from assistant.intent.values import Topic
from assistant.solving.events import Step, Verb
from assistant.solving.request import LONGEST_SENTENCE

_LINE = re.compile(r"(?P<verb>edit|create|delete) (?P<target>.+?): (?P<sentence>.+)")


def parse_steps(lines: Sequence[str]) -> tuple[Step, ...]:
    """Steps of plan lines. A second step on a place that has one is dropped."""
    steps: dict[str, Step] = {}
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        if match is None:
            continue
        path, _, unit = match["target"].partition("::")
        step = Step(0, Verb(match["verb"]), path, unit, match["sentence"].strip())
        steps.setdefault(match["target"], step)
    return _numbered(list(steps.values()))


def condensed(steps: Sequence[Step], small: Collection[str]) -> tuple[Step, ...]:
    """The steps without those that change nothing, and one edit for each file of `small`.

    `small` are the paths that an edit rewrites whole: several steps there would do one thing
    several times over. Where they name one unit only, the step keeps it.
    """
    kept = [step for step in steps if not _is_idle(step)] or list(steps[:1])
    joined: dict[str, Step] = {}
    for step in kept:
        whole = step.verb is Verb.EDIT and step.path in small
        key = step.path if whole else f"{step.verb.value} {step.target}"
        before = joined.get(key)
        joined[key] = step if before is None else _joined(before, step)
    return _numbered(list(joined.values()))


def goes_round(lines: Sequence[str], small: Collection[str]) -> bool:
    """Whether plan lines have come to nothing more: a place is named again, or a file of `small`
    for the third time. A small model then goes on until it is stopped."""
    steps = parse_steps(lines)
    written = sum(bool(line.strip()) for line in lines)
    return len(steps) < written or len(condensed(steps, small)) + 1 < len(steps)


def _is_idle(step: Step) -> bool:
    return step.verb is Verb.EDIT and read_intent(step.sentence).asks(Topic.INSPECTION)


def _joined(first: Step, second: Step) -> Step:
    unit = first.unit if first.unit == second.unit else ""
    sentence = f"{first.sentence.rstrip('.')}; {second.sentence}"
    if len(sentence) > LONGEST_SENTENCE or second.sentence.rstrip(".") in first.sentence:
        sentence = first.sentence
    return replace(first, unit=unit, sentence=sentence)


def _numbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    return tuple(replace(step, id=number) for number, step in enumerate(steps, start=1))
