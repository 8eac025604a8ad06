"""Wider runs of the tests, with and without a candidate, are compared."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant.checks.commands import CheckCommand
from assistant.checks.results import CommandResult
from assistant.engine.base import Cancel
from assistant.solving.regress import Comparison, Finding

COMMAND = CheckCommand(("python", "-m", "pytest", "-q"), "tests")
END = "it does not end"


def failing(*names: str, passed: int = 1) -> str:
    """The end of a run of pytest in which these tests fail."""
    lines = [f"FAILED test_a.py::{name} - AssertionError" for name in names]
    return "\n".join([*lines, f"{len(names)} failed, {passed} passed in 0.1s", ""])


def numbered(count: int) -> list[str]:
    return [f"test_{number}" for number in range(count)]


def compared(tmp_path: Path, before: str, *after: str) -> Finding:
    """The finding where a run without the candidate prints `before`, and those with it `after`.

    A text that is `END` stands for a run that is stopped.
    """
    left = list(after)
    candidate = SimpleNamespace(
        changes=(SimpleNamespace(path="a.py", new=b"b", renamed_from=None),)
    )

    def run(command, overlay, cancel, *, timeout) -> CommandResult:
        output = left.pop(0) if overlay else before
        code = 1 if "failed" in output or "error" in output else 0
        return CommandResult(command.argv, code, output, 1.0, timed_out=output == END)

    workspace = SimpleNamespace(
        runner=SimpleNamespace(run=run), repository=SimpleNamespace(root=tmp_path)
    )
    state = SimpleNamespace(job=SimpleNamespace(workspace=workspace, cancel=Cancel()))
    return Comparison().compare(state, candidate, COMMAND, timeout=1.0)


PASSING = "3 passed in 0.1s\n"


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        (PASSING, [PASSING], ()),
        (failing("a"), [failing("a")], ()),
        (failing("a"), [failing("a", "b"), failing("a", "b")], ("b",)),
        (PASSING, [failing("a"), PASSING], ()),
        (PASSING, [failing("a"), failing("b")], ()),
        (PASSING, [failing("a", "b"), failing("b", "c")], ("b",)),
        (failing("a"), [failing("a", "b"), failing("a")], ()),
        (failing("a"), [failing(*numbered(60))] * 2, tuple(numbered(50))),
        (failing(*numbered(60)), [failing("test_3")], ()),
        (PASSING, [END, END], (END,)),
    ],
    ids=[
        "all pass",
        "failed before",
        "broken",
        "fails once",
        "another fails each time",
        "one fails each time",
        "fails once, others failed before",
        "many are broken",
        "many failed before",
        "does not end",
    ],
)
def test_what_fails_in_two_runs_with_the_candidate_only_is_broken(
    tmp_path, before, after, broken
) -> None:
    names = tuple(name if name == END else f"test_a.py::{name}" for name in broken)
    found = compared(tmp_path, before, *after)
    assert (found.broken, found.unknown) == (names, "")


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (failing(*numbered(60)), [failing(*numbered(61))] * 2, "not all failing tests are named"),
        (failing(*numbered(60)), [failing("other")] * 2, "not all failing tests are named"),
        (
            failing("a").replace("1 failed", "2 failed"),
            [failing("b")] * 2,
            "not all failing tests are named",
        ),
        ("1 failed in 0.1s\n", ["1 failed in 0.1s\n"], "not all failing tests are named"),
        (PASSING, [failing("a"), END], "does not always end"),
        (PASSING, [END, failing("a")], "does not always end"),
        (END, [failing("a")], "takes longer than 1 s"),
        (PASSING, ["2 passed, 1 skipped in 0.1s\n"], "skips tests that run without the change"),
    ],
    ids=[
        "many failed before, one more now",
        "many failed before, one of them hidden",
        "not all named before",
        "no name at all",
        "ends once",
        "does not end once",
        "too slow before",
        "skipped",
    ],
)
def test_where_it_cannot_be_told_what_breaks_the_reason_is_given(
    tmp_path, before, after, why
) -> None:
    found = compared(tmp_path, before, *after)
    assert found.broken == ()
    assert why in found.unknown


def test_tests_that_are_skipped_without_the_candidate_too_do_not_count(tmp_path) -> None:
    output = "2 passed, 1 skipped in 0.1s\n"
    assert compared(tmp_path, output, output) == Finding(seconds=1.0)
