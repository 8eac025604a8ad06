"""The baseline is a plain chat: one greedy answer, pasted over the file."""

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.apply.writer import Writer
from assistant.checks.results import Verdict
from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer, ScriptedEngine
from assistant.evaluation.baseline import answer_whole_file
from assistant.evaluation.dataset import EvalCheck, EvalTask
from assistant.evaluation.results import Label, Row
from assistant.evaluation.runner import run_task
from assistant.evaluation.solver import HeadlessSolver
from assistant.headless.outcome import Kind
from assistant.headless.services import Services
from assistant.repo.git import Repository
from assistant.settings import Settings
from assistant.solving.request import Workspace

TASK = EvalTask(
    id="set/1",
    kind="fix",
    files={"notes.md": "X is two.\n", "value.py": "X = 1\nY = 1\n", "other.py": "Z = 1\n"},
    selected=("notes.md", "value.py"),
    task="Make X what the notes say.",
    visible=EvalCheck(
        {"seen.py": "import value\nassert value.X > 1, 'small'\n"}, ("python", "seen.py")
    ),
    hidden=EvalCheck({"h.py": "import value\nassert value.X == 2\n"}, ("python", "-B", "h.py")),
    timeout=120,  # far more than it takes: a busy machine must not fail a test
)
RIGHT = "X = 2\nY = 1\n"


class Words:
    def count(self, text: str) -> int:
        return len(text.split())


def solved(state: Path, answer: str | Answer, task: EvalTask = TASK) -> tuple[Row, ScriptedEngine]:
    engine = ScriptedEngine([answer])

    def open_workspace(folder: Path) -> Workspace:
        repository = Repository.open(folder)
        return Workspace(repository, engine, Words(), CheckRunner(folder), Settings())

    services = Services(
        {Kind.FIX: answer_whole_file, Kind.EDIT: answer_whole_file},
        open_workspace,
        lambda workspace: Writer(workspace.repository.root, state),
    )
    solver = HeadlessSolver(services, Cancel(), candidates=5, seed=7)
    return run_task(task, solver, Label("scripted", 7, "baseline"), Cancel()), engine


def test_one_greedy_answer_replaces_the_code_file_and_is_judged(tmp_path: Path) -> None:
    row, engine = solved(tmp_path, f"Here it is:\n\n```python\n{RIGHT}```\n\nTry `X`.\n")
    assert (row.error, row.passed, row.verdict) == ("", True, Verdict.VERIFIED.value)
    assert (row.candidates, row.strategy) == (1, "baseline")
    (request,) = engine.requests
    (sampling,) = request.samplings
    assert (sampling.temperature, request.constraint, request.opening) == (0.0, None, "")


def test_the_prompt_holds_the_selected_files_the_task_and_what_fails(tmp_path: Path) -> None:
    _, engine = solved(tmp_path, RIGHT)
    prompt = engine.requests[0].messages[-1].content
    for part in ("X is two.", "Y = 1", "Make X what the notes say.", "AssertionError: small"):
        assert part in prompt
    assert "Z = 1" not in prompt
    assert "value.X == 2" not in prompt


def test_an_answer_that_a_check_speaks_against_is_not_written(tmp_path: Path) -> None:
    row, _ = solved(tmp_path, "```python\nX = (3\n```")
    assert (row.shown, row.passed, row.proposal_applied) == (True, False, False)
    assert (row.verdict, row.stage) == (Verdict.FAILED.value, "not applied")
    assert row.error == "Nothing usable found: the attempt fails a check."


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        f"```python\n{RIGHT}",
        f"```\n{RIGHT}```\n\nUse it so:\n\n```\nX\n```\n",
        Answer(f"```python\n{RIGHT}```\nAnd then", reason="length"),
    ],
    ids=["no fence", "an open fence", "a second block", "cut behind the block"],
)
def test_how_the_code_is_found_in_an_answer(tmp_path: Path, answer: str | Answer) -> None:
    row, _ = solved(tmp_path, answer)
    assert (row.error, row.passed) == ("", True)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("```\n" + TASK.files["value.py"] + "```", "The answer changes nothing."),
        ("```\n\n```", "The answer changes nothing."),
        (Answer("```\nX = 2", reason="length"), "The answer was cut off."),
    ],
)
def test_an_answer_that_cannot_be_used_is_no_proposal(
    tmp_path: Path, answer: str | Answer, error: str
) -> None:
    row, _ = solved(tmp_path, answer)
    assert (row.stage, row.error) == ("no proposal", error)
    assert row.discarded == (error,)


def test_a_named_file_is_the_one_that_is_rewritten(tmp_path: Path) -> None:
    task = replace(TASK, selected=("other.py", "value.py"), task="Set X in value.py to 2.")
    row, engine = solved(tmp_path, f"```\n{RIGHT}```", task)
    assert (row.passed, "whole of value.py" in engine.requests[0].messages[-1].content) == (
        True,
        True,
    )
