"""Type checkers and linters rank candidates by the complaints that they bring."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.checks.commands import CheckCommand, parse_command
from assistant.checks.results import Evidence, Status, Verdict
from assistant.checks.sandbox import detect, isolates
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer
from assistant.solving import complaining
from assistant.solving.events import CandidateReady, CheckFinished, PhaseStarted, ProposalReady
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

CODE = "def price(count):\n    return count\n"
LOUD = "def price(count):\n    return count.loud\n"
LOUDER = "def price(count):\n    return count.loud + 1\n"
LOUDEST = "def price(count):\n    return count.loud + 2\n"
STYLE = "def price(count):\n    return count + 1  # style\n"
GOOD = "def price(count):\n    return count + 3\n"
FILES = {"shop.py": CODE, "pyproject.toml": "[tool.mypy]\n[tool.ruff]\n"}

MYPY = """
found=0
for file; do
  case $file in *.py)
    for line in $(grep -n loud "$file" | cut -d: -f1); do
      found=1
      echo '{"file": "'$file'", "line": '$line', "message": "no attribute \\"loud\\"",' \\
        '"code": "attr-defined", "severity": "error"}'
    done
  esac
done
exit $found
"""
"""A program that complains of a word, in the format of mypy."""
RUFF = """
for file; do
  case $file in *.py)
    if grep -q style "$file"; then
      for n in 1 2 3; do
        echo '{"filename": "'$file'", "code": "S'$n'", "message": "style",' \\
          '"location": {"row": 2, "column": 1}}'
      done
      exit 1
    fi
  esac
done
"""
HANGS = "tail -f /dev/null"
CRASHES = "echo INTERNAL ERROR; exit 2"

pytestmark = pytest.mark.skipif(not isolates(detect()), reason="no full sandbox on this machine")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts programs on PATH. Unless it is given, the linter has nothing to say."""
    folder = tmp_path / "programs" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def put(**programs: str) -> None:
        for name, text in ({"ruff": ""} | programs).items():
            path = folder / name
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return put


def surest_first(*texts: str) -> list[list[Answer]]:
    """Answers to one request, of which the model is ever less sure."""
    return [[Answer(text, -0.1 * (n + 1)) for n, text in enumerate(texts)]]


def run(world, cancel=None, without=(), **options):
    """The proposal, and the events before it."""
    workspace = replace(world.workspace, without=without)
    request = TaskRequest(
        "In price, return more", (Selected("shop.py", "price"),), **{"tests": True} | options
    )
    *events, last = edit(workspace, request, cancel or Cancel())
    assert isinstance(last, ProposalReady)
    return last.proposal, events


def said(candidate) -> Evidence:
    found = candidate.found("linters")
    assert found is not None
    return found


def unused(events) -> list[str]:
    """What is said about tools that are not used."""
    checks = [e.check for e in events if isinstance(e, CheckFinished) and e.candidate == -1]
    return [each.detail for each in checks if each.judge == "linters"]


def test_a_candidate_with_a_complaint_ranks_after_one_without(make_world, install) -> None:
    install(mypy=MYPY, ruff=RUFF)
    proposal, events = run(make_world(surest_first(LOUD, GOOD), files=FILES), candidates=2)
    best, worst = proposal.candidates
    assert b"count + 3" in best.changes[0].new
    assert said(best).status is Status.PASSED
    assert said(best).detail == "mypy and ruff: no complaint that was not there"
    assert said(worst).status is Status.HINT
    assert said(worst).detail == (
        'mypy: 1 complaint that was not there: shop.py:2: no attribute "loud" (attr-defined)'
    )
    assert "    return count.loud" in said(worst).output
    assert worst.verdict is Verdict.NOT_TESTED, "complaints are no proof against a candidate"
    assert best.verdict is Verdict.NOT_TESTED, "and their absence is none for it"
    assert unused(events) == []


def test_without_the_tools_the_first_one_would_be_first(make_world, install) -> None:
    install(mypy=MYPY)
    world = make_world(surest_first(LOUD, GOOD), files=FILES)
    proposal, _ = run(world, candidates=2, without=("linters",))
    assert b"loud" in proposal.best.changes[0].new


def test_a_type_checker_counts_more_than_any_number_of_a_linters_complaints(
    make_world, install
) -> None:
    install(mypy=MYPY, ruff=RUFF)
    proposal, _ = run(make_world(surest_first(LOUD, STYLE), files=FILES), candidates=2)
    best, worst = proposal.candidates
    assert said(best).detail.startswith("ruff: 3 complaints that were not there: shop.py:2: style")
    assert said(best).rank == 3
    assert said(worst).rank == 100


