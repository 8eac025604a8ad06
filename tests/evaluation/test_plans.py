"""Plans are judged by the places that their steps name, against what the hidden check touches."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from assistant.apply.writer import Writer
from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel, Finish
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import EngineError, ProposalError
from assistant.evaluation.dataset import EvalCheck, EvalTask
from assistant.evaluation.plan_solver import PlanSolver, judge_plan
from assistant.evaluation.planning import PlanTotals, stage_of_plan, touched
from assistant.evaluation.report import show_totals
from assistant.evaluation.results import Label, Row, Stage
from assistant.evaluation.runner import run_task
from assistant.headless.outcome import Kind
from assistant.headless.services import Services
from assistant.repo.git import Repository
from assistant.settings import Settings
from assistant.solving.events import Event, GenerationFinished, Plan, PlanReady, Step, Verb
from assistant.solving.request import TaskRequest, Workspace
from tests.evaluation.rows import ROW

TWO = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
TASK = EvalTask(
    id="set/1",
    kind="edit",
    files={"shop/cart.py": TWO, "shop/price.py": TWO, "README.md": "# cart\n", "test_cart.py": ""},
    selected=("shop/cart.py",),
    task="Make f return 2.",
    visible=None,
    hidden=EvalCheck({"h.py": "from shop import cart\nassert cart.f() == 2\n"}, ("python", "h.py")),
    timeout=120,
)


class Flag:
    is_set = False


class Words:
    def count(self, text: str) -> int:
        return len(text.split())


def planned(*targets: str) -> PlanReady:
    steps = []
    for number, target in enumerate(targets, start=1):
        path, _, unit = target.partition("::")
        steps.append(Step(number, Verb.EDIT, path, unit, "do it"))
    return PlanReady(Plan(TASK.task, tuple(steps)))


def solver(state: Path, *targets: str, error: Exception | None = None) -> PlanSolver:
    """A solver whose model plans steps at these places."""

    def plan(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
        assert (request.task, request.seed, request.check) == (TASK.task, 7, None)
        assert [each.path for each in request.selection] == list(TASK.selected)
        yield GenerationFinished(Finish(0, "stop", 100, 9, 0.1))
        if error:
            raise error
        yield planned(*targets)

    def open_workspace(folder: Path) -> Workspace:
        repository = Repository.open(folder)
        runner: Any = CheckRunner(repository.root)
        return Workspace(repository, ScriptedEngine([]), Words(), runner, Settings())

    services = Services(
        {Kind.PLAN: plan},
        open_workspace,
        lambda workspace: Writer(workspace.repository.root, state),
    )
    return PlanSolver(services, Cancel(), seed=7)


def row_of(state: Path, *targets: str, error: Exception | None = None) -> Row:
    label = Label("scripted", 7, "plan")
    return run_task(TASK, solver(state, *targets, error=error), label, Flag(), judge_plan)


def test_a_plan_of_what_the_check_names_is_right(tmp_path: Path) -> None:
    row = row_of(tmp_path, "shop/cart.py::f")
    assert (row.passed, row.stage, row.shown, row.strategy) == (True, "", True, "plan")
    assert (row.places, row.truth) == (("shop/cart.py::f",), ("shop/cart.py",))
    assert (row.tokens, row.prompt_tokens, row.candidates) == (9, 100, 1)
    assert (row.proposal_applied, row.verified_claim) == (False, False)


@pytest.mark.parametrize(
    ("targets", "stage"),
    [
        (("shop/price.py",), "not localized"),
        (("shop/cart.py::f", "README.md"), "a step beside the task"),
        (("shop/cart.py::f", "shop/cart.py::g"), "more steps than places"),
    ],
)
def test_a_wrong_plan_says_what_is_wrong(
    targets: tuple[str, ...], stage: str, tmp_path: Path
) -> None:
    row = row_of(tmp_path, *targets)
    assert (row.passed, row.stage, row.shown) == (False, stage, True)


def test_no_plan_at_all_is_a_row(tmp_path: Path) -> None:
    row = row_of(tmp_path, error=ProposalError("The model wrote no step."))
    assert (row.passed, row.stage, row.error) == (False, "no proposal", "The model wrote no step.")
    assert (row.shown, row.tokens) == (False, 9)
    row = row_of(tmp_path, error=EngineError("gone"))
    assert (row.passed, row.stage, row.error) == (False, "error", "gone")


def test_what_must_change_is_the_only_unit_or_what_the_check_names() -> None:
    assert touched(TASK) == (("shop/cart.py",), "what the hidden check names")
    alone = replace(TASK, files={"cart.py": "def f():\n    return 1\n", "README.md": ""})
    assert touched(alone) == (("cart.py::f",), "the only place")
    unnamed = replace(TASK, hidden=EvalCheck({"h.py": ""}, ("python", "h.py")))
    assert touched(unnamed) == ((), "")
    one_file = replace(unnamed, files={"cart.py": TWO})
    assert touched(one_file) == (("cart.py",), "what the hidden check names")


def test_a_step_on_the_whole_file_names_the_unit_in_it() -> None:
    assert stage_of_plan(["a.py"], ["a.py::f"]) is Stage.NONE
    assert stage_of_plan(["a.py::C"], ["a.py::C.f"]) is Stage.NONE
    assert stage_of_plan(["a.py::g"], ["a.py::f"]) is Stage.NOT_LOCALIZED
    assert stage_of_plan(["a.py", "b.py"], ["a.py", "b.py"]) is Stage.NONE
    assert stage_of_plan(["anything.py"], []) is Stage.NONE


PLANS = tuple(
    replace(
        ROW, id=str(number), strategy="plan", places=places, truth=truth, passed=right, stage=stage
    )
    for number, (places, truth, right, stage) in enumerate(
        [
            (("a.py",), ("a.py",), True, ""),
            (("a.py", "t.py"), ("a.py",), False, "a step beside the task"),
            (("t.py",), ("a.py", "b.py"), False, "not localized"),
            (("x.py",), (), True, ""),
        ]
    )
)


def test_the_figures_over_plans() -> None:
    totals = PlanTotals.of(PLANS)
    assert (totals.count, totals.known, totals.right) == (4, 3, 1)
    assert (totals.steps, totals.one_place, totals.one_step) == (5, 2, 1)
    assert (totals.beside, totals.missed, totals.places) == (2, 2, 4)


def test_the_table_of_plans_shows_them() -> None:
    console = Console(file=io.StringIO(), width=100)
    show_totals(console, PLANS, title="plans.jsonl")
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for line in ("1 (33.3%)", "1 (50.0%)", "1.25", "2 (40.0%)", "2 (50.0%)"):
        assert line in text
    assert "a step beside the task" in text
    assert "verified" not in text
