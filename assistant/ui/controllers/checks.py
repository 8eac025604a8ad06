"""Chooses the check command and asks the user's consent before it may run.

Consent is for exactly one command. Nothing here runs a command.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import work

from assistant.errors import AssistantError
from assistant.ui.controllers.controller import Controller
from assistant.ui.screens.dialogs import ConfirmDialog, Consent, ConsentDialog
from assistant.ui.session import CurrentSession
from assistant.ui.widgets.log import LogView

if TYPE_CHECKING:
    from assistant.checks.commands import CheckCommand
    from assistant.checks.consent import Consents
    from assistant.ui.controllers.requests import TaskStarter


class CheckController(Controller):
    """Handles /fix and /check, and the consent that an edit needs to run tests."""

    def __init__(
        self,
        current: CurrentSession,
        consents: "Callable[[], Consents]",
        log: LogView,
        starter: "TaskStarter",
        show_error: Callable[[AssistantError], None],
    ) -> None:
        super().__init__(id="checking")
        self._current = current
        self._consents = consents
        self._log_view = log
        self._starter = starter
        self._show_error = show_error
        self.known: tuple[str, ...] = ()
        """Commands that were found or used, for completion."""

    @work(exclusive=True, group="check")
    async def start_fix(self, argument: str, pasted: str) -> None:
        """Starts a fix from pasted output, from a command, or from what the repository suggests."""
        try:
            await self._fix(argument, pasted)
        except AssistantError as error:
            self._show_error(error)

    @work(exclusive=True, group="check")
    async def start_edit(self, task: str, pasted: str) -> None:
        """Starts an edit. The first one without a check asks whether tests may run."""
        try:
            await self.ask_for_tests()
            self._starter.start("edit", task, pasted)
        except AssistantError as error:
            self._show_error(error)

    async def ask_for_tests(self) -> None:
        """Asks once for each repository whether its tests may run, where there is no check."""
        if self._current.require().check is None:
            await self._ask_for_tests()

    async def _ask_for_tests(self) -> None:
        from assistant.checks.discovery import ProjectTests, likely_tests

        session = self._current.require()
        root, runner = session.snapshot.root, session.workspace.runner
        confinement = await asyncio.to_thread(lambda: runner.confinement)
        if session.workspace.settings.tests or not runner.isolates:
            return
        found = await asyncio.to_thread(likely_tests, root, session.paths)
        if not isinstance(found, ProjectTests):
            return
        consents, command = self._consents(), found.command
        answered = consents.granted(root, command, confinement=confinement)
        if answered or consents.declined(root, command):
            return
        body = (
            f"{command.text}\n({found.why})\n\nThe tests that cover an edit would run before and "
            "after it, with the type checkers and linters that are configured here, on a copy of "
            f"your files in a sandbox ({confinement}): no network, no home folder, and no write "
            "access outside the copy. You are asked once for this repository."
        )
        dialog = ConfirmDialog("Test edits with this repository's tests?", body, yes="Yes", no="No")
        answer = await self.app.push_screen_wait(dialog)
        if answer:
            consents.grant(root, command, confinement=confinement)
        elif answer is False:
            consents.decline(root, command)

    async def _fix(self, argument: str, pasted: str) -> None:
        session = self._current.require()
        if not pasted and "\n" in argument:
            argument, pasted = "", argument
        command = await asyncio.to_thread(self._as_command, argument)
        if command is not None:
            argument = ""
        if pasted and command is None:
            self._starter.run("fix", argument, check=session.check, pasted=pasted)
            return
        purpose = (
            "Its failures show what to fix. Every proposal is checked by running it again, and by "
            "the type checkers and linters that are configured here."
        )
        check = await self._consented(command, purpose)
        if check is not None:
            session.check = check
            self._starter.run("fix", argument, check=check, pasted=pasted)

    def _as_command(self, text: str) -> "CheckCommand | None":
        """Parses text whose first word is a program; returns None for a description."""
        from assistant.checks.commands import parse_command
        from assistant.checks.programs import resolve_program

        if not text:
            return None
        try:
            command = parse_command(text)
            resolve_program(command, self._current.require().snapshot.root)
        except AssistantError:
            return None
        return command

    async def _consented(
        self, wanted: "CheckCommand | None", purpose: str
    ) -> "CheckCommand | None":
        """Returns a command that may run, asking if necessary; None if the user declined."""
        from assistant.checks.commands import find_commands, parse_command

        session = self._current.require()
        root = session.snapshot.root
        confinement = await asyncio.to_thread(lambda: session.workspace.runner.confinement)
        found = [wanted] if wanted else list(await asyncio.to_thread(find_commands, root))
        if not wanted and session.check is not None:
            return session.check
        if not wanted and session.workspace.settings.check:
            found.insert(0, parse_command(session.workspace.settings.check))
        if found and self._consents().granted(root, found[0], confinement=confinement):
            return found[0]
        offers = [(command.text, command.source) for command in found]
        self.known = tuple(text for text, _ in offers)
        consent = await self.app.push_screen_wait(ConsentDialog(offers, confinement, purpose))
        return self._granted(consent, confinement, found)

    def _granted(
        self, consent: Consent | None, confinement: str, found: "Sequence[CheckCommand]"
    ) -> "CheckCommand | None":
        from assistant.checks.commands import parse_command

        if consent is None:
            return None
        command = parse_command(consent.command)
        command = next((each for each in found if each.argv == command.argv), command)
        if consent.always:
            root = self._current.require().snapshot.root
            self._consents().grant(root, command, confinement=confinement)
        return command

    @work(exclusive=True, group="check")
    async def set_check(self, text: str) -> None:
        """Sets the command that checks every proposal. An empty text removes it."""
        try:
            await self._set_check(text)
        except AssistantError as error:
            self._show_error(error)

    async def _set_check(self, text: str) -> None:
        from assistant.checks.commands import parse_command
        from assistant.checks.programs import resolve_program

        session = self._current.require()
        if not text and session.check is not None:
            session.check = None
            self.notify("Proposals are no longer checked with a command.")
            return
        wanted = parse_command(text) if text else None
        if wanted is not None:
            await asyncio.to_thread(resolve_program, wanted, session.snapshot.root)
        purpose = (
            "Every proposal is checked by running it, and by the type checkers and linters that "
            "are configured here."
        )
        check = await self._consented(wanted, purpose)
        if check is not None:
            session.check = check
            self._log_view.add("note", f"Proposals are checked with: {check.text}")
