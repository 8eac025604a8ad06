"""Tasks run in fresh repositories, are judged by what the solver never saw, and can be resumed."""

import io
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from assistant.checks.results import Verdict
from assistant.errors import (
    Cancelled,
    EngineError,
    EngineUnreachable,
    ModelError,
    ProposalError,
    UsageError,
)
from assistant.evaluation.dataset import Chosen, EvalCheck, EvalTask
from assistant.evaluation.evaluate import compare_files, evaluate
from assistant.evaluation.results import Label, ResultsFile, SolveResult
from assistant.evaluation.runner import Solver, run_task, run_tasks
from assistant.proposal.changes import Change

LABEL = Label("scripted", 0)
HIDDEN = "import value\nassert value.X == 2, value.X\n"
TASK = EvalTask(
    id="set/1",
    kind="edit",
    files={"value.py": "X = 1\n", "pkg/other.py": ""},
    selected=("value.py",),
    task="Make X 2.",
    visible=EvalCheck({"test_value.py": ""}, ("python", "test_value.py")),
    hidden=EvalCheck({"hidden.py": HIDDEN}, ("python", "-B", "hidden.py")),
    timeout=120,  # far more than it takes: a busy machine must not fail a test
)


class Flag:
    is_set = False


def change(text: str) -> tuple[Change, ...]:
    return (Change("value.py", b"X = 1\n", text.encode()),)


def writing(*texts: str, verdict: Verdict = Verdict.NOT_TESTED) -> Solver:
    """A solver whose candidates write these texts, the first one applied."""

    def solve(root: Path, task: EvalTask) -> SolveResult:
        (root / "value.py").write_text(texts[0])
        candidates = tuple(change(text) for text in texts)
        return SolveResult(True, verdict, candidates, drawn=len(texts), tokens=7, prompt_tokens=70)

    return solve


def test_a_right_answer_passes() -> None:
    row = run_task(TASK, writing("X = 2\n", verdict=Verdict.VERIFIED), LABEL, Flag())
    assert (row.passed, row.stage, row.error, row.output) == (True, "", "", "")
    assert (row.proposal_applied, row.verified_claim, row.wrong_verified) == (True, True, False)
    assert (row.tokens, row.candidates, row.prompt_tokens) == (7, 1, 70)
    assert (row.id, row.kind, row.model, row.verdict) == ("set/1", "edit", "scripted", "verified")


def test_a_wrong_answer_called_verified_is_counted() -> None:
    row = run_task(TASK, writing("X = 3\n", verdict=Verdict.VERIFIED), LABEL, Flag())
    assert (row.passed, row.verified_claim, row.wrong_verified) == (False, True, True)
    assert row.stage == "no candidate right"
    assert "AssertionError: 3" in row.output


def test_a_right_candidate_that_was_not_first_is_told_apart() -> None:
    row = run_task(TASK, writing("X = 3\n", "X = 4\n", "X = 2\n"), LABEL, Flag())
    assert (row.passed, row.stage) == (False, "right one not ranked first")


def test_other_candidates_are_judged_without_the_first_ones_changes() -> None:
    def solve(root: Path, task: EvalTask) -> SolveResult:
        (root / "value.py").write_text("X = 2\n")
        (root / "trap.py").write_text("")
        first = (*change("X = 2\n"), Change("trap.py", None, b""))
        return SolveResult(True, Verdict.NOT_TESTED, (first, change("X = 2\n")), drawn=2)

    hidden = HIDDEN + "import os\nassert not os.path.exists('trap.py')\n"
    task = replace(TASK, hidden=replace(TASK.hidden, files={"hidden.py": hidden}))
    assert run_task(task, solve, LABEL, Flag()).stage == "right one not ranked first"


def test_what_is_shown_is_judged_for_itself() -> None:
    row = run_task(TASK, writing("X = (\n"), LABEL, Flag())
    assert (row.shown, row.unparsable, row.no_op) == (True, True, False)
    row = run_task(TASK, writing("X = 1\n"), LABEL, Flag())
    assert (row.shown, row.unparsable, row.no_op) == (True, False, True)


