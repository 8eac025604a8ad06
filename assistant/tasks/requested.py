"""Turns what a task says to add into targets: where it goes, in the code in view."""

import re
from collections.abc import Iterator, Sequence

from assistant.context.bundle import ContextFile
from assistant.intent.additions import is_after, is_owner
from assistant.intent.references import goes_into
from assistant.intent.values import Addition, AdditionKind, Intent, Topic
from assistant.repo.languages import is_code
from assistant.repo.units import DEFINITIONS, FUNCTIONS, Unit, UnitKind
from assistant.repo.words import spaced
from assistant.solving.values import Target, TargetKind
from assistant.tasks.paths import said_first

MOST_ADDITIONS = 2
"""Types, and files, to which the model may choose to add something."""
KNOWS_NAME = 4.0
"""Weight of a type in which the name of an addition occurs."""
MOST_REWRITTEN = 200
"""Tokens of a file of a single function up to which it is rewritten rather than added to."""
_CLASS = UnitKind.CLASS
_FIELD = re.compile(r"\s+[a-z]\w*\s*(?::[^=]+)?=[^=]|\s+[a-z]\w*: ?[A-Za-z]\w*(?:\[.*\])?\s*$")
"""A line of a Python class that gives it a field."""


def requested(intent: Intent, files: Sequence[ContextFile]) -> tuple[Target, ...]:
    """Targets for the definitions that the task adds, as far as their place is certain.

    A definition that exists is not added: then the task is about changing it. A short file of a
    single function is rewritten as a whole.
    """
    found: dict[tuple[str, str], Target] = {}
    if _is_one_function(files):
        return ()
    for addition in intent.additions:
        for target in _targets(addition, intent, files):
            if not _is_there(target, addition, intent):
                found.setdefault((target.label, target.kind.value), target)
    return tuple(found.values())


def insertion(intent: Intent, file: ContextFile, name: str) -> Target | None:
    """The target for a unit that a step names and that does not exist yet; None if it is no
    insertion: the step does not say to add it, or its type is not there."""
    owner, _, last = name.rpartition(".")
    if not any(each.name == last for each in intent.additions):
        return None
    reason = f"the plan adds {name}"
    if not owner:
        return Target(file, _after(intent, file), reason, kind=TargetKind.ADDITION)
    unit = next((each for each in types_in(file) if each.name == owner), None)
    return Target(file, unit, reason, kind=TargetKind.MEMBER) if unit is not None else None


def alternatives(intent: Intent, files: Sequence[ContextFile]) -> tuple[Target, ...]:
    """The types that may get the method that the task adds, where it does not say which.

    Where other types have the method, they may be what the task is about, and come last.
    """
    methods = (each for each in intent.additions if each.kind is AdditionKind.METHOD)
    homeless = (each.name for each in methods if not any(_targets(each, intent, files)))
    name = next(homeless, "")
    types = [(file, unit) for file in files for unit in types_in(file)] if name else []
    likely = [each for each in types if _has_methods(*each)] or types
    there = [
        Target(file, unit, f"has {name}, which the task names")
        for file in files
        for unit in file.units
        if unit.kind in DEFINITIONS and _last(unit) == name
    ]
    owners = {each.unit.name.rpartition(".")[0] for each in there if each.unit}
    lacking = [
        Target(*each, f"the task adds {name}", _weight(each[1], intent), kind=TargetKind.MEMBER)
        for each in likely
        if each[1].name not in owners
    ]
    lacking.sort(key=lambda each: -each.weight)
    return (*lacking, *there) if lacking else ()


def _weight(owner: Unit, intent: Intent) -> float:
    """More for a type that uses what is added as a name already, such as its field."""
    names = {form for each in intent.additions for form in (each.name, f"_{each.name}")}
    return KNOWS_NAME if names.intersection(owner.references) else 1.0


def beside(intent: Intent, targets: Sequence[Target]) -> Target | None:
    """Where a task adds something for functions that it names, if it does not go into them.

    None unless it adds something, and all targets are functions of one type, or of one file.
    """
    named = [each.unit for each in targets if each.unit and each.unit.kind in FUNCTIONS]
    owners = {unit.label.rpartition(".")[0] if _owner_of(unit) else unit.path for unit in named}
    if not intent.asks(Topic.ADDITION) or len(named) != len(targets) or len(owners) != 1:
        return None
    if any(each.adds for each in targets) or any(goes_into(intent.text, _last(u)) for u in named):
        return None
    file, last = targets[-1].file, max(named, key=lambda unit: unit.start)
    reason = f"an addition beside {', '.join(_last(unit) for unit in named)}"
    owner = next((each for each in types_in(file) if each.name == _owner_of(last)), None)
    if owner is not None:
        return Target(file, owner, reason, kind=TargetKind.MEMBER)
    return None if _owner_of(last) else Target(file, last, reason, kind=TargetKind.ADDITION)


def _owner_of(unit: Unit) -> str:
    return unit.name.rpartition(".")[0]


def types_in(file: ContextFile) -> tuple[Unit, ...]:
    """The types of a file that can have members; in Rust without their `impl` blocks."""
    return tuple(
        unit
        for unit in file.units
        if unit.kind is UnitKind.CLASS and not unit.name.startswith("impl ")
    )