def test_what_was_complained_of_before_does_not_count(make_world, install) -> None:
    install(mypy=MYPY)
    files = {**FILES, "shop.py": CODE.replace("count\n", "count.loud\n")}
    proposal, _ = run(make_world(surest_first(LOUDER), files=files), candidates=1)
    assert said(proposal.best).detail == "mypy and ruff: no complaint that was not there"


def test_the_next_candidates_are_asked_only_while_the_first_has_complaints(
    make_world, install
) -> None:
    install(mypy=MYPY)
    answers = surest_first(LOUD, LOUDER, LOUDEST, LOUDEST.replace("2", "4"))
    proposal, _ = run(make_world(answers, files=FILES), candidates=4)
    judged = [each for each in proposal.candidates if each.found("linters")]
    assert len(judged) == 3


def test_the_next_candidate_is_not_asked_where_the_first_has_no_complaints(
    make_world, install
) -> None:
    install(mypy=MYPY)
    proposal, _ = run(make_world(surest_first(GOOD, LOUD), files=FILES), candidates=2)
    assert [each.found("linters") is not None for each in proposal.candidates] == [True, False]


@pytest.mark.parametrize("options", [{"tests": False}, {"tests": False, "generated_tests": True}])
def test_without_consent_no_tool_runs(make_world, install, options) -> None:
    install(mypy=MYPY)
    proposal, events = run(make_world(surest_first(LOUD), files=FILES), candidates=1, **options)
    assert proposal.best.found("linters") is None
    assert not any(isinstance(e, PhaseStarted) and e.detail == "mypy" for e in events)


def test_without_a_sandbox_no_tool_runs(make_world, install, monkeypatch) -> None:
    install(mypy=MYPY)
    world = make_world(surest_first(LOUD), files=FILES)
    monkeypatch.setattr(type(world.workspace.runner), "isolates", False)
    proposal, _ = run(world, candidates=1)
    assert proposal.best.found("linters") is None


def test_a_tool_that_crashes_is_not_used_and_that_is_said_once(make_world, install) -> None:
    install(mypy=CRASHES, ruff=RUFF)
    proposal, events = run(make_world(surest_first(STYLE, GOOD), files=FILES), candidates=2)
    assert unused(events) == ["mypy is not used: it ends with exit code 2: INTERNAL ERROR"]
    assert [said(each).detail.partition(":")[0] for each in proposal.candidates] == ["ruff"] * 2
    assert b"count + 3" in proposal.best.changes[0].new


def test_a_tool_that_is_slow_is_not_used_and_that_is_said_once(
    make_world, install, monkeypatch
) -> None:
    monkeypatch.setattr(complaining, "TOOL_SECONDS", 1.0)
    install(mypy=HANGS)
    files = {**FILES, "pyproject.toml": "[tool.mypy]\n"}
    proposal, events = run(make_world(surest_first(LOUD, GOOD), files=files), candidates=2)
    [why] = unused(events)
    assert why.startswith("mypy is not used: it takes longer than ")
    assert proposal.best.found("linters") is None


@pytest.mark.parametrize("text", ["ruff check .", "ruff check . && echo done"])
def test_a_tool_that_is_the_check_does_not_run_twice(make_world, install, text) -> None:
    install(mypy=MYPY, ruff=RUFF)
    check = parse_command(text)
    proposal, _ = run(
        make_world(surest_first(GOOD), files=FILES), candidates=1, check=check, tests=False
    )
    assert said(proposal.best).detail == "mypy: no complaint that was not there"


def test_a_candidate_that_failed_is_not_looked_at(make_world, install) -> None:
    install(mypy=MYPY)
    check = CheckCommand(("sh", "-c", "! grep loud shop.py"), "given")
    proposal, _ = run(
        make_world(surest_first(LOUD), files=FILES), candidates=1, check=check, tests=False
    )
    assert proposal.best.verdict is Verdict.FAILED
    assert proposal.best.found("linters") is None


def test_who_wants_the_best_so_far_does_not_wait_for_the_tools(make_world, install) -> None:
    install(mypy=MYPY)
    cancel, world = Cancel(), make_world(surest_first(LOUD), files=FILES)
    request = TaskRequest(
        "In price, return more", (Selected("shop.py", "price"),), candidates=1, tests=True
    )
    for event in edit(world.workspace, request, cancel):
        if isinstance(event, CandidateReady):
            cancel.hurry()
    assert isinstance(event, ProposalReady)
    assert event.proposal.best.found("linters") is None
