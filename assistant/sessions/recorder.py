"""Records what happens in one front end, in the session that it has open.

A session's file is created when something happens that a user would miss. What came before, such
as the selection, is kept until then. A disk that is full never stops the program: the failure is
reported once, and nothing more is recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.errors import UsageError
from assistant.sessions.file import SessionFile
from assistant.sessions.records import (
    Answered,
    Decided,
    Logged,
    Planned,
    Proposed,
    Record,
    ReviewClosed,
    Selection,
    TaskBegan,
    TaskEnded,
    Wrote,
)
from assistant.sessions.redaction import without_secrets
from assistant.sessions.state import SessionState, state_of
from assistant.sessions.store import SessionStore

_STARTS = (TaskBegan, Wrote)
"""What a session is worth keeping for."""
_STATES = (Planned, Decided, Selection)
"""What is not recorded twice in a row."""
_WAITING = 200
"""Most entries of the log that are kept before a session begins."""


@dataclass(frozen=True, slots=True)
class Reopened:
    """An earlier session that was opened again, and what it came to."""

    file: SessionFile
    state: SessionState


class Recorder:
    """Writes to the store that `store` returns; None while there is none."""

    def __init__(
        self, store: Callable[[], SessionStore | None], report: Callable[[str], None]
    ) -> None:
        """`report` gets a sentence when something cannot be recorded."""
        self._store = store
        self._report = report
        self._file: SessionFile | None = None
        self._waiting: list[Record] = []
        self._last: dict[type[Record], Record] = {}
        self._failed = False
        self.answers: tuple[Answered, ...] = ()
        """Of the open session, oldest first."""

    @property
    def session(self) -> str:
        """Id of the open session; empty before anything was stored."""
        return self._file.path.stem if self._file else ""

    @property
    def keeps(self) -> bool:
        """Whether what happens is stored, or would be."""
        return not self._failed

    def add(self, record: Record) -> None:
        """Records what has just happened. Never raises."""
        if isinstance(record, Answered):
            self.answers = (*self.answers, record)
        if self._failed or self._repeats(record):
            return
        try:
            self._add(record)
        except OSError as error:
            self._fail(error)

    def read(self, session: str) -> Reopened:
        """Opens and reads a session, to `go_on` with it. Slow for a large one; safe in a thread.

        Raises UsageError if it cannot be opened; then the open one stays as it is.
        """
        store = self._store()
        if store is None or session == self.session:
            raise UsageError("This session is open already.", hint="Choose another one.")
        try:
            file = store.open(session)
            return Reopened(file, state_of(store.records(session)))
        except OSError as error:
            raise UsageError(
                f"The session {session} cannot be read: {error.strerror or error}.",
                hint="Choose another one.",
            ) from error

    def go_on(self, reopened: Reopened) -> None:
        """What happens next belongs to this session. The one that was open is complete."""
        self.close()
        self._file, self._failed = reopened.file, False
        self.answers = reopened.state.answers
        self._seed(reopened.state)
        if reopened.state.interrupted:
            self.add(TaskEnded("interrupted"))

    def close(self) -> None:
        """Ends the session. What happens next begins another one."""
        if self._file is not None:
            self._file.close()
        self._file, self._waiting, self._last, self.answers = None, [], {}, ()

    def _seed(self, state: SessionState) -> None:
        """Knows what is recorded already, so that showing it again adds nothing."""
        known: list[Record] = [Selection(state.selection)]
        known += [state.plan] if state.plan else []
        known += state.review.decided if state.review else ()
        for record in known:
            self._last[type(record)] = record

    def _repeats(self, record: Record) -> bool:
        if isinstance(record, Proposed):
            self._last.pop(Decided, None)
        if not isinstance(record, _STATES):
            return False
        repeats = self._last.get(type(record)) == record
        self._last[type(record)] = record
        return repeats

    def _add(self, record: Record) -> None:
        record = without_secrets(record)
        if self._file is None and not isinstance(record, _STARTS):
            self._wait(record)
            return
        if self._file is None:
            store = self._store()
            if store is None:
                return
            self._file = store.create()
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                self._file.add(each)
        if not self._file.add(record) and isinstance(record, Proposed):
            self._file.add(ReviewClosed("too large to be stored"))
            self._report("This proposal is too large to be kept when the program ends.")

    def _wait(self, record: Record) -> None:
        if isinstance(record, Selection):
            self._waiting = [each for each in self._waiting if not isinstance(each, Selection)]
        if isinstance(record, Selection | Logged | Planned):
            self._waiting.append(record)
            del self._waiting[:-_WAITING]

    def _fail(self, error: OSError) -> None:
        self._failed = True
        if self._file is not None:
            self._file.close()
        self._file = None
        self._report(f"This session cannot be stored: {error.strerror or error}.")
