"""The import graph of a repository's files, from the names of the modules that they import."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.planning.facts import FileFacts


@dataclass(frozen=True, slots=True)
class Graph:
    """Imports between files, by path."""

    imports: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The files that a file imports."""
    importers: Mapping[str, frozenset[str]] = field(default_factory=dict)


def import_graph(files: Sequence[FileFacts]) -> Graph:
    """The graph of these files.

    A module is a file if the parts of its name are the last parts of the file's path. Where several
    match, the one nearest to the importing file counts.
    """
    ends: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for file in files:
        parts = _module_parts(file.path)
        if parts:
            ends[parts[-1]].append((parts, file.path))
    imports: dict[str, set[str]] = defaultdict(set)
    importers: dict[str, set[str]] = defaultdict(set)
    for file in files:
        for module in file.imports:
            target = _target(file.path, module, ends.get(module[-1], ()))
            if target and target != file.path:
                imports[file.path].add(target)
                importers[target].add(file.path)
    return Graph(_frozen(imports), _frozen(importers))


def _target(
    path: str, module: tuple[str, ...], found: Sequence[tuple[tuple[str, ...], str]]
) -> str | None:
    folder = path.split("/")[:-1]
    best: tuple[int, str] | None = None
    for parts, target in found:
        if parts[-len(module) :] != module:
            continue
        beside = target.split("/")[:-1]
        shared = next(
            (at for at, pair in enumerate(zip(folder, beside, strict=False)) if len(set(pair)) > 1),
            min(len(folder), len(beside)),
        )
        # A bare name is more often a module of the standard library than one of another folder.
        if len(module) == 1 and len(parts) > 1 and beside != folder and not shared:
            continue
        if best is None or shared > best[0]:
            best = (shared, target)
    return best[1] if best else None


def _module_parts(path: str) -> tuple[str, ...]:
    parts = path.split("/")
    bare = parts[-1].partition(".")[0]
    whole = parts[:-1] if bare in ("__init__", "index", "mod") else [*parts[:-1], bare]
    return tuple(part for part in whole if part)


def _frozen(edges: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {path: frozenset(targets) for path, targets in edges.items()}
