"""Measures how a fix ranks the mutated function, with and without spectrum-based localization.

    python -m tests.benchmarks.locate_mutants --mutants 40

The repository contains standard library modules and their tests. One operator of one function
is mutated. If tests then fail, a fix is requested with nothing selected, and the mutated unit is
looked up in the fix's ranking of targets. There is no model: the engine scores all targets equally,
so only the evidence decides.
"""

import argparse
import ast
import random
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assistant.checks.commands import CheckCommand
from assistant.checks.runner import CheckRunner
from assistant.context.bundle import TokenCounter
from assistant.engine.base import Cancel
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import AssistantError
from assistant.repo.git import Repository
from assistant.settings import Settings
from assistant.solving.events import UnitsChosen
from assistant.solving.request import TaskRequest, Workspace
from assistant.tasks import suspects
from assistant.tasks.fix import fix

MODULES = (
    "bisect", "calendar", "colorsys", "configparser", "csv", "difflib", "fnmatch", "fractions",
    "graphlib", "heapq", "html", "netrc", "quopri", "reprlib", "shlex", "textwrap",
)  # fmt: skip
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
LIBRARY = Path(sysconfig.get_paths()["stdlib"])


class ApproximateCounter(TokenCounter):
    """About four characters per token; nothing here depends on the exact count."""

    def count(self, text: str) -> int:
        return len(text) // 4


def sources() -> dict[str, Path]:
    """Modules that are a single file with a single test file, and that are not imported anyway."""
    asked = "import json, unittest.case, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    names = set(MODULES) - set(loaded.stdout.split())
    found = {name: LIBRARY / f"{name}.py" for name in sorted(names)}
    tests = LIBRARY / "test"
    return {n: p for n, p in found.items() if p.is_file() and (tests / f"test_{n}.py").is_file()}


def make_repository(root: Path) -> None:
    (root / "tests").mkdir(parents=True)
    (root / "tests" / "__init__.py").touch()
    for name, path in sources().items():
        shutil.copy(path, root / path.name)
        shutil.copy(LIBRARY / "test" / f"test_{name}.py", root / "tests")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *arguments], cwd=root, check=True)


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """Each text with one operator replaced, and the name of the function it is in."""
    tree = ast.parse(text)
    for owner, function in _functions(tree):
        for node in ast.walk(function):
            operators = [node.op] if isinstance(node, ast.BinOp | ast.BoolOp) else []
            operators += node.ops if isinstance(node, ast.Compare) else []
            for at, operator in enumerate(operators):
                if (other := SWAPS.get(type(operator))) is None:
                    continue
                if isinstance(node, ast.Compare):
                    node.ops[at] = other()  # type: ignore[call-overload]
                else:
                    node.op = other()  # type: ignore[attr-defined]
                yield owner, _spliced(text, function)
                if isinstance(node, ast.Compare):
                    node.ops[at] = operator  # type: ignore[call-overload]
                else:
                    node.op = operator  # type: ignore[attr-defined]


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            methods = (each for each in node.body if isinstance(each, ast.FunctionDef))
            yield from ((f"{node.name}.{each.name}", each) for each in methods)


def _spliced(text: str, function: ast.FunctionDef) -> str:
    """The text with the function unparsed again; everything else is unchanged."""
    lines = text.split("\n")
    indent = " " * function.col_offset
    start = min([function.lineno, *(each.lineno for each in function.decorator_list)])
    fresh = [indent + line if line else line for line in ast.unparse(function).split("\n")]
    return "\n".join([*lines[: start - 1], *fresh, *lines[function.end_lineno :]])


def rank(workspace: Workspace, name: str, label: str) -> int | None:
    """1-based rank of the label among the targets considered; None if it is not among them."""
    command = CheckCommand(("python", "-m", "unittest", "-q", f"tests.test_{name}"), "given")
    try:
        for event in fix(workspace, TaskRequest("", check=command), Cancel()):
            if isinstance(event, UnitsChosen):
                labels = event.considered
                return labels.index(label) + 1 if label in labels else None
    except AssistantError as error:
        print(f"    {error.message}")
    return None


def both_ranks(root: Path, runner: CheckRunner, name: str, label: str) -> dict[str, int | None]:
    """The rank of the label with spectrum-based localization, and without."""
    take_spectrum, found = suspects.take_spectrum, {}
    try:
        for kind in ("with", "without"):
            suspects.take_spectrum = take_spectrum if kind == "with" else lambda *_, **__: None
            workspace = Workspace(
                Repository.open(root), ScriptedEngine([]), ApproximateCounter(), runner, Settings()
            )
            found[kind] = rank(workspace, name, label)
    finally:
        suspects.take_spectrum = take_spectrum
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mutants", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    ranks: dict[str, list[int | None]] = {"with": [], "without": []}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repo"
        make_repository(root)
        texts = {name: (root / f"{name}.py").read_text() for name in sources()}
        pool = [(n, owner, new) for n, text in texts.items() for owner, new in mutants(text)]
        draw.shuffle(pool)
        runner = CheckRunner(root)
        for name, owner, new in pool:
            if len(ranks["with"]) >= options.mutants:
                break
            (root / f"{name}.py").write_text(new)
            command = ("python", "-m", "unittest", "-q", f"tests.test_{name}")
            red = runner.run(CheckCommand(command, "given"), {}, Cancel(), timeout=20)
            if not red.passed and not red.timed_out and "Error" in red.output:
                found = both_ranks(root, runner, name, f"{name}.py::{owner}")
                for kind, each in found.items():
                    ranks[kind].append(each)
                print(f"{name}.py::{owner}", found, flush=True)
            (root / f"{name}.py").write_text(texts[name])
        runner.close()
    for kind, places in ranks.items():
        shares = [sum(p is not None and p <= k for p in places) for k in (1, 3, 5)]
        known = [p for p in places if p is not None]
        middle = statistics.median(known) if known else 0
        print(f"{kind:8} unit@1 {shares[0]}, @3 {shares[1]}, @5 {shares[2]} of {len(places)};"
              f" median rank where found {middle}")  # fmt: skip


if __name__ == "__main__":
    main()
