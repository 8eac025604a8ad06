"""Fixes what a check command or a traceback complains about."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.checks.failures import parse_failures
from assistant.checks.results import Failure
from assistant.checks.unable import why_nothing_ran
from assistant.engine.base import Cancel, SourceFile
from assistant.errors import CheckError, UsageError
from assistant.intent.reading import read_intent
from assistant.prompt.builder import expected_notes, failure_notes
from assistant.repo.files import TextFile
from assistant.repo.units import Unit
from assistant.solving.baseline import HANG_SECONDS, Baseline, run_baseline
from assistant.solving.covering import source_of
from assistant.solving.events import (
    Event,
    FailuresFound,
    NothingToFix,
    Phase,
    PhaseStarted,
    ProposalReady,
)
from assistant.solving.loop import Solver
from assistant.solving.policies import FIX
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.state import Briefing, Job
from assistant.solving.values import Budget
from assistant.tasks.absent import find_homes, with_homes
from assistant.tasks.failing import failing_tests, files_of_tests, protected
from assistant.tasks.gathering import read_context
from assistant.tasks.locate import locate, reasons, units_chosen, with_kind
from assistant.tasks.recognizing import with_names
from assistant.tasks.suspects import suspect_labels, watch, with_suspects

MOST_TARGETS = 3
"""Targets that take turns while the check stays red."""

DEFAULT_TASK = "Fix the code so that the failing check passes."


def fix(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
    """Ends with ProposalReady, or with NothingToFix when the check passes already.

    When the user describes the bug, a passing check only means that no test covers it: the fix
    continues, and the check guards against regressions. Raises UsageError without anything that
    fails, CheckError when the check cannot run, ProposalError, ContextError and Cancelled.
    """
    workspace = workspace.for_request(request)
    if request.check is None and not request.pasted.strip():
        raise UsageError(
            "A fix needs something that fails.",
            hint="Give a check command, or paste a traceback or test output.",
        )
    described = bool(request.task.strip())
    request = replace(request, task=request.task.strip() or DEFAULT_TASK)
    request = with_names(workspace, request)
    budget = Budget(workspace.settings.time_budget, cancel)
    baseline = yield from run_baseline(workspace, request.check, cancel, timeout=HANG_SECONDS)
    if baseline is not None and baseline.result.passed and not described:
        yield NothingToFix(baseline.result)
        return
    failing = baseline if baseline is not None and not baseline.result.passed else None
    failures = _failures(workspace, request, failing)
    if failing is not None and not failures and (why := why_nothing_ran(failing.result)):
        raise CheckError(
            f"The check ran no test: {why}.",
            hint="A fix changes no tests: give a command that runs some, or write them first.",
        )
    yield FailuresFound(baseline.result if baseline else None, failures)
    spectrum = yield from watch(workspace, request, failing, cancel)
    homes = find_homes(workspace, failures)
    test_paths = files_of_tests(workspace, failures)
    suspected = with_suspects(workspace, request, failures, spectrum, test_paths)
    context = yield from read_context(
        workspace,
        with_homes(suspected, homes),
        (*(home.label for home in homes), *suspect_labels(workspace, failures, spectrum)),
        " ".join(f"{failure.name} {failure.message}" for failure in failures),
    )
    context = protected(context, test_paths)
    yield PhaseStarted(Phase.LOCATING)
    tests = failing_tests(workspace, failures, test_paths)
    called = {name for unit, _ in tests for name in unit.references}
    located = yield from locate(
        workspace,
        request,
        context,
        failures,
        cancel,
        fixing=True,
        called=called,
        spectrum=spectrum,
        homes=homes,
    )
    targets = tuple(with_kind(workspace, each) for each in located[:MOST_TARGETS])
    yield units_chosen(targets, located)
    job = Job(
        workspace,
        request,
        context,
        read_intent(request.task),
        budget,
        cancel,
        baseline,
        _briefing(failures, tests, failing),
    )
    # Without a failing check nothing reveals a wrong target: only the likeliest is tried.
    solver = Solver(job, targets if failing else targets[:1], FIX)
    yield from solver.run()
    while failing and not solver.found and not budget.spent and len(targets) < len(located):
        stop = len(targets) + MOST_TARGETS
        more = tuple(with_kind(workspace, each) for each in located[len(targets) : stop])
        targets += more
        yield units_chosen(targets, located)
        solver = Solver(job, more, FIX, solver.state.pool)
        yield from solver.run()
    tried = targets if failing and not solver.found else solver.tried
    yield ProposalReady(solver.proposal(request.title, reasons(tried)))


def _failures(
    workspace: Workspace, request: TaskRequest, failing: Baseline | None
) -> tuple[Failure, ...]:
    root = workspace.repository.root
    found = parse_failures(failing.result.output, root) if failing else ()
    return (*found, *parse_failures(request.pasted, root)) if request.pasted else found


def _briefing(
    failures: tuple[Failure, ...],
    tests: Sequence[tuple[Unit, TextFile]],
    failing: Baseline | None,
) -> Briefing:
    """What the model reads about the failures; the raw output where none could be parsed."""
    if not failures and failing is not None:
        return Briefing(failure_notes((Failure("check", failing.result.output[-1500:]),)))
    sources = tuple(source_of(*test) for test in tests[:1])
    files = tuple(
        SourceFile(file.path, f"{source}\n")
        for (_, file), source in zip(tests, sources, strict=False)
    )
    return Briefing(failure_notes(failures, sources), expected_notes(sources), files)
