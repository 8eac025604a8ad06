"""Random sequences of applying, undoing, redoing, edits by others and deaths: nothing is lost.

Every line is unique: `user 7` was written by the user, `model 7` by a write of ours. A write never
removes a user's line, so all of them are there at any time. `ASSISTANT_SEQUENCES` sets how many
sequences are tried; `make sequences` tries 1,000.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from assistant.apply.journal import EntryState
from assistant.apply.writer import Writer
from assistant.errors import ApplyError
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from tests.apply.test_kill import Counting, _in_child

SEQUENCES = int(os.environ.get("ASSISTANT_SEQUENCES", "40"))
STEPS = 25
NAMES = ("a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt")
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

_files = st.sets(st.sampled_from(NAMES), min_size=1)
_place = st.integers(0, 6)


class Sequences(RuleBasedStateMachine):
    """A working tree with its history; a new writer, as after a restart, for every operation."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp(dir=MEMORY))
        self.root = self.top / "tree"
        self.root.mkdir()
        self.count = 0
        self.users: dict[str, set[str]] = {name: set() for name in NAMES}
        """The lines of the user that must be in each file."""

    def teardown(self) -> None:
        shutil.rmtree(self.top)

    @initialize(names=_files)
    def begin(self, names: set[str]) -> None:
        for name in sorted(names):
            self.edit(name, 0)

    @rule(name=st.sampled_from(NAMES), place=_place)
    def edit(self, name: str, place: int) -> None:
        """The user writes a line, in a new file if there is none."""
        line = self._line("user")
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_with(self._read(name) or b"", line, place))
        self.users[name].add(line)

    @rule(names=_files, place=_place, removes=st.booleans())
    def apply(self, names: set[str], place: int, removes: bool) -> None:
        self._all_or_nothing(self._changes(names, place, removes=removes), None)

    @rule(names=_files, place=_place, removes=st.booleans(), at=st.integers(0, 90))
    def die_while_applying(self, names: set[str], place: int, removes: bool, at: int) -> None:
        self._all_or_nothing(self._changes(names, place, removes=removes), at)

    @rule(back=st.booleans(), at=st.integers(0, 90))
    def die_while_undoing_or_redoing(self, back: bool, at: int) -> None:
        """The last write is exact, so what comes of it is known."""
        before = self._seen()
        applied = [each for each in self._writer().entries() if each.state is EntryState.APPLIED]
        work = Writer.undo if back else Writer.redo
        if _in_child(lambda: work(self._writer(at))) == 0:
            return
        self._writer().recover()
        after = self._seen()
        if after != before and back:
            last = max(applied, key=lambda each: int(each.id))
            for change in self._writer().changes(last):
                assert after.get(change.path) == change.old

    @rule(merge=st.booleans())
    def undo(self, merge: bool) -> None:
        self._unless_refused(lambda: self._writer().undo(merge=merge))

    @rule()
    def redo(self) -> None:
        self._unless_refused(lambda: self._writer().redo())

    @rule(number=st.integers(1, 12), back=st.booleans())
    def undo_or_redo_any(self, number: int, back: bool) -> None:
        writer = self._writer()
        self._unless_refused(lambda: (writer.undo_one if back else writer.redo_one)(number))

    @invariant()
    def no_line_of_the_user_is_lost(self) -> None:
        for name, lines in self.users.items():
            assert lines <= set((self._read(name) or b"").decode().splitlines()), name

    @invariant()
    def nothing_is_left_behind(self) -> None:
        assert self._seen().keys() <= set(NAMES)

    def _all_or_nothing(self, changes: list[Change], die_at: int | None) -> None:
        before = self._seen()
        review = Review.of("a step", changes).decide_all(Decision.ACCEPTED)
        if die_at is None:
            self._writer().apply(review.reviewed())
        else:
            _in_child(lambda: self._writer(die_at).apply(review.reviewed()))
            self._writer().recover()
        after = before | {change.path: change.new for change in changes}
        after = {name: data for name, data in after.items() if data is not None}
        assert self._seen() in ((after,) if die_at is None else (before, after))

    def _unless_refused(self, work: Callable[[], object]) -> None:
        before = self._seen()
        refused: ApplyError | None = None
        try:
            work()
        except ApplyError as error:
            refused = error
        if refused is not None:
            assert refused.hint
            assert self._seen() == before

    def _changes(self, names: set[str], place: int, *, removes: bool) -> list[Change]:
        """A line more in each file, or none of the model's lines; a file without lines goes."""
        found = []
        for name in sorted(names):
            old = self._read(name)
            new: bytes | None = _with(old or b"", self._line("model"), place)
            if removes and old is not None:
                kept = [line for line in old.splitlines(keepends=True) if b"user" in line]
                new = b"".join(kept) or None
            if new != old:
                found.append(Change(name, old, new))
        return found or [
            Change(
                "a.txt",
                self._read("a.txt"),
                _with(self._read("a.txt") or b"", self._line("model"), place),
            )
        ]

    def _writer(self, die_at: int | None = None) -> Writer:
        return Writer(
            self.root, self.top / "state", system=Counting(-1 if die_at is None else die_at)
        )

    def _line(self, author: str) -> str:
        self.count += 1
        return f"{author} {self.count}"

    def _read(self, name: str) -> bytes | None:
        path = self.root / name
        return path.read_bytes() if path.exists() else None

    def _seen(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }


def _with(data: bytes, line: str, place: int) -> bytes:
    lines = data.splitlines(keepends=True)
    lines.insert(min(place, len(lines)), f"{line}\n".encode())
    return b"".join(lines)


class TestSequences(Sequences.TestCase):  # type: ignore[misc]
    settings = settings(
        max_examples=SEQUENCES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
