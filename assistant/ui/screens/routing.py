"""Hands what the plan and the review ask for to their controllers."""

from assistant.ui.controllers.wiring import Controllers
from assistant.ui.controllers.writing import Outdated
from assistant.ui.widgets.plan import PlanPanel
from assistant.ui.widgets.review import ReviewPanel
from assistant.ui.widgets.reviewrequests import ReviewRequests


class WorkRouting:
    """A part of the main screen. Textual finds the handlers by their names."""

    controllers: Controllers

    def on_plan_panel_run_requested(self, event: PlanPanel.RunRequested) -> None:
        event.stop()
        if event.step is None:
            self.controllers.plan.run_all()
        else:
            self.controllers.plan.run_step(event.step)

    def on_plan_panel_edit_requested(self, event: PlanPanel.EditRequested) -> None:
        event.stop()
        self.controllers.plan.change(event.step, event.how)

    def on_review_panel_finished(self, event: ReviewPanel.Finished) -> None:
        event.stop()
        self.controllers.review.reject()

    def on_review_panel_edit_requested(self, event: ReviewPanel.EditRequested) -> None:
        event.stop()
        self.controllers.review.edit_hunk(event.hunk)

    def on_review_requests_send_back_requested(
        self, event: ReviewRequests.SendBackRequested
    ) -> None:
        event.stop()
        self.controllers.redrawing.send_back(event.hunk)

    def on_review_requests_comment_requested(self, event: ReviewRequests.CommentRequested) -> None:
        event.stop()
        self.controllers.comments.write(event.hunk, event.lines)

    def on_review_requests_check_requested(self, event: ReviewRequests.CheckRequested) -> None:
        event.stop()
        self.controllers.parts.check()

    def on_review_panel_apply_requested(self, event: ReviewPanel.ApplyRequested) -> None:
        event.stop()
        self.controllers.review.apply(event.review)

    def on_outdated(self, message: Outdated) -> None:
        message.stop()
        self.controllers.rebasing.remake()
