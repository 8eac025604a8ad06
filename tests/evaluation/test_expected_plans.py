"""Plans of a row with expected files are judged by the files that they name."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from assistant.errors import UsageError
from assistant.evaluation.dataset import Expected, read_tasks
from assistant.evaluation.evaluate import compare_files, evaluate
from assistant.evaluation.expected_plans import EXPECTED, ExpectedTotals, stage_by_files
from assistant.evaluation.judging import Solved
from assistant.evaluation.plan_solver import judge_plan
from assistant.evaluation.report import show_totals
from assistant.evaluation.results import Label, ResultsFile, SolveResult, Stage
from tests.evaluation.rows import ROW

PLAN = {
    "id": "real/1",
    "kind": "plan",
    "files": {"a.py": "A = 1\n", "b.py": "B = 1\n", "CHANGES.md": ""},
    "selected": [],
    "task": "Let A and B be 2.",
    "visible": None,
    "hidden": None,
    "timeout_s": 60,
    "expected": {"must": ["a.py", "b.py"], "may": ["CHANGES.md"]},
}


class Flag:
    is_set = False


def read(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "plans.jsonl"
    path.write_text(json.dumps(PLAN | changes) + "\n")
    return path


def test_a_plan_row_has_what_is_expected_instead_of_a_check(tmp_path: Path) -> None:
    (task,) = read_tasks(read(tmp_path))
    assert task.kind == "plan"
    assert task.expected == Expected(("a.py", "b.py"), ("CHANGES.md",))
    assert task.hidden.command == ()


@pytest.mark.parametrize(
    "expected", [None, {"must": [], "may": []}, {"must": ["a.py"]}, {"must": "a.py", "may": []}]
)
def test_a_plan_row_that_expects_nothing_is_refused(tmp_path: Path, expected: object) -> None:
    with pytest.raises(UsageError, match=r"plans.jsonl:1: the field"):
        read_tasks(read(tmp_path, expected=expected))


def test_plan_rows_are_refused_by_other_strategies(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no check"):
        evaluate(
            read(tmp_path),
            tmp_path / "out.jsonl",
            lambda root, task: SolveResult(applied=False),
            label=Label("small", 0),
            stop=Flag(),
            console=Console(file=io.StringIO()),
        )


@pytest.mark.parametrize(
    ("steps", "stage"),
    [
        (("a.py::A", "b.py"), Stage.NONE),
        (("a.py", "a.py::A", "b.py", "CHANGES.md"), Stage.NONE),
        (("a.py", "CHANGES.md"), Stage.NOT_LOCALIZED),
        (("a.py", "b.py", "c.py"), Stage.BESIDE),
        ((), Stage.NO_PROPOSAL),
    ],
)
def test_the_stage_of_a_plan(steps: tuple[str, ...], stage: Stage, tmp_path: Path) -> None:
    (task,) = read_tasks(read(tmp_path))
    assert task.expected is not None
    assert stage_by_files(steps, task.expected.must, task.expected.may) is stage
    solved = Solved(SolveResult(applied=False, places=steps), 1.0)
    row = judge_plan(tmp_path, task, solved, Label("small", 0, "plan"), Flag())
    assert (row.passed, row.stage) == (stage is Stage.NONE, stage.value)
    assert (row.truth, row.may, row.truth_from) == (("a.py", "b.py"), ("CHANGES.md",), EXPECTED)


ROWS = tuple(
    replace(
        ROW,
        id=str(number),
        strategy="plan",
        places=places,
        truth=("a.py", "b.py"),
        may=("t.py",),
        truth_from=EXPECTED,
    )
    for number, places in enumerate(
        [("a.py", "b.py", "t.py"), ("a.py", "a.py", "x.py", "y.py"), ()]
    )
)


def test_the_figures_over_expected_plans() -> None:
    totals = ExpectedTotals.of(ROWS)
    assert (totals.count, totals.both, totals.twice) == (3, 1, 1)
    assert totals.recall == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert totals.precision == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert totals.pooled_recall == pytest.approx(3 / 6)
    assert totals.pooled_precision == pytest.approx(4 / 6)


def test_the_figures_are_shown_and_compared(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=120)
    show_totals(console, ROWS, title="plans")
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "recall of must" in shown
    assert "0.44" in shown
    files = []
    for name, rows in (("one", ROWS[:2]), ("two", ROWS)):
        file = ResultsFile(tmp_path / name, ROWS[0].label)
        for row in rows:
            file.append(row)
        files.append(tmp_path / name)
    console = Console(file=io.StringIO(), width=120)
    compare_files(*files, console=console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert shown.count("0.75") == 4, "the mean and the pooled recall of the two common rows, twice"
