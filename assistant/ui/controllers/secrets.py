"""Asks before selected files with keys or passwords are read, once for each in a session."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import work

from assistant.context.bundle import Selected
from assistant.errors import AssistantError, UsageError
from assistant.ui.controllers.controller import Controller
from assistant.ui.screens.dialogs import ConfirmDialog

if TYPE_CHECKING:
    from assistant.context.confidential import Sighting
    from assistant.repo.git import Repository


class SecretsController(Controller):
    """Stands between a selection and the engine."""

    def __init__(self, show_error: Callable[[AssistantError], None]) -> None:
        super().__init__(id="secrets")
        self._show_error = show_error
        self._allowed: set[Sighting] = set()
        self._searching = False

    def allows(self, repository: "Repository", selection: Sequence[Selected]) -> bool:
        """Whether a selection may be read without a question. Reads the selected files, and takes
        a second for large folders: not to be called in the thread of the interface."""
        return not self._open(repository, selection)

    def guard(
        self,
        repository: "Repository",
        selection: Sequence[Selected],
        start: Callable[[], None],
        declined: Callable[[], None],
    ) -> None:
        """Calls `start`, after a yes where something is to be asked.

        At once where nothing is and no folder is selected: a folder is searched in a thread.
        Raises UsageError while one is.
        """
        if self._searching:
            raise UsageError("Selected folders are searched for secrets.", hint="Wait a second.")
        from assistant.context.confidential import has_folders

        if has_folders(repository, selection):
            self._searching = True
            self._search(repository, selection, start, declined)
        elif found := self._open(repository, selection):
            self._ask(found, start, declined)
        else:
            start()

    def _open(self, repository: "Repository", selection: Sequence[Selected]) -> "list[Sighting]":
        from assistant.context.confidential import sightings

        return [each for each in sightings(repository, selection) if each not in self._allowed]

    @work(exclusive=True, group="secrets")
    async def _search(
        self,
        repository: "Repository",
        selection: Sequence[Selected],
        start: Callable[[], None],
        declined: Callable[[], None],
    ) -> None:
        try:
            try:
                found = await asyncio.to_thread(self._open, repository, selection)
            finally:
                self._searching = False
            if found:
                await self._answered(found, start, declined)
            else:
                start()
        except AssistantError as error:
            declined()
            self._show_error(error)

    @work(exclusive=True, group="secrets")
    async def _ask(
        self,
        found: "Sequence[Sighting]",
        start: Callable[[], None],
        declined: Callable[[], None],
    ) -> None:
        try:
            await self._answered(found, start, declined)
        except AssistantError as error:
            self._show_error(error)

    async def _answered(
        self,
        found: "Sequence[Sighting]",
        start: Callable[[], None],
        declined: Callable[[], None],
    ) -> None:
        from assistant.context.confidential import listed

        question = ConfirmDialog(
            "Let the model read secrets?",
            f"{listed(found)}.\n\nIf prompts go to another machine, these values are replaced by "
            "placeholders. You are not asked for the same lines again in this session.",
            yes="Read them",
        )
        if not await self.app.push_screen_wait(question):
            declined()
            return
        self._allowed.update(found)
        start()
