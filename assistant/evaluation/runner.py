"""Owns running evaluation tasks: a fresh repository each, a solver, and the hidden check after it.

Refuses to know how a task is solved, and never shows the solver anything of the hidden check.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from assistant.checks.commands import CheckCommand
from assistant.checks.results import CommandResult, Verdict
from assistant.checks.runner import CheckRunner
from assistant.errors import (
    AssistantError,
    Cancelled,
    CheckError,
    ModelError,
    ProposalError,
    UsageError,
)
from assistant.evaluation.dataset import EvalTask
from assistant.evaluation.results import Label, ResultsFile, Row, SolveResult, Stage
from assistant.headless.scratch import make_repository
from assistant.proposal.changes import Change

Solver: TypeAlias = Callable[[Path, EvalTask], SolveResult]
"""Solves a task in the repository at a folder and writes its top proposal there.

Raises ProposalError when nothing came of it, and whatever else went wrong.
"""

_KEPT_OUTPUT = 2_000


class Stop(Protocol):
    """Anything that can say that the user wants to stop."""

    @property
    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Solved:
    """A solver's run with what went wrong in it."""

    result: SolveResult
    seconds: float
    error: str = ""
    stage: Stage = Stage.NONE


def run_tasks(
    tasks: Sequence[EvalTask], solver: Solver, results: ResultsFile, stop: Stop
) -> Iterator[Row]:
    """Evaluates the tasks that the results do not hold yet, and adds a row for each.

    An error in one task is its row's; an absent model, a bad option or the user's stop ends all.
    """
    done = results.done
    for task in tasks:
        if task.id in done:
            continue
        if stop.is_set:
            raise Cancelled
        row = run_task(task, solver, results.label, stop)
        results.append(row)
        yield row


def run_task(task: EvalTask, solver: Solver, label: Label, stop: Stop) -> Row:
    """Evaluates one task in a temporary repository."""
    with tempfile.TemporaryDirectory(
        prefix="assistant-eval-", ignore_cleanup_errors=True
    ) as folder:
        root = Path(folder).resolve() / "repository"
        _write_repository(root, task)
        solved = _solve(root, task, solver)
        return _judge(root, task, solved, label, stop)


def _write_repository(root: Path, task: EvalTask) -> None:
    files = {**task.files, **(task.visible.files if task.visible else {})}
    root.mkdir()
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogateescape"))
    make_repository(root)


def _solve(root: Path, task: EvalTask, solver: Solver) -> _Solved:
    started = time.monotonic()
    nothing = SolveResult(applied=False)
    try:
        result = solver(root, task)
    except (Cancelled, ModelError, UsageError):
        raise
    except ProposalError as error:
        took = time.monotonic() - started
        return _Solved(nothing, took, error.message, Stage.NO_PROPOSAL)
    except AssistantError as error:
        return _Solved(nothing, time.monotonic() - started, error.message, Stage.ERROR)
    except Exception as error:  # noqa: BLE001  # one task's defect must not end a run of hours
        reason = f"{type(error).__name__}: {error}"
        return _Solved(nothing, time.monotonic() - started, reason, Stage.ERROR)
    took = time.monotonic() - started
    if result.applied:
        return _Solved(result, took)
    unused = Stage.NOT_APPLIED if result.candidates else Stage.NO_PROPOSAL
    return _Solved(result, took, "", unused)


def _judge(root: Path, task: EvalTask, solved: _Solved, label: Label, stop: Stop) -> Row:
    """The hidden check on the result; then, if it fails, on the other candidates."""
    runner = CheckRunner(root)
    try:
        judged, output, error = _hidden(runner, task, {}, stop)
        solved = replace(solved, error=solved.error or error)
        stage = solved.stage
        if not judged and stage is Stage.NONE:
            stage = _ranking(runner, task, solved.result, stop)
    finally:
        runner.close()
    verified = solved.result.verdict is Verdict.VERIFIED and solved.result.applied
    return Row(
        id=task.id,
        kind=task.kind,
        passed=judged,
        proposal_applied=solved.result.applied,
        verified_claim=verified,
        wrong_verified=verified and not judged,
        tokens=solved.result.tokens,
        seconds=round(solved.seconds, 3),
        candidates=solved.result.drawn,
        error=solved.error,
        stage=(Stage.NONE if judged else stage).value,
        verdict=solved.result.verdict.value,
        prompt_tokens=solved.result.prompt_tokens,
        output="" if judged else output[-_KEPT_OUTPUT:],
        model=label.model,
        seed=label.seed,
        strategy=label.strategy,
    )


def _ranking(runner: CheckRunner, task: EvalTask, result: SolveResult, stop: Stop) -> Stage:
    """Whether a candidate that was not ranked first would have passed."""
    back = _reverted(result.candidates[0]) if result.candidates else {}
    for other in result.candidates[1:]:
        if _hidden(runner, task, {**back, **_overlay(other)}, stop)[0]:
            return Stage.NOT_RANKED_FIRST
    return Stage.NO_CANDIDATE_RIGHT


def _hidden(
    runner: CheckRunner, task: EvalTask, overlay: dict[str, bytes | None], stop: Stop
) -> tuple[bool, str, str]:
    """Passed or not, output, and the reason when the check could not be run at all."""
    files: dict[str, bytes | None] = {
        path: text.encode("utf-8", "surrogateescape") for path, text in task.hidden.files.items()
    }
    command = CheckCommand(task.hidden.command, "hidden")
    try:
        result: CommandResult = runner.run(
            command, {**overlay, **files}, stop, timeout=task.timeout
        )
    except CheckError as error:
        return False, "", f"hidden check: {error.message}"
    timed_out = "\n[ended at the timeout]" if result.timed_out else ""
    return result.passed, result.output + timed_out, ""


def _overlay(changes: tuple[Change, ...]) -> dict[str, bytes | None]:
    gone: dict[str, bytes | None] = {c.renamed_from: None for c in changes if c.renamed_from}
    return gone | {change.path: change.new for change in changes}


def _reverted(changes: tuple[Change, ...]) -> dict[str, bytes | None]:
    overlay: dict[str, bytes | None] = {}
    for change in changes:
        if change.renamed_from:
            overlay |= {change.path: None, change.renamed_from: change.old}
        else:
            overlay[change.path] = change.old
    return overlay
