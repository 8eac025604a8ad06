"""Draws a hunk again in the middle of a review on the terminal."""

from rich.console import Console

from assistant.engine.base import Cancel
from assistant.engine.reconnecting import listening
from assistant.headless.interrupt import interruptible
from assistant.headless.progress import Progress
from assistant.headless.run import Job
from assistant.solving.events import ProposalReady
from assistant.solving.redrawing import SentBack
from assistant.solving.values import Proposal


class Redrawing:
    """Runs `tasks.redraw` for the job whose proposal is reviewed, and shows its progress."""

    def __init__(self, job: Job, stderr: Console) -> None:
        self._job = job
        self._stderr = stderr
        self.proposal: Proposal | None = None
        """What came last; None while nothing was drawn again."""

    def __call__(self, back: SentBack) -> Proposal:
        """Raises what the task raises. Ctrl-C stops only the drawing, not the review."""
        from assistant.tasks.redraw import redraw

        workspace, request = self._job.workspace, self._job.request
        cancel, progress = Cancel(), Progress(self._stderr)
        heard = listening(workspace.engine, progress.show)
        with interruptible(cancel, self._announce), progress, heard:
            for event in redraw(workspace, request, back, cancel):
                progress.show(event)
                if isinstance(event, ProposalReady):
                    self.proposal = event.proposal
        return self.proposal or back.proposal

    def _announce(self) -> None:
        self._stderr.print("Stopping. The hunk stays as it is.", style="dim")
