"""Selects and runs the existing tests and doctests that cover a change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.checks.commands import CheckCommand
from assistant.checks.discovery import NoTests, ProjectTests, find_tests
from assistant.checks.suites import SuiteRun, run_tests
from assistant.engine.base import Cancel
from assistant.probe.doctests import Example, run_doctests
from assistant.repo.files import FileKind
from assistant.repo.parsing import units_of
from assistant.repo.units import Unit, UnitKind, unit_text
from assistant.solving.covering import covering_tests
from assistant.solving.request import Workspace
from assistant.solving.splicing import overlay_of
from assistant.solving.values import Candidate, Target

MOST_SECONDS = 20.0
"""Wall-clock limit of one run."""

_LEAST_SECONDS, _SLOWER = 5.0, 4
"""A candidate's run may take this much longer than the one before any change."""


@dataclass(frozen=True, slots=True)
class ExistingTests:
    """The tests that cover the targets of a request; running them is another step."""

    tests: ProjectTests
    files: tuple[str, ...]
    """Test files; empty where the runner chooses by what is changed."""
    changed: tuple[str, ...]
    """Paths of the targets."""
    documented: tuple[tuple[str, tuple[str, ...]], ...]
    """Paths with the names of their units whose docstrings show examples."""

    @property
    def command(self) -> CheckCommand | None:
        """Runs the covering tests; None where only doctests cover the targets."""
        if self.tests.takes_files and not self.files:
            return None
        return self.tests.on(self.files, self.changed)

    @property
    def where(self) -> str:
        """For a sentence such as "12 tests in tests/test_filesize.py pass"."""
        if not self.tests.takes_files:
            return f"of {self.tests.command.text}"
        more = f" and {len(self.files) - 2} more" if len(self.files) > 2 else ""
        return f"in {', '.join(self.files[:2])}{more}"

    def counted(self, results: "Results") -> str:
        """What passed, in words such as "2 tests in tests/test_a.py and 1 doctest pass"."""
        tests, examples = results.run.passed, sum(each.passes for each in results.examples)
        parts = [f"{tests} {'test' if tests == 1 else 'tests'} {self.where}"] if tests else []
        parts += [f"{examples} {'doctest' if examples == 1 else 'doctests'}"] if examples else []
        return f"{' and '.join(parts)} {'passes' if tests + examples == 1 else 'pass'}"

    def narrower(self) -> "ExistingTests | None":
        """Only the most closely linked file; None where there is no other."""
        return replace(self, files=self.files[:1]) if len(self.files) > 1 else None


@dataclass(frozen=True, slots=True)
class Results:
    """What the covering tests and the doctests showed in one state of the code."""

    run: SuiteRun
    examples: tuple[Example, ...] = ()

    @property
    def seconds(self) -> float:
        return self.run.seconds

    @property
    def problem(self) -> str:
        """Why nothing can be said about a change; empty when something passed."""
        if self.run.passed or any(each.passes for each in self.examples):
            return ""
        failing = len(self.run.failed)
        return self.run.problem or (
            f"{failing} tests fail, and none passes" if failing else "no test ran"
        )

    def broken_since(self, before: "Results") -> tuple[str, ...]:
        """Names of tests that fail and did not fail before, and of examples that passed before."""
        did = {each.source for each in before.examples if each.passes}
        wrong = (each.source for each in self.examples if not each.passes)
        tests = (name for name in self.run.failed if name not in before.run.failed)
        return (*tests, *(f">>> {source}" for source in wrong if source in did))


def existing_tests(workspace: Workspace, targets: Sequence[Target]) -> ExistingTests | NoTests:
    """The tests that cover the targets, found by reading; runs nothing."""
    repository = workspace.repository
    paths = tuple(dict.fromkeys(target.path for target in targets))
    tests = find_tests(repository.root, paths[0])
    if isinstance(tests, NoTests):
        return tests
    changed = [_changed(target) for target in targets]
    files = tuple(each.path for each in covering_tests(workspace, changed))
    documented = tuple(
        (path, names) for path in paths if (names := _documented(workspace, path, targets))
    )
    if tests.takes_files and not files and not documented:
        return NoTests("no test that uses the change was found")
    return ExistingTests(tests, files if tests.takes_files else (), paths, documented)


def results_of(
    workspace: Workspace,
    own: ExistingTests,
    candidate: Candidate | None,
    cancel: Cancel,
    *,
    before: Results | None = None,
) -> Results:
    """Runs the tests with a candidate, or on the code as it is when None. Raises Cancelled.

    `before` are the results on the code as it is; they limit the time.
    """
    overlay = overlay_of(candidate) if candidate is not None else {}
    limit = _LEAST_SECONDS + _SLOWER * before.seconds if before else MOST_SECONDS
    run, runner, command = SuiteRun(), workspace.runner, own.command
    if command is not None:
        timeout = min(limit, MOST_SECONDS)
        run = run_tests(runner, own.tests, command, overlay, cancel, timeout=timeout)
        cancel.check()
    examples: list[Example] = []
    for path, names in own.documented:
        examples += run_doctests(runner, path, names, overlay, cancel)
        cancel.check()
    return Results(run, tuple(examples))


def _changed(target: Target) -> Unit | str:
    return target.unit if target.unit is not None and not target.adds else target.path


def _documented(workspace: Workspace, path: str, targets: Sequence[Target]) -> tuple[str, ...]:
    """The units of a Python file with examples that belong to a target there."""
    if not path.endswith(".py") or workspace.repository.kind(path) is not FileKind.TEXT:
        return ()
    file = workspace.repository.text(path)
    units = [each.unit for each in targets if each.path == path]
    return tuple(
        unit.name
        for unit in units_of(file)
        if unit.kind in (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)
        and "#" not in unit.name
        and ">>> " in unit_text(file.text, unit)
        and any(each is None or each.name == unit.name for each in units)
    )
