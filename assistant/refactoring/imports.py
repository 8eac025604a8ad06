"""Finds how a Python file would import a name, and which files import each other."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.refactoring.sources import Sources
from assistant.repo.files import TextFile
from assistant.repo.modules import module_name
from assistant.repo.paths import is_test_path
from assistant.repo.python_trees import parsed

PYTHON = (".py",)


@dataclass(frozen=True, slots=True)
class _Binding:
    """What a name stands for after an import: a module, or an attribute of one."""

    module: str
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A file as a module."""

    name: str
    is_package: bool

    @property
    def package(self) -> list[str]:
        parts = self.name.split(".")
        return parts if self.is_package else parts[:-1]

    def is_within(self, module: str) -> bool:
        """Whether this is the module itself or a part of it, which it may be importing just now."""
        return f"{self.name}.".startswith(f"{module}.")

    def absolute(self, level: int, module: str) -> str:
        """The absolute name of a relative module; empty where it leaves the package."""
        if level == 0:
            return module
        package = self.package
        if level > len(package):
            return ""
        return ".".join([*package[: len(package) - level + 1], *filter(None, [module])])

    def relative(self, module: str) -> str:
        """The module as this one names it with dots; its own name where nothing is shared."""
        parts, package = module.split("."), self.package
        shared = 0
        while shared < min(len(parts), len(package)) and parts[shared] == package[shared]:
            shared += 1
        if shared == 0:
            return module
        return "." * (len(package) - shared + 1) + ".".join(parts[shared:])


def import_line(sources: Sources, path: str, name: str) -> str:
    """The import that binds a name in a Python file as most files of the repository do, else one
    from the only module that defines the name as a function, a class or a constant.

    Empty where there is none, several modules define it, or the defining module imports this one.
    What only tests import counts for tests alone.
    """
    known = set(sources.paths)
    here = _place(path, known)
    seen: Counter[_Binding] = Counter()
    homes: dict[str, tuple[ast.Module, _Place]] = {}
    for file in sources.with_word(name, PYTHON):
        if file.path == path or (is_test_path(file.path) and not is_test_path(path)):
            continue
        tree = parsed(file.text)
        if tree is None:
            continue
        place = _place(file.path, known)
        seen.update(set(_bindings(tree, place, name)))
        if _defines(tree, name):
            homes[place.name] = (tree, place)
    choices = [
        each
        for each, _ in seen.most_common()
        if not here.is_within(each.module) or (each.module != here.name and _is_module(each, known))
    ]
    if not choices and len(homes) == 1:
        choices = [_Binding(next(iter(homes)), name)]
    for binding in choices[:1]:
        home = homes.get(binding.module)
        if home is None or not _imports(*home, here.name):
            return _statement(binding, here, sources.file(path), name)
    return ""


def imported_from(sources: Sources, path: str, home: str, name: str) -> str:
    """The import by which the file `path` gets a name from the file `home`."""
    known = set(sources.paths) | {home}
    binding = _Binding(_place(home, known).name, name)
    return _statement(binding, _place(path, known), sources.file(path), name)


def imports_file(sources: Sources, path: str, other: str) -> bool:
    """Whether a Python file imports another one, or names of it, when it is itself imported."""
    file = sources.file(path)
    tree = parsed(file.text) if file is not None and path.endswith(PYTHON) else None
    if tree is None or not other.endswith(PYTHON):
        return False
    known = set(sources.paths)
    return _imports(tree, _place(path, known), _place(other, known).name)


def _place(path: str, known: set[str]) -> _Place:
    return _Place(module_name(path, known), PurePosixPath(path).name == "__init__.py")


def _is_module(binding: _Binding, known: set[str]) -> bool:
    path = f"{binding.module}.{binding.attribute}".replace(".", "/")
    ends = (f"/{path}.py", f"/{path}/__init__.py")
    return any(f"/{each}".endswith(ends) for each in known)


def _bindings(tree: ast.Module, place: _Place, name: str) -> Iterator[_Binding]:
    """What the imports of a module, those of its functions included, bind the name to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = place.absolute(node.level, node.module or "")
            for alias in node.names:
                if (alias.asname or alias.name) == name and module:
                    yield _Binding(module, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname == name or (alias.asname is None and alias.name == name):
                    yield _Binding(alias.name)


def _defines(tree: ast.Module, name: str) -> bool:
    """Whether a module defines a function, a class or a constant of this name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name == name:
                return True
        elif isinstance(node, ast.Assign | ast.AnnAssign) and name.isupper():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id == name for each in targets):
                return True
    return False


def _imports(tree: ast.Module, place: _Place, module: str) -> bool:
    """Whether a module imports another one, or a name of it, when it is itself imported."""
    for node in tree.body:
        if isinstance(node, ast.Import) and any(alias.name == module for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom):
            origin = place.absolute(node.level, node.module or "")
            names = {f"{origin}.{alias.name}" for alias in node.names}
            if module == origin or module in names:
                return True
    return False


def _statement(binding: _Binding, here: _Place, file: TextFile | None, name: str) -> str:
    if not binding.attribute:
        renamed = f" as {name}" if binding.module != name else ""
        return f"import {binding.module}{renamed}"
    module = binding.module
    if file is not None and _is_relative(file, here, module):
        module = here.relative(module)
    renamed = f" as {name}" if binding.attribute != name else ""
    return f"from {module} import {binding.attribute}{renamed}"


def _is_relative(file: TextFile, here: _Place, module: str) -> bool:
    """Whether the file imports modules of its own package with dots."""
    tree = parsed(file.text)
    top = here.name.partition(".")[0]
    if tree is None or module.partition(".")[0] != top or not here.package:
        return False
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    dotted = sum(1 for node in froms if node.level)
    absolute = sum(
        1 for node in froms if not node.level and (node.module or "").partition(".")[0] == top
    )
    return dotted > absolute
