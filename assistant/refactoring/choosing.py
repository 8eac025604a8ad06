"""Chooses the definition that a task means among those that have the name."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from assistant.errors import ProposalError
from assistant.intent.values import Intent, Renaming
from assistant.refactoring.python_definitions import PYTHON, definitions_in, family
from assistant.refactoring.sources import Sources
from assistant.refactoring.tree_definitions import TREES, tree_definitions
from assistant.refactoring.values import MEMBERS, Definition, Kind
from assistant.repo.modules import module_name
from assistant.repo.paths import is_test_path

_MOST_LISTED = 6
_INNER = frozenset({Kind.LOCAL, Kind.PARAMETER})
_MEANT = {
    "function": frozenset({Kind.FUNCTION, Kind.METHOD}),
    "method": frozenset({Kind.METHOD, Kind.FUNCTION}),
    "class": frozenset({Kind.CLASS}),
    "variable": frozenset({Kind.VARIABLE, Kind.ATTRIBUTE, Kind.LOCAL}),
    "attribute": frozenset({Kind.ATTRIBUTE, Kind.METHOD, Kind.VARIABLE}),
    "parameter": frozenset({Kind.PARAMETER}),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A renaming with what the request says about where to look."""

    renaming: Renaming
    intent: Intent
    selected: Collection[str] = ()
    """Paths that the user selected."""

    @property
    def path(self) -> str:
        """The path before `::`; empty where there is none."""
        before, separator, _ = self.renaming.old.replace("#", "::").partition("::")
        return before if separator else ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the qualified name."""
        return tuple(self.renaming.old.replace("#", "::").rpartition("::")[2].split("."))


def chosen(sources: Sources, wanted: Wanted) -> Definition | None:
    """The definition that is meant; None where the repository has none of this name.

    Raises ProposalError with the candidates where several may be meant.
    """
    if (module := _module(sources, wanted)) is not None:
        return module
    found = _narrowed(sources, wanted, _named(sources, wanted))
    if not found:
        return None
    if len(found) == 1 or _are_one(sources, found):
        return found[0]
    if all(each.kind in _INNER for each in found):
        return None
    labels = [each.label for each in found[:_MOST_LISTED]]
    more = f" and {len(found) - _MOST_LISTED} more" if len(found) > _MOST_LISTED else ""
    raise ProposalError(
        f"{wanted.renaming.old} may be one of several: {', '.join(labels)}{more}.",
        hint="Name the file or the class, for example `Class.method`, or select the file.",
    )


def _module(sources: Sources, wanted: Wanted) -> Definition | None:
    """A Python module, where the task gives its path, or says that it is one."""
    old = wanted.renaming.old
    files = set(sources.paths)
    dotted = [
        path
        for path in sources.paths
        if path.endswith(".py")
        and not path.endswith("__init__.py")
        and (path == old or (wanted.renaming.kind == "module" and _is_module(path, files, old)))
    ]
    return Definition(dotted[0], "", Kind.MODULE, 0) if len(dotted) == 1 else None


def _is_module(path: str, files: Collection[str], name: str) -> bool:
    full = module_name(path, files)
    bare = name.removesuffix(".py")
    return full == bare or full.endswith(f".{bare}")


def _named(sources: Sources, wanted: Wanted) -> list[Definition]:
    """The definitions of the name, each once; a stub only where there is no file beside it."""
    word = wanted.parts[-1]
    found: dict[tuple[str, str], Definition] = {}
    for file in sources.with_word(word, (*PYTHON, *TREES)):
        reader = definitions_in if file.path.endswith(PYTHON) else tree_definitions
        for each in reader(file, word):
            found.setdefault((each.path, each.name), each)
    files = set(sources.paths)
    return [
        each
        for (path, name), each in found.items()
        if _ends_with((*module_name(path, files).split("."), *name.split(".")), wanted.parts)
        and (path.removesuffix("i"), name) not in found.keys() - {(path, name)}
    ]


def _ends_with(name: Sequence[str], parts: Sequence[str]) -> bool:
    return tuple(name[-len(parts) :]) == tuple(parts)


def _narrowed(
    sources: Sources, wanted: Wanted, found: Sequence[Definition]
) -> Sequence[Definition]:
    """Those that more and more of what the request says applies to."""
    text, intent = wanted.intent.text, wanted.intent
    kinds = _MEANT.get(wanted.renaming.kind, frozenset())
    tests: list[Callable[[Definition], bool]] = [
        lambda each: each.path == wanted.path,
        lambda each: each.path in text,
        lambda each: each.kind in kinds,
        lambda each: each.path.rpartition("/")[2] in text,
        lambda each: bool(each.owner) and intent.mentions(each.owner.rpartition(".")[2]),
        lambda each: each.path in wanted.selected,
        lambda each: each.kind not in _INNER,
        lambda each: not is_test_path(each.path),
    ]
    for test in tests:
        found = [each for each in found if test(each)] or found
    if kinds and not any(each.kind in kinds for each in found):
        return ()
    return found


def _are_one(sources: Sources, found: Sequence[Definition]) -> bool:
    """Whether the definitions are one member of related classes, which are renamed together."""
    if not all(each.kind in MEMBERS and each.path.endswith(PYTHON) for each in found):
        return False
    word = found[0].name.rpartition(".")[2]
    owners = {each.owner.rpartition(".")[2] for each in found}
    return owners <= family(sources, found[0].owner.rpartition(".")[2], word)
