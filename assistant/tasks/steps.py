"""Parses the steps of a plan, and merges redundant ones.

Small models list more steps than a task needs. The rules here drop or merge steps by verb and
target, without interpreting what a sentence means beyond its topic.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from assistant.intent.reading import read_intent
from assistant.intent.values import Topic
from assistant.solving.events import Step, Verb
from assistant.solving.request import LONGEST_SENTENCE

_LINE = re.compile(r"(?P<verb>edit|create|delete) (?P<target>.+?): (?P<sentence>.+)")

SENTENCE = r"/[A-Za-z`\"'(]([^\n.:;={}]|\.[^ \n:;={}]){7,199}\.?/"
"""What the sentence of a step may be, as a regular expression of a Lark grammar: prose, not code,
and not another step."""


def parse_steps(lines: Sequence[str]) -> tuple[Step, ...]:
    """Parses plan lines. Only the first step for each target is kept."""
    steps: dict[str, Step] = {}
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        if match is None:
            continue
        path, _, unit = match["target"].partition("::")
        step = Step(0, Verb(match["verb"]), path, unit, match["sentence"].strip())
        steps.setdefault(match["target"], step)
    return numbered(list(steps.values()))


def condensed(steps: Sequence[Step], small: Collection[str]) -> tuple[Step, ...]:
    """Drops steps that change nothing, and merges the edits of each file in `small` into one.

    `small` contains the paths that an edit rewrites whole, where several steps would repeat the
    same work. The merged step keeps the unit if all of its steps name the same one.
    """
    kept = [step for step in steps if not _is_idle(step)] or list(steps[:1])
    by_target: dict[str, Step] = {}
    for step in kept:
        whole = step.verb is Verb.EDIT and step.path in small
        key = step.path if whole else f"{step.verb.value} {step.target}"
        before = by_target.get(key)
        by_target[key] = step if before is None else _merge(before, step)
    return numbered(list(by_target.values()))


def goes_round(lines: Sequence[str], small: Collection[str]) -> bool:
    """Whether a plan has started to repeat itself, which a small model does until it is stopped.

    It repeats itself if it names a target again, or if condensing would drop two steps or more.
    """
    steps = parse_steps(lines)
    written = sum(bool(line.strip()) for line in lines)
    return len(steps) < written or len(condensed(steps, small)) + 1 < len(steps)


def _is_idle(step: Step) -> bool:
    return step.verb is Verb.EDIT and read_intent(step.sentence).asks(Topic.INSPECTION)


def _merge(first: Step, second: Step) -> Step:
    unit = first.unit if first.unit == second.unit else ""
    sentence = f"{first.sentence.rstrip('.')}; {second.sentence}"
    if len(sentence) > LONGEST_SENTENCE or second.sentence.rstrip(".") in first.sentence:
        sentence = first.sentence
    return replace(first, unit=unit, sentence=sentence)


def numbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with ids from 1."""
    return tuple(replace(step, id=number) for number, step in enumerate(steps, start=1))
