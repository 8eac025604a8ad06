"""Tasks of two engines in turns: all that was run is paired when the time is up."""

from dataclasses import dataclass, field

import pytest

from tests.benchmarks import through_server


@dataclass
class Clock:
    now: float = 0.0
    ran: list[str] = field(default_factory=list)

    def side(self, name: str, seconds: float) -> object:
        clock = self

        class Side:
            def run(self, task: str) -> None:
                clock.now += seconds
                clock.ran.append(f"{name} {task}")

        return Side()


@pytest.mark.parametrize(("seconds", "pairs"), [(100.0, 3), (20.0, 2), (19.0, 1), (0.0, 1)])
def test_only_pairs_that_are_likely_to_end_in_time_are_begun(
    seconds: float, pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(through_server.time, "monotonic", lambda: clock.now)
    sides = [clock.side("a", 4.0), clock.side("b", 6.0)]
    through_server.in_turns(["1", "2", "3"], sides, seconds)  # type: ignore[arg-type, list-item]
    assert clock.ran == [f"{side} {task}" for task in "123"[:pairs] for side in "ab"]
