"""One headless run: output on stdout and stderr, and the reviewer."""

from dataclasses import dataclass, field, replace

from rich.console import Console

from assistant.engine.base import Cancel
from assistant.headless import document, report
from assistant.headless.interrupt import interruptible
from assistant.headless.outcome import Kind, Outcome
from assistant.headless.progress import Progress
from assistant.headless.redrawing import Redrawing
from assistant.headless.reviewers import Accepting, Asking
from assistant.headless.run import Job, Reviewer, carry_out, drive, settle
from assistant.headless.services import Services
from assistant.sanitize import sanitize_line


@dataclass(frozen=True, slots=True)
class Session:
    services: Services
    stdout: Console
    stderr: Console
    reviewer: Reviewer
    as_json: bool = False
    """Print results as one JSON document instead of text."""
    explain: bool = False
    """Also print every candidate with its source, its evidence and the reason for its rank."""
    diff: bool = True
    """Print the diff of a proposal; not needed where the reviewer shows it."""
    cancel: Cancel = field(default_factory=Cancel)

    def run(self, job: Job, *, carry_out_plan: bool = False) -> Outcome:
        """Runs one task, reports its result and writes what the reviewer accepts.

        With `carry_out_plan`, also runs the steps of a plan as edits. Raises what the task raises,
        ApplyError, and KeyboardInterrupt on the second Ctrl-C, or on the first at a prompt.
        """
        outcome = self.perform(job)
        if carry_out_plan and outcome.plan is not None:
            edit = replace(job, kind=Kind.EDIT, task=self.services.tasks[Kind.EDIT])
            outcome = carry_out(outcome, edit, self.perform)
            if not self.as_json:
                report.show_steps(outcome, self.stdout)
        if self.as_json:
            self.stdout.file.write(document.render(outcome) + "\n")
        return outcome

    def perform(self, job: Job) -> Outcome:
        """Drives a task, prints its result, reviews it and writes what was accepted."""
        streams = job.kind is Kind.ASK and not self.as_json and self._on_terminal
        progress = Progress(self.stderr, answers=self.stdout if streams else None)
        with interruptible(self.cancel, self._announce_cancelling):
            outcome = drive(job, progress, self.cancel)
        if not self.as_json and not streams:
            selection = tuple(selected.path for selected in job.request.selection)
            report.show(outcome, self.stdout, selection=selection, diff=self.diff)
            if self.explain:
                report.show_explanation(outcome, self.stdout)
        if outcome.proposal is not None:
            drawn = Redrawing(job, self.stderr)
            reviewer = self.reviewer
            if isinstance(reviewer, Asking) and job.kind in (Kind.EDIT, Kind.FIX):
                reviewer = replace(reviewer, redraw=drawn)
            writer = self.services.open_writer(job.workspace)
            outcome = settle(outcome, reviewer, writer, lambda: drawn.proposal)
            for recovery in writer.taken_recoveries():
                self.stderr.print(sanitize_line(recovery.text))
            outcome = replace(outcome, proposal=drawn.proposal or outcome.proposal)
            if isinstance(reviewer, Accepting) and outcome.proposal is not None:
                outcome = replace(outcome, problem=reviewer.held_back(outcome.proposal))
        if not self.as_json:
            report.show_written(outcome, self.stdout)
        return outcome

    @property
    def _on_terminal(self) -> bool:
        """Whether text may appear piece by piece."""
        return self.stdout.file.isatty() and self.stdout.is_terminal

    def _announce_cancelling(self) -> None:
        self.stderr.print("Cancelling. Press Ctrl-C again to quit now.", style="dim")
