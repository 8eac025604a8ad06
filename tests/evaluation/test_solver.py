"""The solver goes the way of users: the real review, writer and repository around a played task."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.apply.writer import Writer
from assistant.checks.results import CommandResult, Evidence, Status, Verdict
from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel, Finish
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import ProposalError
from assistant.evaluation.dataset import EvalCheck, EvalTask
from assistant.evaluation.results import Label
from assistant.evaluation.runner import run_task
from assistant.evaluation.solver import HeadlessSolver, kind_of
from assistant.headless.outcome import Kind
from assistant.headless.services import Services
from assistant.proposal.changes import Change
from assistant.repo.git import Repository
from assistant.settings import Settings
from assistant.solving.events import (
    CandidateDiscarded,
    Event,
    GenerationFinished,
    NothingToFix,
    ProposalReady,
    UnitsChosen,
)
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.values import Candidate, Proposal, Tokens

TASK = EvalTask(
    id="set/1",
    kind="fix",
    files={"value.py": "X = 1\n"},
    selected=("value.py",),
    task="Make X 2.",
    visible=EvalCheck({"seen.py": "import value\nassert value.X > 1\n"}, ("python", "seen.py")),
    hidden=EvalCheck({"h.py": "import value\nassert value.X == 2\n"}, ("python", "-B", "h.py")),
    timeout=120,  # far more than it takes: a busy machine must not fail a test
)
PROVEN = (Evidence("tests", Status.PASSED, "passes now", proves=True, covers=True),)


class Words:
    def count(self, text: str) -> int:
        return len(text.split())


def proposal(*texts: str) -> Proposal:
    """Candidates that write these texts, best first, each with a test that speaks for it."""
    changes = (Change("value.py", b"X = 1\n", text.encode()) for text in texts)
    return Proposal(
        "Fix",
        tuple(
            Candidate(number, (change,), tokens=Tokens(5, -0.1), evidence=PROVEN)
            for number, change in enumerate(changes, start=1)
        ),
    )


class Played:
    """A task that ends with a given event, and remembers what it was asked."""

    def __init__(self, last: Event) -> None:
        self.last = last
        self.requests: list[TaskRequest] = []

    def __call__(self, workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Any]:
        self.requests.append(request)
        for number in range(2):
            yield GenerationFinished(Finish(number, "stop", 100, 5, 0.1))
        yield self.last


def solver(state: Path, task: Any) -> HeadlessSolver:
    def open_workspace(folder: Path) -> Workspace:
        repository = Repository.open(folder)
        runner = CheckRunner(repository.root)
        return Workspace(repository, ScriptedEngine([]), Words(), runner, Settings())

    services = Services(
        {Kind.FIX: task, Kind.EDIT: task},
        open_workspace,
        lambda workspace: Writer(workspace.repository.root, state),
    )
    return HeadlessSolver(services, Cancel(), candidates=2, seed=7)


def test_the_top_proposal_is_written_and_judged(tmp_path: Path) -> None:
    task = Played(ProposalReady(proposal("X = 2\n", "X = 3\n")))
    row = run_task(TASK, solver(tmp_path, task), Label("played", 7), Cancel())
    assert (row.error, row.passed, row.proposal_applied) == ("", True, True)
    assert (row.verified_claim, row.wrong_verified) == (True, False)
    assert (row.tokens, row.prompt_tokens, row.candidates) == (10, 100, 2)
    (request,) = task.requests
    assert request.check is not None
    assert request.check.argv == ("python", "seen.py")
    assert [selected.path for selected in request.selection] == ["value.py"]
    assert (request.task, request.candidates, request.seed) == ("Make X 2.", 2, 7)


def test_a_proposal_that_fools_the_visible_check_is_wrongly_verified(tmp_path: Path) -> None:
    task = Played(ProposalReady(proposal("X = 3\n", "X = 2\n")))
    row = run_task(TASK, solver(tmp_path, task), Label("played", 7), Cancel())
    assert (row.passed, row.wrong_verified) == (False, True)
    assert (row.verdict, row.stage) == (Verdict.VERIFIED.value, "right one not ranked first")


def test_nothing_to_fix_is_no_proposal(tmp_path: Path) -> None:
    task = Played(NothingToFix(CommandResult(("python",), 0, "", 0.1)))
    row = run_task(TASK, solver(tmp_path, task), Label("played", 7), Cancel())
    assert (row.proposal_applied, row.stage, row.candidates) == (False, "no proposal", 2)


def test_a_task_that_finds_nothing_is_no_proposal(tmp_path: Path) -> None:
    def task(*_: object) -> Iterator[Event]:
        raise ProposalError("Nothing usable.")
        yield

    row = run_task(TASK, solver(tmp_path, task), Label("played", 7), Cancel())
    assert (row.stage, row.error) == ("no proposal", "Nothing usable.")


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        (TASK, Kind.FIX),
        (replace(TASK, visible=None), Kind.EDIT),
        (replace(TASK, kind="edit"), Kind.EDIT),
        (replace(TASK, kind="implement"), Kind.EDIT),
    ],
)
def test_the_kind_is_what_a_user_would_call(task: EvalTask, kind: Kind) -> None:
    assert kind_of(task) is kind


def test_what_a_task_took_is_known_also_when_nothing_came_of_it(tmp_path: Path) -> None:
    def task(*_: object) -> Iterator[Event]:
        yield UnitsChosen(("value.py::a",), ("named",), ("value.py::a", "value.py::b"))
        yield GenerationFinished(Finish(0, "stop", 100, 5, 0.1))
        yield CandidateDiscarded(0, "The answer changes nothing.")
        raise ProposalError("Nothing usable.")

    row = run_task(TASK, solver(tmp_path, task), Label("played", 7), Cancel())
    assert (row.stage, row.error, row.shown) == ("no proposal", "Nothing usable.", False)
    assert (row.tokens, row.prompt_tokens, row.candidates) == (5, 100, 1)
    assert (row.places, row.tried) == (("value.py::a", "value.py::b"), ("value.py::a",))
    assert row.discarded == ("The answer changes nothing.",)


def test_the_confidence_shown_with_each_hunk_is_kept(tmp_path: Path) -> None:
    (candidate,) = proposal("X = 2\n").candidates
    sure = replace(candidate, tokens=Tokens(5, -0.1, (("value.py", 0, 0.75),)))
    task = Played(ProposalReady(Proposal("Fix", (sure,))))
    row = run_task(TASK, solver(tmp_path, task), Label("played", 7), Cancel())
    assert [round(value or 0, 6) for value in row.hunks] == [0.75]
