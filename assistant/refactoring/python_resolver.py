"""Resolves names in Python files with jedi, without running or importing the code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jedi
from parso.tree import Leaf

from assistant.refactoring.sources import Sources
from assistant.repo.files import TextFile


class Resolver:
    """Says where names of a repository's Python files are defined.

    Only the repository and the standard library are read, not what else is installed.
    """

    def __init__(self, sources: Sources, cache: Path) -> None:
        """`cache` is a folder for parsed files."""
        jedi.settings.cache_directory = str(cache / "jedi")
        root = self._root = sources.root
        self._project = jedi.Project(
            root,
            sys_path=[str(root / folder) for folder in import_folders(sources.paths)],
            smart_sys_path=False,
            load_unsafe_extensions=False,
        )
        self._environment = jedi.InterpreterEnvironment()
        self._scripts: dict[str, tuple[TextFile, Any]] = {}

    def leaf(self, file: TextFile, line: int, column: int) -> Leaf | None:
        """The token at a 1-based line and 0-based column; None inside comments and white space."""
        module = self._script(file)._module_node
        found: Leaf | None = module.get_leaf_for_position((line, column))
        if found is not None and found.end_pos <= (line, column):
            found = found.get_next_leaf()
        return found if found is not None and found.start_pos <= (line, column) else None

    def defined_at(self, file: TextFile, line: int, column: int) -> tuple[tuple[str, int], ...]:
        """Path and line of the definitions that a name may have; line 0 means the whole file.

        Imports are followed. Empty where nothing is known, and for names from elsewhere the path
        is empty.
        """
        try:
            names = self._script(file).goto(line, column, follow_imports=True)
            return tuple({self._position(name): None for name in names})
        except Exception:  # noqa: BLE001 - the resolver has bugs, which must not end a task
            return ()

    def _position(self, name: Any) -> tuple[str, int]:
        if name.module_path is None:
            return "", 0
        try:
            path = Path(name.module_path).relative_to(self._root).as_posix()
        except ValueError:
            return "", 0
        return path, 0 if name.type == "module" else int(name.line or 0)

    def _script(self, file: TextFile) -> Any:
        known = self._scripts.get(file.path)
        if known is None or known[0] is not file:
            script = jedi.Script(
                file.text.removeprefix("\ufeff"),
                path=self._root / file.path,
                project=self._project,
                environment=self._environment,
            )
            known = self._scripts[file.path] = (file, script)
        return known[1]


def import_folders(paths: Sequence[str]) -> tuple[str, ...]:
    """Folders from which the repository's packages can be imported, relative to its root."""
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    above = {folder.rpartition("/")[0] for folder in packages} - packages
    return tuple(dict.fromkeys(("", *sorted(above, key=len))))
