"""Signals while files are written without the interface."""

import signal
from pathlib import Path

import pytest

from assistant.apply.system import System
from assistant.apply.writer import Writer
from assistant.headless.outcome import Kind, Outcome
from assistant.headless.reviewers import Accepting
from assistant.headless.run import settle
from tests.headless.fakes import NEW, OLD, SYNTAX, proposal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_a_write_lets_it_finish(tmp_path: Path, number: int) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "numbers.py").write_bytes(OLD)
    raised: list[int] = []

    class Interrupted(System):
        def exchange(self, fresh: str, target: str, at: int) -> None:
            raised.append(number)
            signal.raise_signal(number)
            super().exchange(fresh, target, at)

    writer = Writer(root, tmp_path / "state", system=Interrupted())
    outcome = Outcome(Kind.EDIT, "t", "m", 0, proposal=proposal(SYNTAX))
    settled = settle(outcome, Accepting(), writer)
    assert raised == [number]
    assert settled.written is not None
    assert (root / "numbers.py").read_bytes() == NEW
    entry = Writer(root, tmp_path / "state").undo()
    assert entry.id == settled.written.undo
    assert (root / "numbers.py").read_bytes() == OLD
