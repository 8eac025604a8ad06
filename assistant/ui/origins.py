"""Says where the changes under review come from, for the history of writes."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.apply.origin import UNKNOWN, Origin
from assistant.review.decisions import Review
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.review import ReviewPanel

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest


class Origins:
    """Knows the proposal on screen, the task that led to it, and the model."""

    def __init__(
        self,
        current: CurrentSession,
        panel: ReviewPanel,
        request_of: "Callable[[str], TaskRequest | None]",
    ) -> None:
        """`request_of` finds the request that led to the proposal with a title."""
        self._current = current
        self._panel = panel
        self._request_of = request_of

    def __call__(self, review: Review) -> Origin:
        """The origin of what a review writes. Compares files, so it is meant for a thread."""
        from assistant.solving.origins import origin_of

        proposal, part = self._panel.proposal, self._panel.part
        if proposal is None:
            return UNKNOWN
        settings = self._current.require().workspace.settings
        model = (
            f"{settings.model} at {settings.elsewhere}" if settings.elsewhere else settings.model
        )
        request = self._request_of(proposal.title)
        task = request.task.strip() if request is not None else ""
        shown = proposal.candidates[self._panel.candidate]
        others = [each for each in proposal.candidates if each is not shown]
        if part is not None:
            others = [replace(shown, changes=part.changes, evidence=part.evidence), *others]
        return origin_of(review, (shown, *others), task or proposal.title, model)
