"""Starts a session with a model, switches the model, and leaves the app."""

import asyncio
from collections.abc import Callable

from textual import work

from assistant.errors import AssistantError
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.repository import RepositoryController
from assistant.ui.controllers.sessions import SessionController
from assistant.ui.controllers.tasks import TaskController
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.screens.setup import SetupScreen
from assistant.ui.services import Services
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.review import ReviewPanel


class LifecycleController(Controller):
    """Handles the first start, /model, /engine and /quit."""

    def __init__(
        self,
        services: Services,
        clock: Callable[[], float],
        current: CurrentSession,
        repository: RepositoryController,
        tasks: TaskController,
        review: ReviewPanel,
        sessions: SessionController,
    ) -> None:
        super().__init__(id="lifecycle")
        self._services = services
        self._clock = clock
        self._current = current
        self._repository = repository
        self._tasks = tasks
        self._review = review
        self._sessions = sessions

    def start(self) -> None:
        """Opens the repository, or lets the user choose a model first if none is installed."""
        if self._services.settings.elsewhere:
            self.choose_engine("")
        elif self._services.setup.ready():
            self._repository.open("")
        else:
            self.choose_model("")

    @work(exclusive=True, group="setup")
    async def choose_model(self, name: str) -> None:
        """Opens the model screen. Leaves the app if no model was ever chosen."""
        chosen = await self.app.push_screen_wait(SetupScreen(self._services, self._clock, name))
        if chosen is not None:
            self._repository.open(chosen)
        elif self._current.value is None:
            self.app.exit()

    @work(exclusive=True, group="setup")
    async def choose_engine(self, name: str) -> None:
        """Opens the repository with a model server, with a worker on another machine, or with the
        model of this machine for `local`.

        Asks first whether code may be sent to another machine.
        """
        address = await asyncio.to_thread(self._asks_for, name)
        if address:
            question = ConfirmDialog(
                "Send code to another machine?",
                f"Code of this repository will be sent to {address}, in this and later sessions.",
                yes="Send",
                no="Do not send",
            )
            if not await self.app.push_screen_wait(question):
                if self._current.value is None:
                    self._repository.open("local")
                return
            if self._services.sending is not None:
                await asyncio.to_thread(self._services.sending.allow, address)
        self._repository.open(name)

    def _asks_for(self, name: str) -> str:
        sending = self._services.sending
        try:
            return sending.asks_for(name) if sending is not None else ""
        except AssistantError:
            return ""  # opening fails for the same reason, and reports it

    @work(exclusive=True, group="leave")
    async def leave(self) -> None:
        """Leaves the app. Asks first if nothing is stored and an open review would be lost."""
        undecided = self._review.undecided
        if self._review.proposal is not None and undecided and not self._sessions.recorder.keeps:
            question = ConfirmDialog(
                "Leave now?",
                f"{undecided} hunks are undecided. The proposal will be lost.",
                yes="Leave",
                no="Stay",
            )
            if not await self.app.push_screen_wait(question):
                return
        self._tasks.cancel()
        self._sessions.finish()
        if self._current.value is not None:
            await asyncio.to_thread(self._current.value.workspace.engine.close)
        self.app.exit()
