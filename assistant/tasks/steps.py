"""Owns the steps of a plan: reading them from the lines of an answer, and which of them are one.

Small models go on listing steps where one would do. What cannot be a step of its own is taken out
here, by rules that hold for every task; refuses to guess at the meaning of a sentence.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from assistant.proposal.omissions import speaks_of_going
from assistant.tasks.events import Step, Verb

LONGEST_SENTENCE = 200

_LINE = re.compile(r"(?P<verb>edit|create|delete) (?P<target>.+?): (?P<sentence>.+)")
_NO_CHANGE = re.compile(
    r"(?:test|run|review|read|understand|analy[sz]e|inspect|examine|no changes?)\b", re.IGNORECASE
)
"""How the sentence of a step begins that leaves the code as it is."""


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
    kept = [step for step in steps if not _NO_CHANGE.match(step.sentence)] or list(steps[:1])
    joined: dict[str, Step] = {}
    for step in kept:
        whole = step.verb is Verb.EDIT and step.path in small
        key = step.path if whole else f"{step.verb.value} {step.target}"
        before = joined.get(key)
        joined[key] = step if before is None else _joined(before, step)
    return _numbered(list(joined.values()))


def verbs_for(task: str, known: Collection[str]) -> frozenset[Verb]:
    """What steps may do: edit, and what the task speaks of: files that come, code that goes.

    Small models would sooner create a file than edit one. A task speaks of a file that comes when
    it names a path that is not `known` (paths, and path::unit), or with words for files.
    """
    verbs = {Verb.EDIT}
    names = {name for each in known for name in _names(each)}
    paths = {path for path in _PATH.findall(task) if names.isdisjoint((path, path.split(".")[0]))}
    if paths or _FILE_WORDS.search(task):
        verbs.add(Verb.CREATE)
    if speaks_of_going(task):
        verbs.add(Verb.DELETE)
    return frozenset(verbs)


_FILE_WORDS = re.compile(
    r"\b(?:files?|modules?|packages?|scripts?|pages?|documentation|docs|readme|changelog)\b"
    r"|\b(?:add|write|create|new|more)(?: \w+)?(?: \w+)? tests?\b",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?<![\w./-])[\w./-]*\w\.(?:[ch]|[A-Za-z][A-Za-z0-9]{1,4})(?![\w(]|\.\w)")
"""A file's path, with its suffix; an attribute looks like one too."""


def _names(target: str) -> tuple[str, str, str]:
    """How a task may speak of a target: by path, by the file's name, by the outermost unit."""
    path, _, unit = target.partition("::")
    return path, path.rpartition("/")[2], unit.split(".")[0]


def _joined(first: Step, second: Step) -> Step:
    unit = first.unit if first.unit == second.unit else ""
    sentence = f"{first.sentence.rstrip('.')}; {second.sentence}"
    if len(sentence) > LONGEST_SENTENCE or second.sentence.rstrip(".") in first.sentence:
        sentence = first.sentence
    return replace(first, unit=unit, sentence=sentence)


def _numbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    return tuple(replace(step, id=number) for number, step in enumerate(steps, start=1))
