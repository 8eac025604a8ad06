"""The model screen, shown at first launch and whenever the user wants another model.

Returns the name of a model that is ready to load, or None.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from assistant.engine.base import Cancel
from assistant.errors import AssistantError
from assistant.models.progress import PullProgress
from assistant.ui.services import ModelChoice, Services, Survey
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.models import Facts, ModelList, PullBar
from assistant.ui.widgets.problem import Problem
from assistant.ui.workers import internal_error


@dataclass
class Surveyed(Message):
    survey: Survey


@dataclass
class PullProgressed(Message):
    report: PullProgress


@dataclass
class PullEnded(Message):
    """A download ended, or the survey failed."""

    name: str
    error: AssistantError | None = None


class SetupScreen(Screen[str | None]):
    """Shows the hardware and the models that fit it, and downloads one."""

    CSS_PATH = "setup.tcss"
    AUTO_FOCUS = "#models"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "retry", id="setup.retry", tooltip="Resume the download"),
        Binding("escape", "back", "cancel", id="setup.back"),
    ]

    def __init__(self, services: Services, clock: Callable[[], float], wanted: str) -> None:
        """`wanted` is the model to offer first; empty means the recommended one."""
        super().__init__()
        self._services = services
        self._wanted = wanted
        self._cancel: Cancel | None = None
        self._failed: ModelChoice | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="setup"):
            yield Static("assistant works with a model on your own machine", id="setup-title")
            yield Static(
                "Nothing leaves this machine. Choose a model; it is downloaded once and kept.",
                id="setup-intro",
            )
            yield Facts(id="facts")
            yield ModelList(id="models")
            yield PullBar(id="pull")
            yield Problem(id="setup-problem")
        yield KeyLine(id="keys")

    @property
    def models(self) -> ModelList:
        return self.query_one(ModelList)

    def on_mount(self) -> None:
        self.query_one(Facts).show((("Checking this machine", "…"),))
        self._survey()

    @work(thread=True, exclusive=True, group="survey", exit_on_error=False)
    def _survey(self) -> None:
        try:
            self.post_message(Surveyed(self._services.setup.survey()))
        except AssistantError as error:
            self.post_message(PullEnded("", error))
        except Exception as error:  # noqa: BLE001 - boundary of a thread: the app must survive
            self.post_message(PullEnded("", internal_error(error)))

    def on_surveyed(self, message: Surveyed) -> None:
        message.stop()
        self.query_one(Facts).show(message.survey.facts)
        self.models.show(message.survey.choices)
        if self._wanted:
            self.models.go_to(self._wanted)
            self._choose_wanted(message.survey.choices)
        self.models.focus()

    def _choose_wanted(self, choices: tuple[ModelChoice, ...]) -> None:
        """Pulls a name that is not listed as is: a hub id, a folder or a file."""
        if self._wanted not in {choice.name for choice in choices}:
            self._pull(ModelChoice(self._wanted, self._wanted, 0, ""))

    def on_model_list_chosen(self, event: ModelList.Chosen) -> None:
        event.stop()
        if self._cancel is not None:
            return
        if event.choice.installed:
            self.dismiss(event.choice.name)
        else:
            self._pull(event.choice)

    def _pull(self, choice: ModelChoice) -> None:
        self.query_one(Problem).close()
        self._cancel = Cancel()
        self._failed = choice
        self.add_class("-pulling")
        self.query_one(PullBar).start(choice.title)
        self.refresh_bindings()
        self._run_pull(choice, self._cancel)

    @work(thread=True, group="pull", exit_on_error=False)
    def _run_pull(self, choice: ModelChoice, cancel: Cancel) -> None:
        try:
            self._services.setup.pull(choice.name, self._report, cancel)
        except AssistantError as error:
            self.post_message(PullEnded(choice.name, error))
        except Exception as error:  # noqa: BLE001 - boundary of a thread: the app must survive
            self.post_message(PullEnded(choice.name, internal_error(error)))
        else:
            self.post_message(PullEnded(choice.name))

    def _report(self, progress: PullProgress) -> None:
        self.post_message(PullProgressed(progress))

    def on_pull_progressed(self, message: PullProgressed) -> None:
        message.stop()
        self.query_one(PullBar).show(message.report)

    def on_pull_ended(self, message: PullEnded) -> None:
        message.stop()
        self._cancel = None
        self.remove_class("-pulling")
        self.refresh_bindings()
        if message.error is None:
            self.dismiss(message.name)
        else:
            self.query_one(Problem).show(message.error)

    def on_unmount(self) -> None:
        """Stops the download when the app ends. It resumes at the next launch."""
        if self._cancel is not None:
            self._cancel.set()

    def action_retry(self) -> None:
        if self._failed is not None and self._cancel is None:
            self._pull(self._failed)
        elif not self.models.line_count:
            self.query_one(Problem).close()
            self._survey()

    def action_back(self) -> None:
        """Stops the download, closes the error, or leaves the screen."""
        if self._cancel is not None:
            self._cancel.set()
        elif not self.query_one(Problem).close():
            self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "retry":
            return self._cancel is None and self.query_one(Problem).error is not None
        return True
