"""The table is complete, names only what is there, and its runner says what came of it."""

import subprocess
from types import SimpleNamespace

import pytest

from tests.hostile import __main__ as runner
from tests.hostile.collecting import missing
from tests.hostile.line import Line, line
from tests.hostile.outcomes import Ended, Outcomes, Result, Verdict
from tests.hostile.table import LINES


def test_there_are_104_lines_each_with_tests_that_exist() -> None:
    assert [each.number for each in LINES] == list(range(1, 105))
    assert [each.number for each in LINES if not each.tests] == []
    assert missing(test for each in LINES for test in each.tests) == []


def test_a_test_that_no_file_has_is_missing() -> None:
    here = "hostile/test_table.py"
    assert missing(
        [f"{here}::test_x", f"{here}::{test_a_test_that_no_file_has_is_missing.__name__}"]
    ) == [f"{here}::test_x"]
    assert missing(["hostile/no_file.py::test_x"]) == ["hostile/no_file.py::test_x"]


def _report(name: str, when: str = "call", outcome: str = "passed", **more: object) -> object:
    facts = {"nodeid": f"tests/a.py::{name}", "when": when, "user_properties": (), "longrepr": ""}
    facts |= {state: state == outcome for state in ("passed", "failed", "skipped")}
    return SimpleNamespace(**{**facts, **more})


@pytest.mark.parametrize(
    ("reports", "result"),
    [
        ([_report("t")], Result.PASSED),
        ([_report("t[1]"), _report("t[2]")], Result.PASSED),
        ([_report("t[1]"), _report("t[2]", outcome="failed")], Result.FAILED),
        ([_report("t"), _report("t", "teardown", "failed")], Result.FAILED),
        ([_report("t", "setup", "skipped", longrepr=("f", 1, "no strace"))], Result.SKIPPED),
        ([_report("t[1]"), _report("t[2]", "setup", "skipped")], Result.SKIPPED),
        ([_report("other")], Result.MISSING),
        ([], Result.MISSING),
    ],
)
def test_a_line_is_as_good_as_the_worst_of_its_tests(reports, result) -> None:
    outcomes = Outcomes()
    for each in reports:
        outcomes.pytest_runtest_logreport(each)
    (verdict,) = outcomes.verdicts([line(1, "x", "a.py::t")])
    assert verdict.result is result
    (one,) = outcomes.verdicts([line(1, "x", "a.py::t[1]")])
    assert one.result in (Result.PASSED, Result.MISSING)


def test_points_are_counted_and_reasons_told() -> None:
    outcomes = Outcomes()
    for name in ("t[1]", "t[2]"):
        outcomes.pytest_runtest_logreport(_report(name, user_properties=[("points", 20)]))
    skipped = _report("s", "setup", "skipped", longrepr=("f", 1, "Skipped: no strace"))
    outcomes.pytest_runtest_logreport(skipped)
    rows = runner.table(outcomes.verdicts([line(7, "kills", "a.py::t", "a.py::s", "a.py::gone")]))
    assert rows == [
        "  7  not there  kills (40 points)",
        "                a.py::t",
        "                a.py::s  skipped: Skipped: no strace",
        "                a.py::gone  not there",
    ]


def test_a_line_without_tests_is_not_there() -> None:
    assert Verdict(Line(1, "x", ()), ()).result is Result.MISSING
    assert Verdict(Line(1, "x", ("t",)), (Ended(),)).result is Result.MISSING


@pytest.mark.parametrize(
    ("uid", "apt", "code", "said"),
    [
        (0, "/usr/bin/apt-get", 0, "Installed: bubblewrap."),
        (0, "/usr/bin/apt-get", 100, "bubblewrap could not be installed: no mirror"),
        (
            1000,
            "/usr/bin/apt-get",
            0,
            "Not installed: bubblewrap. Tests that need them are skipped.",
        ),
        (0, None, 0, "Not installed: bubblewrap. Tests that need them are skipped."),
    ],
)
def test_missing_programs_are_installed_where_root_can(monkeypatch, uid, apt, code, said) -> None:
    found = {"strace": "/s", "tmux": "/t", "apt-get": apt}
    commands = []

    def run(command, **options):
        commands.append(command)
        return subprocess.CompletedProcess(command, code, "", "E: x\nno mirror\n")

    monkeypatch.setattr(runner.shutil, "which", found.get)
    monkeypatch.setattr(runner.os, "geteuid", lambda: uid)
    monkeypatch.setattr(runner.subprocess, "run", run)
    assert runner.provide() == [said]
    assert len(commands) == (apt is not None and uid == 0)
    found["bwrap"] = "/b"
    assert runner.provide() == []
