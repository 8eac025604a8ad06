"""Judges one solved task: runs the hidden check on the result and on the other candidates.

Runs after the solver has finished, and nothing is fed back to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from assistant.checks.commands import CheckCommand
from assistant.checks.results import CommandResult, Status, Verdict
from assistant.checks.runner import CheckRunner
from assistant.checks.syntax import check_syntax
from assistant.errors import CheckError
from assistant.evaluation.dataset import EvalTask
from assistant.evaluation.localization import truth_of
from assistant.evaluation.results import Label, Row, SolveResult, Stage
from assistant.proposal.changes import Change

_KEPT_OUTPUT = 2_000
_TIMEOUT_NOTE = "\n[ended at the timeout]"
_MAX_TIMEOUTS = 2
"""Timeouts of the hidden check after which no further candidates are run."""


class Stop(Protocol):
    """Tells whether the user wants to stop."""

    @property
    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Solved:
    """The result of a solver, with any error."""

    result: SolveResult
    seconds: float
    error: str = ""
    stage: Stage = Stage.NONE


@dataclass(frozen=True, slots=True)
class _Judged:
    """Results of the hidden check."""

    stage: Stage
    right: tuple[Change, ...] | None = None
    """Changes of the highest-ranked candidate that passes."""
    output: str = ""
    error: str = ""


def judge(root: Path, task: EvalTask, solved: Solved, label: Label, stop: Stop) -> Row:
    """Judges a task that was solved in the repository at `root`."""
    result = solved.result
    judged = _judged(root, task, solved, stop)
    passed = judged.stage is Stage.NONE
    verified = result.verdict is Verdict.VERIFIED and result.applied
    truth, truth_from = truth_of(task.files, judged.right)
    return replace(
        row_of(task, solved, label),
        passed=passed,
        verified_claim=verified,
        wrong_verified=verified and not passed,
        error=solved.error or judged.error,
        stage=judged.stage.value,
        output="" if passed else judged.output[-_KEPT_OUTPUT:],
        truth=truth,
        truth_from=truth_from,
    )


def row_of(task: EvalTask, solved: Solved, label: Label) -> Row:
    """The row of a task before it is judged."""
    result = solved.result
    shown = result.candidates[0] if result.candidates else ()
    return Row(
        id=task.id,
        kind=task.kind,
        passed=False,
        proposal_applied=result.applied,
        verified_claim=False,
        wrong_verified=False,
        tokens=result.tokens,
        seconds=round(solved.seconds + result.replayed_seconds, 3),
        candidates=result.drawn,
        error=solved.error,
        stage=solved.stage.value,
        verdict=result.verdict.value,
        prompt_tokens=result.prompt_tokens,
        output="",
        model=label.model,
        seed=label.seed,
        strategy=label.strategy,
        shown=bool(result.candidates),
        no_op=bool(shown) and all(change.old == change.new for change in shown),
        unparsable=any(_unparsable(change) for change in shown),
        places=result.places,
        tried=result.tried,
        discarded=result.discarded,
        hunks=result.hunks,
        most=label.most,
        generated_tests=label.generated_tests,
        program=label.program,
        without=label.without,
        times=result.times,
    )


def _judged(root: Path, task: EvalTask, solved: Solved, stop: Stop) -> _Judged:
    """Runs the hidden check on the written files and, if it fails, on the other candidates."""
    if solved.stage is not Stage.NONE:
        return _Judged(solved.stage)
    candidates = solved.result.candidates
    if not solved.result.applied:
        stage = Stage.NOT_APPLIED if candidates else Stage.NO_PROPOSAL
        return _Judged(stage, error=solved.result.problem)
    runner = CheckRunner(root)
    try:
        passed, output, error = _run_hidden(runner, task, {}, stop)
        if passed:
            return _Judged(Stage.NONE, candidates[0] if candidates else None)
        right = _first_passing(runner, task, candidates, stop)
    finally:
        runner.close()
    stage = Stage.NO_CANDIDATE_RIGHT if right is None else Stage.NOT_RANKED_FIRST
    return _Judged(stage, right, output, error)


def _first_passing(
    runner: CheckRunner, task: EvalTask, candidates: Sequence[tuple[Change, ...]], stop: Stop
) -> tuple[Change, ...] | None:
    """The highest-ranked candidate after the first that passes, if any."""
    back = _reverted(candidates[0]) if candidates else {}
    timeouts = 0
    for other in candidates[1:]:
        passed, output, _ = _run_hidden(runner, task, {**back, **_overlay(other)}, stop)
        if passed:
            return other
        # If some candidates hang, others probably do too, each for minutes.
        timeouts += output.endswith(_TIMEOUT_NOTE)
        if timeouts == _MAX_TIMEOUTS:
            return None
    return None


def hidden_results(root: Path, task: EvalTask, solved: Solved, stop: Stop) -> tuple[bool, ...]:
    """Whether each candidate passes the hidden check, in rank order.

    After too many timeouts, the remaining candidates count as failed without a run.
    """
    candidates = solved.result.candidates
    runner = CheckRunner(root)
    back = _reverted(candidates[0]) if candidates and solved.result.applied else {}
    found: list[bool] = []
    timeouts = 0
    try:
        for each in candidates:
            if timeouts == _MAX_TIMEOUTS:
                found.append(False)
                continue
            passed, output, _ = _run_hidden(runner, task, {**back, **_overlay(each)}, stop)
            found.append(passed)
            timeouts += output.endswith(_TIMEOUT_NOTE)
    finally:
        runner.close()
    return tuple(found)


def _run_hidden(
    runner: CheckRunner, task: EvalTask, overlay: dict[str, bytes | None], stop: Stop
) -> tuple[bool, str, str]:
    """Whether the check passed, its output, and the error if it could not be run."""
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
    return result.passed, result.output + (_TIMEOUT_NOTE if result.timed_out else ""), ""


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


def _unparsable(change: Change) -> bool:
    python = change.path.endswith((".py", ".pyi")) and change.new is not None
    return python and check_syntax(change.path, change.new or b"", None).status is Status.FAILED
