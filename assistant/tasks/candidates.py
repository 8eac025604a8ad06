"""Owns the making of candidates: answers become changes, and checks gather evidence about them."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.checks.commands import CheckCommand
from assistant.checks.failures import parse_failures
from assistant.checks.names import check_names
from assistant.checks.results import Check, CommandResult, Status
from assistant.checks.syntax import check_syntax
from assistant.checks.unable import why_unable
from assistant.engine.base import Cancel, Completion
from assistant.errors import CheckError, ProposalError
from assistant.intent.reading import read_intent
from assistant.proposal.changes import FROM_TEXT, Candidate, Change, Doubt
from assistant.proposal.missing import add_missing_imports
from assistant.proposal.omissions import lost_definitions
from assistant.proposal.surplus import without_broken_surplus
from assistant.proposal.unwritten import left_unwritten
from assistant.repo.reading import text_file
from assistant.tasks.certainty import doubts_of, line_confidence
from assistant.tasks.events import CheckFinished, Event, Phase, PhaseStarted
from assistant.tasks.request import Workspace
from assistant.tasks.rewrite import Written

CHECK_SECONDS = 120.0
"""Most wall time that one run of a check command may take."""

HANG_SECONDS = 60.0
"""A failing check that takes longer before any change hangs, as far as a fix can wait."""

UNHUNG_SECONDS = 20.0
"""Most wall time of a candidate's run where the run before did not end at all."""

AGAIN_SECONDS = 8.0
"""The same after another candidate that hung: wrong loops come in numbers."""

LEAST_SECONDS = 5.0
SLOWER = 5
"""A candidate's run may take this many times as long as one that came to its end."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier places of the same step came to: every candidate carries it too."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    """By path."""
    answers: tuple[tuple[str, Completion], ...] = ()
    """What the model wrote for them, each with its path."""

    def then(self, change: Change, answer: Completion) -> "Earlier":
        """With one more place."""
        return Earlier(
            {**self.changes, change.path: change}, (*self.answers, (change.path, answer))
        )

    def candidate(self) -> Candidate:
        """The earlier places alone; only where there are some."""
        changes = tuple(self.changes.values())
        uncertain, doubts = _certainty(self.answers, changes)
        return Candidate(0, changes, 0.0, 0, uncertain=uncertain, doubts=doubts)


@dataclass(slots=True)
class Patience:
    """How long the run of a candidate may take: a wrong loop must not use up the time for other
    answers."""

    seconds: float
    ended: bool
    """Whether it is known how long a run takes that comes to its end."""

    @classmethod
    def after(cls, before: CommandResult) -> "Patience":
        """From the run before any change."""
        patience = cls(UNHUNG_SECONDS, ended=False)
        if not before.timed_out:
            patience.learn(before)
        return patience

    def learn(self, result: CommandResult) -> None:
        """From the run of a candidate; of those that end, from the first."""
        if self.ended:
            return
        self.ended = not result.timed_out
        known = min(CHECK_SECONDS, LEAST_SECONDS + SLOWER * result.seconds)
        self.seconds = known if self.ended else AGAIN_SECONDS


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the check command says of the repository as it is."""

    command: CheckCommand
    result: CommandResult
    patience: Patience

    @property
    def can_prove(self) -> bool:
        """Only what failed before can prove anything by passing."""
        return not self.result.passed


_NOTHING_EARLIER = Earlier()


def run_baseline(
    workspace: Workspace,
    command: CheckCommand | None,
    cancel: Cancel,
    *,
    timeout: float = CHECK_SECONDS,
) -> Generator[Event, None, Baseline | None]:
    """Runs the check before any change, when there is one; returns what it said.

    Raises CheckError when it cannot run here: no change to the code would make it pass.
    """
    if command is None:
        return None
    yield PhaseStarted(Phase.CHECKING, command.text)
    result = workspace.runner.run(command, {}, cancel, timeout=timeout)
    cancel.check()
    check = Check("tests", _status(result.passed), _outcome(result, "before"), result.output)
    yield CheckFinished(-1, replace(check, seconds=result.seconds))
    # A test may print what a program prints: where something failed, the check did run.
    ran = parse_failures(result.output, workspace.repository.root)
    if not ran and (why := why_unable(result)):
        raise CheckError(
            f"The check cannot run: {why}.",
            hint="Install what is missing, put a virtual environment that has it into the "
            "repository as .venv, or give another check command.",
        )
    return Baseline(command, result, Patience.after(result))


