"""What has happened on the main screen so far, for the tour."""

from typing import Protocol

from assistant.apply.journal import EntryState
from assistant.ui.jobs import Job
from assistant.ui.session import Session
from assistant.ui.tour import Seen
from assistant.ui.widgets.review import ReviewPanel
from assistant.ui.widgets.reviewbars import any_accepted


class Watched(Protocol):
    """The parts of the main screen that the tour looks at."""

    review: ReviewPanel

    @property
    def session(self) -> Session | None: ...

    @property
    def job(self) -> Job | None: ...


def seen(screen: Watched) -> Seen:
    """Looks at the review, and at what was written and undone."""
    review = screen.review.review
    session = screen.session
    states = [entry.state for entry in session.writer.entries()] if session else []
    return Seen(
        running=screen.job is not None,
        proposed=screen.review.proposal is not None or bool(states),
        accepted=review is not None and any_accepted(review),
        written=bool(states),
        undone=bool(states) and states[-1] is EntryState.UNDONE,
    )