def test_a_check_that_passes_without_a_proposal_is_no_pass() -> None:
    task = replace(TASK, hidden=EvalCheck({}, ("python", "-c", "pass")))
    row = run_task(task, lambda root, task: SolveResult(False), LABEL, Flag())
    assert (row.passed, row.stage, row.shown) == (False, "no proposal", False)


def test_an_answer_that_passes_tells_what_must_change() -> None:
    files = {"value.py": "X = 1\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n"}
    right = files["value.py"].replace("return 2", "return 3")

    def solve(root: Path, task: EvalTask) -> SolveResult:
        both = (Change("value.py", files["value.py"].encode(), right.encode()),)
        (root / "value.py").write_text(files["value.py"].replace("X = 1", "X = 2"))
        first = (Change("value.py", files["value.py"].encode(), b"X = 2\n"),)
        return SolveResult(True, Verdict.NOT_TESTED, (first, both), drawn=2)

    hidden = {"hidden.py": "import value\nassert value.g() == 3\n"}
    task = replace(TASK, files=files, hidden=replace(TASK.hidden, files=hidden))
    row = run_task(task, solve, LABEL, Flag())
    assert (row.stage, row.truth) == ("right one not ranked first", ("value.py::g",))
    assert row.truth_from == "an answer that passed"


def test_the_solver_sees_a_committed_repository_without_the_hidden_check() -> None:
    seen: list[str] = []

    def solve(root: Path, task: EvalTask) -> SolveResult:
        assert not list(root.rglob("hidden*"))
        for arguments in (["status", "--porcelain"], ["ls-files"]):
            done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True)
            seen.append(done.stdout.decode())
        return SolveResult(False)

    row = run_task(TASK, solve, LABEL, Flag())
    assert seen == ["", "pkg/other.py\ntest_value.py\nvalue.py\n"]
    assert (row.passed, row.stage) == (False, "no proposal")


def test_a_proposal_that_was_not_written_is_told_apart() -> None:
    def solve(root: Path, task: EvalTask) -> SolveResult:
        return SolveResult(False, Verdict.VERIFIED, (change("X = 2\n"),), drawn=1)

    row = run_task(TASK, solve, LABEL, Flag())
    assert (row.passed, row.stage, row.verified_claim) == (False, "not applied", False)


@pytest.mark.parametrize(
    ("error", "stage"),
    [
        (ProposalError("nothing usable"), "no proposal"),
        (EngineError("worker died"), "error"),
        (ZeroDivisionError("a defect"), "error"),
    ],
)
def test_an_error_belongs_to_its_row(error: Exception, stage: str) -> None:
    def solve(root: Path, task: EvalTask) -> SolveResult:
        raise error

    row = run_task(TASK, solve, LABEL, Flag())
    assert (row.passed, row.stage) == (False, stage)
    assert str(error) in row.error


@pytest.mark.parametrize(
    "error", [ModelError("absent"), UsageError("bad"), EngineUnreachable("down"), Cancelled()]
)
def test_an_error_that_every_task_would_have_ends_the_run(tmp_path: Path, error: Exception) -> None:
    def solve(root: Path, task: EvalTask) -> SolveResult:
        raise error

    results = ResultsFile(tmp_path / "results.jsonl", LABEL)
    with pytest.raises(type(error)):
        list(run_tasks([TASK], solve, results, Flag()))
    assert results.rows == []


def test_a_hidden_check_that_hangs_fails(tmp_path: Path) -> None:
    hidden = EvalCheck({"hidden.py": "while True: pass\n"}, ("python", "hidden.py"))
    row = run_task(replace(TASK, hidden=hidden, timeout=0.5), writing("X = 2\n"), LABEL, Flag())
    assert not row.passed
    assert "timeout" in row.output


