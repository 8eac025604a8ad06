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
        self.controllers.plan.run_step(event.step)

    def on_plan_panel_run_all_requested(self, event: PlanPanel.RunAllRequested) -> None:
        event.stop()
        self.controllers.plan.run_all()

    def on_plan_panel_show_requested(self, event: PlanPanel.ShowRequested) -> None:
        event.stop()
        self.controllers.plan.show_proposal()

    def on_plan_panel_refused(self, event: PlanPanel.Refused) -> None:
        event.stop()
        self.controllers.plan.refuse(event.error)

    def on_plan_panel_edit_requested(self, event: PlanPanel.EditRequested) -> None:
        event.stop()
        match event.how:
            case "edit":
                self.controllers.plan.edit_step(event.step)
            case "note":
                self.controllers.plan.note_step(event.step)
            case "split":
                self.controllers.plan.split_step(event.step)

    def on_plan_panel_add_requested(self, event: PlanPanel.AddRequested) -> None:
        event.stop()
        self.controllers.plan.add_step(event.after)

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

    def on_review_requests_check_requested(self, event: ReviewRequests.CheckRequested) -> None:
        event.stop()
        self.controllers.parts.check()

    def on_review_panel_apply_requested(self, event: ReviewPanel.ApplyRequested) -> None:
        event.stop()
        self.controllers.review.apply(event.review)

    def on_outdated(self, message: Outdated) -> None:
        message.stop()
        self.controllers.rebasing.remake()
