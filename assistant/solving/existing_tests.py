"""Selects and runs the existing tests and doctests that cover a change."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from assistant.checks.commands import CheckCommand
from assistant.checks.discovery import NoTests, ProjectTests, find_tests
from assistant.checks.suites import SuiteRun, run_tests
from assistant.engine.base import Cancel
from assistant.probe.doctests import Example, run_doctests
from assistant.repo.files import FileKind
from assistant.repo.parsing import units_of
from assistant.repo.units import Unit, UnitKind, unit_text
from assistant.solving.covering import MOST_COVERING, covering_tests
from assistant.solving.request import Workspace
from assistant.solving.splicing import overlay_of
from assistant.solving.values import Candidate, Target

MOST_SECONDS = 20.0
"""Wall-clock limit of the run before any change."""

_MOST_NAMED = 3
_LEAST_SECONDS, _SLOWER = 5.0, 4
"""A candidate's run may take this much longer than the one before any change."""


@dataclass(frozen=True, slots=True)
class ExistingTests:
    """The tests that cover the targets of a request; running them is another step."""

    project: ProjectTests
    files: tuple[str, ...]
    """Test files; empty where the runner chooses by what is changed."""
    changed: tuple[str, ...]
    """Paths of the targets that these tests are for."""
    documented: tuple[tuple[str, tuple[str, ...]], ...]
    """Paths with the names of their units whose docstrings show examples."""
    untested: tuple[str, ...] = ()
    """Labels of the targets that no test covers, or only tests of another runner."""

    @property
    def command(self) -> CheckCommand | None:
        """Runs the covering tests; None where only doctests cover the targets."""
        if self.project.takes_files and not self.files:
            return None
        return self.project.on(self.files, self.changed)

    @property
    def where(self) -> str:
        """For a sentence such as "12 tests in tests/test_filesize.py pass"."""
        if not self.project.takes_files:
            return f"of {self.project.command.text}"
        more = f" and {len(self.files) - 2} more" if len(self.files) > 2 else ""
        return f"in {', '.join(self.files[:2])}{more}"

    def counted(self, before: "Results", after: "Results") -> str:
        """What passed both times, such as "2 tests in tests/test_a.py and 1 doctest pass".

        Empty where nothing did.
        """
        tests = min(before.run.passed, after.run.passed)
        examples = (before.passing & after.passing).total()
        parts = [f"{tests} {'test' if tests == 1 else 'tests'} {self.where}"] if tests else []
        parts += [f"{examples} {'doctest' if examples == 1 else 'doctests'}"] if examples else []
        if not parts:
            return ""
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

    @property
    def passing(self) -> Counter[tuple[str, str]]:
        """The examples that pass, each with the output that it shows."""
        return Counter((each.source, each.want) for each in self.examples if each.passes)

    def broken_since(self, before: "Results") -> tuple[str, ...]:
        """Names of tests that fail and did not fail before, and of examples that passed before."""
        tests = (name for name in self.run.failed if name not in before.run.failed)
        passed = {source for source, _ in before.passing}
        fresh = _wrong(self.examples) - _wrong(before.examples)
        return (*tests, *(f">>> {source}" for source in fresh if source in passed))

    def gone_since(self, before: "Results") -> tuple[str, ...]:
        """What passed before and neither passes nor fails now: examples, and a number of tests."""
        broken = self.broken_since(before)
        examples = (f">>> {source}" for source, _ in before.passing - self.passing)
        gone = tuple(each for each in examples if each not in broken)
        passed = before.run.passed
        fewer = 0 if broken else passed - self.run.passed
        return (f"{fewer} of {passed} tests", *gone) if fewer > 0 else gone


def existing_tests(workspace: Workspace, targets: Sequence[Target]) -> ExistingTests | NoTests:
    """The tests that cover the targets, found by reading; runs nothing."""
    runners = [find_tests(workspace.repository.root, target.path) for target in targets]
    tests = next((each for each in runners if isinstance(each, ProjectTests)), runners[0])
    if isinstance(tests, NoTests):
        return tests
    alike = [target for target, each in zip(targets, runners, strict=True) if each == tests]
    linked = {
        target.label: [each.path for each in covering_tests(workspace, [_changed(target)])]
        for target in alike
    }
    paths = tuple(dict.fromkeys(target.path for target in alike))
    examples = {path: _documented(workspace, path, alike) for path in paths}
    documented = tuple((path, names) for path, names in examples.items() if names)
    files = [path for closest in zip_longest(*linked.values()) for path in closest if path]
    if tests.takes_files and not files and not documented:
        return NoTests("no test that uses the change was found")
    tested = {
        target.label
        for target in alike
        if not tests.takes_files or linked[target.label] or examples[target.path]
    }
    return ExistingTests(
        tests,
        tuple(dict.fromkeys(files))[:MOST_COVERING] if tests.takes_files else (),
        paths,
        documented,
        tuple(target.label for target in targets if target.label not in tested),
    )


def results_of(
    workspace: Workspace,
    tests: ExistingTests,
    candidate: Candidate | None,
    cancel: Cancel,
    *,
    before: Results | None = None,
) -> Results:
    """Runs the tests with a candidate, or on the code as it is when None. Raises Cancelled.

    `before` are the results on the code as it is; they limit the time, and tests that did not end
    are not run again.
    """
    overlay = overlay_of(candidate) if candidate is not None else {}
    limit = _LEAST_SECONDS + _SLOWER * before.seconds if before else MOST_SECONDS
    run, runner, command = SuiteRun(), workspace.runner, tests.command
    if command is not None and not (before and before.run.timed_out):
        run = run_tests(runner, tests.project, command, overlay, cancel, timeout=limit)
        cancel.check()
    examples: list[Example] = []
    for path, names in tests.documented:
        examples += run_doctests(runner, path, names, overlay, cancel)
        cancel.check()
    return Results(run, tuple(examples))


def listed(names: Sequence[str]) -> str:
    """Names of tests for people, the first ones of many."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _wrong(examples: Sequence[Example]) -> Counter[str]:
    return Counter(each.source for each in examples if not each.passes)


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
