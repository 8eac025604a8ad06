"""SIGKILL at every system call of an apply, an undo and a redo: all is old or all is new."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.apply.journal import EntryState
from assistant.apply.writer import Outcome, Writer
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from tests.hostile.kit import every_byte
from tests.hostile.tracing import can_trace, killed_at

STRIDE = 1 if os.environ.get("ASSISTANT_TEST_EVERY_POINT") else 41
"""Of the calls, every one is tried by `make hostile`, and a few by `make test`."""

REVIEWED = (
    Review.of(
        "t",
        (
            Change("a", b"1\n", b"2\n"),
            Change("b", b"1\n", None),
            Change("d/c", None, b"2\n"),
            Change("new", b"x\n", b"y\n", renamed_from="old"),
        ),
    )
    .decide_all(Decision.ACCEPTED)
    .reviewed()
)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory where there is one: the sweeps make many files and sync them."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.mark.skipif(not can_trace(), reason="this system does not let processes be traced")
@pytest.mark.parametrize("what", ["apply", "undo", "redo"])
def test_a_kill_at_any_system_call_leaves_all_old_or_all_new(
    place: Path, what: str, record_property: Callable[[str, object], None]
) -> None:
    root, state, saved = place / "tree", place / "state", place / "saved"
    root.mkdir()
    state.mkdir()
    for name, text in (("a", "1\n"), ("b", "1\n"), ("old", "x\n")):
        (root / name).write_text(text)
    writer = Writer(root, state)
    acts = {"apply": lambda: writer.apply(REVIEWED), "undo": writer.undo, "redo": writer.redo}
    order = list(acts)
    for earlier in order[: order.index(what)]:
        acts[earlier]()
    shutil.copytree(place, saved, ignore=lambda *_: ["saved"])
    old = every_byte(root)

    def restore() -> None:
        for folder in (root, state):
            shutil.rmtree(folder)
            shutil.copytree(saved / folder.name, folder)

    calls = killed_at(0, acts[what])
    new = every_byte(root)
    assert new != old
    seen = set()
    points = range(1, calls + 1, STRIDE)
    for point in points:
        restore()
        assert killed_at(point, acts[what]) == point
        recovery = Writer(root, state).recover()
        now = every_byte(root)
        assert now in (old, new), (point, recovery)
        assert recovery is None or recovery.conflicts == ()
        if recovery is not None:
            assert (recovery.outcome is Outcome.COMPLETED) == (now == new)
        states = [entry.state for entry in Writer(root, state).entries()]
        applied = states == [EntryState.APPLIED]
        assert applied == ((now == new) == (what != "undo")), point
        assert not list(state.rglob("journal.json"))
        seen.add(now == new)
    assert seen == {True, False}
    assert calls > 150
    record_property("points", len(points))
