"""How far the model has come: never backwards, never too much, and nothing that is not known."""

import random

import pytest

from assistant.engine.base import Finish
from assistant.solving.events import (
    CandidateDiscarded,
    CandidateStarted,
    GenerationFinished,
    Phase,
    PhaseStarted,
    PromptProgress,
    TextStreamed,
)
from assistant.solving.pace import Pace, Reached

FINISHED = GenerationFinished(Finish(0, "stop", 10, 10, 1.0))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(clock)


def text(candidate: int = 1, tokens: int = 1) -> TextStreamed:
    return TextStreamed(candidate, "x", -0.1, tokens)


def test_nothing_is_said_before_anything_is_read_or_written(pace: Pace) -> None:
    assert pace.reached is None
    pace.show(PhaseStarted(Phase.CONTEXT))
    assert (pace.reached, pace.rate) == (None, 0.0)


def test_reading_is_measured_without_what_was_cached(pace: Pace, clock: Clock) -> None:
    pace.show(PromptProgress(400, 1400, 400))
    assert pace.reached == Reached(400, 1400, True), "no speed is known yet"
    clock.now += 2
    pace.show(PromptProgress(600, 1400, 400))
    assert pace.reached == Reached(600, 1400, True, left=8.0)
    clock.now += 3
    assert pace.reached == Reached(600, 1400, True, left=5.0), "time passes between reports"
    clock.now += 30
    assert pace.reached == Reached(600, 1400, True, left=0.0)
    pace.show(PromptProgress(1400, 1400, 400))
    assert pace.reached is None, "read to the end"


def test_reading_does_not_go_back(pace: Pace, clock: Clock) -> None:
    pace.show(PromptProgress(600, 1000, 0))
    clock.now += 1
    pace.show(PromptProgress(500, 1000, 0))
    assert pace.reached is not None
    assert pace.reached.share == 0.6
    pace.show(PromptProgress(0, 800, 0))
    assert pace.reached == Reached(0, 800, True), "another prompt starts from its own beginning"


def test_writing_tells_what_is_expected_and_the_time_left(pace: Pace, clock: Clock) -> None:
    pace.show(PhaseStarted(Phase.WRITING))
    pace.show(CandidateStarted(1, expected=100))
    assert pace.reached == Reached(0, 100, False)
    pace.show(text())
    clock.now += 0.4
    pace.show(text(tokens=9))
    assert pace.reached == Reached(10, 100, False), "too short to tell a speed"
    clock.now += 0.6
    pace.show(text(tokens=11))
    assert pace.rate == pytest.approx(20)
    assert pace.reached == Reached(21, 100, False, left=pytest.approx(79 / 20))


def test_an_expectation_that_was_exceeded_is_dropped(pace: Pace, clock: Clock) -> None:
    pace.show(CandidateStarted(1, expected=10))
    pace.show(text())
    clock.now += 1
    pace.show(text(tokens=9))
    assert pace.reached == Reached(10, 10, False, left=0.0)
    pace.show(text())
    assert pace.reached == Reached(11, 0, False)
    assert pace.reached.share is None


def test_without_an_expectation_there_is_no_share(pace: Pace, clock: Clock) -> None:
    pace.show(CandidateStarted(1))
    for _ in range(3):
        clock.now += 1
        pace.show(text(tokens=5))
    assert pace.reached == Reached(15, 0, False)
    assert pace.reached.share is None
    assert pace.rate == pytest.approx(5)


def test_the_next_candidate_starts_with_the_speed_of_the_last(pace: Pace, clock: Clock) -> None:
    pace.show(CandidateStarted(1, expected=50))
    pace.show(text())
    clock.now += 1
    pace.show(text(tokens=10))
    pace.show(FINISHED)
    assert pace.reached is None
    pace.show(CandidateStarted(2, expected=50))
    assert pace.reached == Reached(0, 50, False), "its first token is not there yet"
    pace.show(text(2))
    assert pace.reached == Reached(1, 50, False, left=pytest.approx(4.9))


def test_a_candidate_that_goes_on_keeps_what_it_has(pace: Pace) -> None:
    pace.show(CandidateStarted(3, expected=50))
    pace.show(text(3, tokens=20))
    pace.show(PromptProgress(10, 90, 10))
    assert pace.reached == Reached(10, 90, True)
    pace.show(PromptProgress(90, 90, 10))
    pace.show(CandidateStarted(3))
    pace.show(text(3))
    assert pace.reached == Reached(21, 50, False)


def test_what_was_thought_before_a_candidate_does_not_count(pace: Pace) -> None:
    pace.show(CandidateStarted(3))
    pace.show(text(3, tokens=20))
    pace.show(CandidateStarted(3, expected=50))
    pace.show(text(3))
    assert pace.reached == Reached(1, 50, False)


def test_a_phase_that_begins_ends_what_was_written(pace: Pace) -> None:
    pace.show(CandidateStarted(1, expected=50))
    pace.show(text())
    pace.show(PhaseStarted(Phase.CHECKING))
    assert pace.reached is None
    pace.show(CandidateStarted(1, expected=50))
    pace.show(CandidateDiscarded(1, "cut"))
    assert pace.reached is None


@pytest.mark.parametrize("seed", range(20))
def test_within_a_candidate_or_a_prompt_nothing_goes_back(seed: int) -> None:
    """Whatever is shown, and whatever time passes."""
    chance, clock = random.Random(seed), Clock()
    pace = Pace(clock)
    pace.show(CandidateStarted(1, 40))
    before: Reached | None = None
    for _ in range(300):
        clock.now += chance.choice((0.0, 0.01, 0.7, 5.0))
        event = chance.choice(
            (
                PromptProgress(chance.randrange(101), 100, chance.randrange(50)),
                CandidateStarted(1),
                text(tokens=chance.randrange(1, 9)),
            )
        )
        pace.show(event)
        now = pace.reached
        if now is not None:
            assert now.share is None or 0 <= now.share <= 1
            assert now.left is None or now.left >= 0
            same = before is not None and before.reading == now.reading
            if same and isinstance(event, TextStreamed | PromptProgress):
                assert now.done >= before.done
        before = now
