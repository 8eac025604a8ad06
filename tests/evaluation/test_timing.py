"""What the time of a task went into."""

from collections.abc import Iterator
from itertools import count

from assistant.checks.results import Evidence, Status
from assistant.evaluation.timing import Timer
from assistant.solving.events import (
    CandidateReady,
    CandidateStarted,
    CheckFinished,
    Event,
    Phase,
    PhaseStarted,
    PromptProgress,
    TextStreamed,
)
from assistant.solving.values import Candidate


def timed(*events: Event) -> dict[str, float]:
    """Every event comes a second after the one before."""
    seconds: Iterator[int] = count()
    timer = Timer(lambda: float(next(seconds)))
    timer.start()
    for event in events:
        timer.observe(event)
    return timer.rounded


def judged(number: int, status: Status) -> tuple[Event, ...]:
    passed, last = Evidence("syntax", Status.PASSED, ""), Evidence("tests", status, "")
    return (
        CandidateReady(Candidate(number, ())),
        CheckFinished(number, passed),
        CheckFinished(number, last),
    )


def test_time_goes_to_what_the_next_event_reports() -> None:
    times = timed(
        PhaseStarted(Phase.CONTEXT),
        PromptProgress(50, 100, 20),
        PromptProgress(100, 100, 20),
        CandidateStarted(1),
        TextStreamed(1, "a", 0.0),
        *judged(1, Status.PASSED),
        PhaseStarted(Phase.CHECKING),
    )
    assert (times["reading"], times["writing"], times["checking"], times["other"]) == (2, 2, 2, 3)
    assert times["tokens read"] == 80


def test_the_first_that_stands_is_the_first_checked() -> None:
    failed, passed = judged(1, Status.FAILED), judged(2, Status.PASSED)
    times = timed(*failed, *passed, PhaseStarted(Phase.CHECKING), *judged(3, Status.PASSED))
    assert times["first checked"] == 6


def test_checks_of_the_unchanged_files_count_for_no_candidate() -> None:
    run = CheckFinished(-1, Evidence("tests", Status.PASSED, ""))
    assert "first checked" not in timed(run, *judged(1, Status.FAILED), PhaseStarted(Phase.WRITING))
