"""Compares what existing tests and examples show before and after a change."""

import pytest

from assistant.checks.discovery import NoTests
from assistant.checks.suites import SuiteRun
from assistant.context.bundle import ContextFile
from assistant.probe.doctests import Example
from assistant.solving.existing_tests import Results, existing_tests
from assistant.solving.values import Target

F = Example("f(2)", "4", True)
G = Example("g()", "1", True)
POP = Example("s.pop()", "3", True)
WRONG_POP = Example("s.pop()", "1", False)


def with_examples(*examples: Example) -> Results:
    return Results(SuiteRun(), examples)


def with_tests(passed: int, *failed: str) -> Results:
    return Results(SuiteRun(passed, failed))


@pytest.mark.parametrize(
    ("before", "after", "broken", "gone"),
    [
        (with_examples(F, G), with_examples(F, G), (), ()),
        (with_examples(F), with_examples(Example("f(2)", "4", False)), (">>> f(2)",), ()),
        (with_examples(F), with_examples(Example("f(2)", "7", False)), (">>> f(2)",), ()),
        (with_examples(F), with_examples(Example("f(2)", "7", True)), (), (">>> f(2)",)),
        (with_examples(F, G), with_examples(F), (), (">>> g()",)),
        (with_examples(POP, WRONG_POP), with_examples(POP, WRONG_POP), (), ()),
        (with_examples(F), with_examples(F, Example("h()", "1", False)), (), ()),
        (with_tests(5), with_tests(1), (), ("4 of 5 tests",)),
        (with_tests(5), with_tests(4, "test_a"), ("test_a",), ()),
        (with_tests(5, "test_a"), with_tests(6), (), ()),
    ],
)
def test_what_breaks_and_what_no_longer_runs(before, after, broken, gone) -> None:
    assert after.broken_since(before) == broken
    assert after.gone_since(before) == gone


PYTHON = {
    "a.py": "def a():\n    return 1\n",
    "b.py": "def b():\n    return 1\n",
    "tests/test_a.py": "from a import a\n\n\ndef test_a():\n    assert a()\n",
    "tests/test_b.py": "from b import b\n\n\ndef test_b():\n    assert b()\n",
    "pytest.ini": "[pytest]\n",
}
SCRIPTS = {
    "web/b.js": "export const b = 1\n",
    "web/b.test.js": "import './b'\n",
    "package.json": '{"devDependencies": {"vitest": "1"}, "scripts": {"test": "vitest"}}',
}


@pytest.mark.parametrize(
    ("files", "paths", "command", "untested"),
    [
        (PYTHON, ("a.py",), "pytest -q tests/test_a.py", ()),
        (PYTHON, ("a.py", "b.py"), "pytest -q tests/test_a.py tests/test_b.py", ()),
        (PYTHON | {"c.py": ""}, ("c.py", "a.py"), "pytest -q tests/test_a.py", ("c.py",)),
        (PYTHON | SCRIPTS, ("a.py", "web/b.js"), "pytest -q tests/test_a.py", ("web/b.js",)),
        (PYTHON | SCRIPTS, ("web/b.js", "a.py"), "vitest related --run web/b.js", ("a.py",)),
        (PYTHON, ("a.md", "a.py"), "pytest -q tests/test_a.py", ("a.md",)),
    ],
)
def test_one_runner_takes_only_the_targets_that_are_for_it(
    make_world, files, paths, command, untested
) -> None:
    workspace = make_world([], files=files).workspace
    targets = [Target(ContextFile(path, "", (), 0)) for path in paths]
    found = existing_tests(workspace, targets)
    assert not isinstance(found, NoTests)
    assert found.command is not None
    assert found.command.text.endswith(command)
    assert found.untested == untested