def make_candidate(
    written: Written,
    path: str,
    old: bytes | None,
    new: bytes,
    earlier: Earlier = _NOTHING_EARLIER,
    task: str = "",
) -> Candidate:
    """A candidate of one changed file and the changes that go with it.

    Names that the answer uses without importing them are imported when the standard library has
    them, and functions that it adds for nothing and that cannot work go. Raises ProposalError when
    nothing changes or the file does not parse.
    """
    file = text_file(path, new)
    new = add_missing_imports(file, old)
    if path.endswith((".py", ".pyi")):
        new = without_broken_surplus(old, new, read_intent(task))
    if new == old:
        raise ProposalError("The answer changes nothing.")
    syntax = check_syntax(path, new, old)
    if syntax.status is Status.FAILED and path.endswith((".py", ".pyi")):
        raise ProposalError(f"The result does not parse: {syntax.detail}")
    completion = written.completion
    change = Change(path, old, new)
    others = (each for each in earlier.changes.values() if each.path != path)
    changes = (*others, change)
    uncertain, doubts = _certainty((*earlier.answers, (path, completion)), changes)
    checks = [syntax] if syntax.status is not Status.SKIPPED else []
    unwritten: tuple[str, ...] = ()
    if written.from_text:
        unwritten = left_unwritten(old or b"", new, read_intent(task))
        if unwritten:
            checks.append(Check("bodies", Status.HINT, f"still none: {', '.join(unwritten)}"))
        uncertain = tuple((where, line, min(p, FROM_TEXT)) for where, line, p in uncertain)
    return Candidate(
        index=written.index,
        changes=changes,
        mean_logprob=completion.mean_logprob,
        tokens=len(completion.logprobs),
        checks=tuple(checks),
        uncertain=uncertain,
        doubts=doubts,
        lost=lost_definitions(change, read_intent(task)),
        unwritten=unwritten,
        from_text=written.from_text,
    )


def _certainty(
    answers: Sequence[tuple[str, Completion]], changes: Sequence[Change]
) -> tuple[tuple[tuple[str, int, float], ...], tuple[Doubt, ...]]:
    """Line confidences and doubts of several answers, in the files that came of all of them."""
    files = {change.path: change.new for change in changes}
    lines: dict[tuple[str, int], float] = {}
    doubts: dict[Doubt, None] = {}
    for path, answer in answers:
        new = files.get(path)
        if new is None:
            continue
        for _, line, probability in line_confidence(answer, path, new):
            lines[path, line] = min(probability, lines.get((path, line), 1.0))
        doubts |= dict.fromkeys(doubts_of(answer, path, new))
    return tuple((path, line, value) for (path, line), value in lines.items()), tuple(doubts)


def check_candidate(
    workspace: Workspace, candidate: Candidate, baseline: Baseline | None, cancel: Cancel
) -> Iterator[Event | Candidate]:
    """Gathers evidence; yields each check as it ends and the candidate with all of them last."""
    checks = list(candidate.checks)
    for check in checks:
        yield CheckFinished(candidate.index, check)
    for change in candidate.changes:
        if change.new is not None:
            names = check_names(change.path, change.new, change.old)
            if names.status is not Status.SKIPPED:
                checks.append(names)
                yield CheckFinished(candidate.index, names)
    if baseline is not None:
        overlay = overlay_of(candidate)
        limit = baseline.patience.seconds
        result = workspace.runner.run(baseline.command, overlay, cancel, timeout=limit)
        cancel.check()
        baseline.patience.learn(result)
        tests = _tests_check(baseline, result)
        checks.append(tests)
        yield CheckFinished(candidate.index, tests)
    yield replace(candidate, checks=tuple(checks))


def overlay_of(candidate: Candidate) -> Mapping[str, bytes | None]:
    """Path to bytes of what the candidate makes of the tree; None where a file goes."""
    overlay: dict[str, bytes | None] = {}
    for change in candidate.changes:
        if change.renamed_from:
            overlay[change.renamed_from] = None
        overlay[change.path] = change.new
    return overlay


@dataclass(frozen=True, slots=True)
class Budget:
    """Wall time of a request, which the user can cut short."""

    started: float
    seconds: float
    cancel: Cancel

    @classmethod
    def begin(cls, seconds: float, cancel: Cancel) -> "Budget":
        return cls(time.monotonic(), seconds, cancel)

    @property
    def spent(self) -> bool:
        return self.cancel.hurried or time.monotonic() - self.started > self.seconds


def _tests_check(baseline: Baseline, result: CommandResult) -> Check:
    """Passing proves something only where the same command failed before."""
    proves = result.passed and baseline.can_prove
    detail = _outcome(result, "now") + ("" if proves or not result.passed else ", as before")
    return Check(
        "tests",
        _status(result.passed),
        detail,
        result.output,
        proves=proves,
        seconds=result.seconds,
    )


def _status(passed: bool) -> Status:
    return Status.PASSED if passed else Status.FAILED


def _outcome(result: CommandResult, when: str) -> str:
    if result.timed_out:
        return f"timed out {when} after {result.seconds:.0f} s"
    return f"passes {when}" if result.passed else f"fails {when} (exit code {result.exit_code})"