def with_additions(ranked: Sequence[Target], most: int) -> list[Target]:
    """At most `most` targets: ranked ones, then additions to their types and files."""
    files = list({target.path: target.file for target in ranked}.values())[:MOST_ADDITIONS]
    additions = [Target(*each, kind=TargetKind.MEMBER) for each in _owners(ranked)]
    additions += [
        Target(file, last_definition(file), "", kind=TargetKind.ADDITION)
        for file in files
        if any(unit.kind in DEFINITIONS for unit in file.units)
    ]
    return [*ranked[: most - len(additions)], *additions]


def _owners(ranked: Sequence[Target]) -> list[tuple[ContextFile, Unit]]:
    """The types of the best targets, at most MOST_ADDITIONS."""
    owners: dict[str, tuple[ContextFile, Unit]] = {}
    for target in ranked:
        name = target.unit.name if target.unit else ""
        for unit in types_in(target.file):
            if name == unit.name or name.rpartition(".")[0] == unit.name:
                owners.setdefault(unit.label, (target.file, unit))
    return list(owners.values())[:MOST_ADDITIONS]


def last_definition(file: ContextFile) -> Unit | None:
    """The last definition of a file; an addition goes after it, before any trailing statements."""
    top = [unit for unit in file.units if unit.kind in DEFINITIONS and "." not in unit.name]
    return top[-1] if top else None


def _targets(addition: Addition, intent: Intent, files: Sequence[ContextFile]) -> Iterator[Target]:
    reason = f"the task adds {addition.name}"
    said = (*addition.said, spaced(intent.text))
    if addition.kind in (AdditionKind.FUNCTION, AdditionKind.TYPE):
        file = _file(said, [each for each in files if is_code(each.path)] or files)
        if file is not None:
            yield Target(file, _after(intent, file), reason, kind=TargetKind.ADDITION)
        return
    owner = _owner(said, files, alone=addition.kind is not AdditionKind.CASE)
    if owner is None:
        return
    reason = f"{reason} to {owner[1].name}"
    start = _initializer(*owner) if addition.kind is AdditionKind.FIELD else None
    if start is not None:
        yield Target(owner[0], start, reason)
    else:
        yield Target(*owner, reason, kind=TargetKind.MEMBER)


def _is_there(target: Target, addition: Addition, intent: Intent) -> bool:
    """Whether the target has what is added. A method may be called a function of its type."""
    if not target.adds:
        return False
    names = {unit.name.partition("#")[0] for unit in target.file.units}
    if target.kind is TargetKind.MEMBER and target.unit is not None:
        return f"{target.unit.name}.{addition.name}" in names
    types = (_last(unit) for unit in types_in(target.file))
    owners = (each for each in types if is_owner(intent.text, each))
    return addition.name in names or any(f"{each}.{addition.name}" in names for each in owners)


def _owner(
    said: Sequence[str], files: Sequence[ContextFile], *, alone: bool
) -> tuple[ContextFile, Unit] | None:
    """The type that the narrowest words name; without one, and if `alone`, the only type."""
    types = [(file, unit) for file in files for unit in types_in(file)]
    for words in said:
        named = [each for each in types if re.search(rf"\b{re.escape(_last(each[1]))}\b", words)]
        owners = [each for each in named if is_owner(words, _last(each[1]))]
        for found in (owners, named):
            if len({unit.label for _, unit in found}) == 1:
                return found[0]
        if named:
            return None
    left = types if alone else []
    left = [each for each in left if _has_methods(*each)] or left
    return left[0] if len(left) == 1 else None


def _initializer(file: ContextFile, owner: Unit) -> Unit | None:
    """The `__init__` of a Python class that has its fields there, and none in its body but
    constants."""
    unit = next((each for each in file.units if each.name == f"{owner.name}.__init__"), None)
    if unit is None or not file.whole:
        return unit
    head = file.text.splitlines()[owner.start - 1 : unit.start - 1]
    return None if any(_FIELD.match(line) for line in head) else unit


def _has_methods(file: ContextFile, owner: Unit) -> bool:
    return any(
        each.kind is UnitKind.METHOD and each.name.rpartition(".")[0] == owner.name
        for each in file.units
    )


def _file(said: Sequence[str], files: Sequence[ContextFile]) -> ContextFile | None:
    """The file that the narrowest words name by its path; without one, the only file."""
    found = next(filter(None, (said_first(words, files) for words in said)), tuple(files))
    return found[0] if len(found) == 1 else None


def _after(intent: Intent, file: ContextFile) -> Unit | None:
    """The definition after which the code goes: one that the task names, else the last."""
    top = [unit for unit in file.units if unit.kind in DEFINITIONS and "." not in unit.name]
    named = (unit for unit in top if is_after(intent.text, unit.name))
    return next(named, last_definition(file))


def _is_one_function(files: Sequence[ContextFile]) -> bool:
    code = [unit for file in files for unit in file.units if unit.kind in DEFINITIONS]
    if len(files) != 1 or not files[0].whole or files[0].tokens > MOST_REWRITTEN:
        return False
    return len(code) == 1 and code[0].kind is not _CLASS


def _last(unit: Unit) -> str:
    return unit.name.rpartition(".")[2]