def test_after_two_that_hang_no_other_is_looked_at() -> None:
    code = "import value, time\nassert value.X == 2 or time.sleep(60)\n"
    hidden = EvalCheck({"hidden.py": code}, ("python", "hidden.py"))
    task = replace(TASK, hidden=hidden, timeout=2)
    wrong = ("X = 3\n", "X = 4\n", "X = 5\n")
    row = run_task(task, writing(wrong[0], wrong[1], "X = 2\n"), LABEL, Flag())
    assert row.stage == "right one not ranked first"
    row = run_task(task, writing(*wrong, "X = 2\n"), LABEL, Flag())
    assert row.stage == "no candidate right"


def test_a_hidden_check_that_cannot_run_is_said() -> None:
    hidden = EvalCheck({}, ("no-such-program-here",))
    row = run_task(replace(TASK, hidden=hidden), writing("X = 2\n"), LABEL, Flag())
    assert not row.passed
    assert "no-such-program-here" in row.error


def test_done_tasks_are_not_run_again(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path / "results.jsonl", LABEL)
    tasks = [TASK, replace(TASK, id="set/2")]
    assert len(list(run_tasks(tasks[:1], writing("X = 2\n"), results, Flag()))) == 1
    again = ResultsFile(results.path, LABEL)
    rows = list(run_tasks(tasks, writing("X = 2\n"), again, Flag()))
    assert [row.id for row in rows] == ["set/2"]
    assert [row.id for row in again.rows] == ["set/1", "set/2"]


def test_a_stop_keeps_what_is_done(tmp_path: Path) -> None:
    flag = Flag()
    results = ResultsFile(tmp_path / "results.jsonl", LABEL)
    running = run_tasks([TASK, replace(TASK, id="set/2")], writing("X = 2\n"), results, flag)
    next(running)
    flag.is_set = True
    with pytest.raises(Cancelled):
        next(running)
    assert results.done == {"set/1"}


def _console() -> Console:
    return Console(file=io.StringIO(), width=120, force_terminal=False)


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _row(task_id: str, kind: str) -> str:
    hidden = {"files": dict(TASK.hidden.files), "command": list(TASK.hidden.command)}
    row = {"id": task_id, "kind": kind, "files": dict(TASK.files), "selected": [], "task": "t"}
    return json.dumps({**row, "visible": None, "hidden": hidden})


def test_a_file_of_tasks_becomes_a_table(tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text("\n".join([_row("a[/b]", "edit"), _row("c\x1b[31m", "fix")]))
    console = _console()
    totals = evaluate(
        tasks,
        tmp_path / "results.jsonl",
        writing("X = 2\n"),
        label=LABEL,
        stop=Flag(),
        console=console,
    )
    assert (totals.count, totals.passed) == (2, 2)
    text = _text(console)
    assert "1/2  passed" in text
    assert "a[/b]" in text
    assert "\x1b" not in text
    assert "2 (100.0%)" in text
    again = _console()
    totals = evaluate(
        tasks,
        tmp_path / "results.jsonl",
        writing("X = 3\n"),
        label=LABEL,
        stop=Flag(),
        console=again,
        chosen=Chosen(limit=1),
    )
    assert (totals.count, totals.passed) == (1, 1)
    assert "1 of 1 tasks are already done" in _text(again)


def test_two_results_files_are_compared(tmp_path: Path) -> None:
    tasks = [replace(TASK, id=str(number)) for number in range(3)]
    for name, text in (("first", "X = 3\n"), ("second", "X = 2\n")):
        results = ResultsFile(tmp_path / name, LABEL)
        list(run_tasks(tasks, writing(text), results, Flag()))
    console = _console()
    compare_files(tmp_path / "first", tmp_path / "second", console=console)
    text = _text(console)
    assert "difference +100.0%, p = 0.2500" in text
    assert "both pass 0, only A 0, only B 3, neither 0" in text
    assert "failed: no candidate right" in text
    (tmp_path / "empty").write_text("")
    compare_files(tmp_path / "first", tmp_path / "empty", console=console)
    assert "no tasks in common" in _text(console)
