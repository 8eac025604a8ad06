"""Turns what a task does into records of the session."""

from assistant.errors import AssistantError
from assistant.sessions.recorder import Recorder
from assistant.sessions.records import (
    Answered,
    Checked,
    Failing,
    Logged,
    Proposed,
    TaskBegan,
    TaskEnded,
)
from assistant.solving.events import (
    AnswerReady,
    CheckFinished,
    FailuresFound,
    NothingToFix,
    TextStreamed,
)
from assistant.ui.contextaccess import LastSent
from assistant.ui.jobs import Job, TaskEvent
from assistant.ui.preparing import Prepared
from assistant.ui.widgets.checks import check_of


class TaskRecord:
    """Records the beginning, the results and the end of tasks, and keeps what was sent."""

    def __init__(self, recorder: Recorder, sent: LastSent) -> None:
        self._recorder = recorder
        self._sent = sent
        self._question = ""
        self._streamed = ""
        """The answer that is being written."""

    def began(self, job: Job, task: str) -> None:
        self._question, self._streamed = task, ""
        self._recorder.add(TaskBegan(task, job.kind, job.step))

    def event(self, job: Job, event: TaskEvent) -> None:
        """Records an event, right before it is shown."""
        add = self._recorder.add
        self._sent.event(job, event)
        match event:
            case Prepared(proposal, selected):
                add(Proposed(proposal, selected))
            case AnswerReady(text=text):
                self._streamed = ""
                add(Answered(self._question, text))
            case TextStreamed(_, text) if job.kind == "ask":
                self._streamed += text
            case CheckFinished(-1, check) if job.kind in ("edit", "fix"):
                add(Checked(check))
            case FailuresFound(result, failures):
                if result is not None:
                    add(Checked(check_of(result)))
                add(Failing(failures))
            case NothingToFix(result):
                add(Checked(check_of(result)))
            case _:
                pass

    def ended(self, job: Job, error: AssistantError | None) -> None:
        """Records the end, and of an answer that was cut short what there is of it."""
        if self._streamed:
            self._recorder.add(Logged("answer", self._streamed))
            self._streamed = ""
        self._recorder.add(TaskEnded(error.message if error else ""))
