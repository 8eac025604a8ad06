"""Owns the check command on the main screen: which one, the user's consent to it, and /fix.

Nothing runs before `granted` said so; consent is for exactly one command.
"""

import asyncio
from typing import TYPE_CHECKING

from textual import work

from assistant.errors import AssistantError
from assistant.ui.jobs import TaskKind
from assistant.ui.screens.dialogs import Consent, ConsentDialog
from assistant.ui.screens.writing import WritingScreen

if TYPE_CHECKING:
    from assistant.checks.commands import CheckCommand
    from assistant.solving.events import Step


class CheckingScreen(WritingScreen):
    """Asks before any command runs."""

    known_checks: tuple[str, ...] = ()
    """Commands that were found or used, for completion."""

    def run_task(
        self,
        kind: TaskKind,
        task: str,
        *,
        check: "CheckCommand | None" = None,
        step: "Step | None" = None,
        pasted: str = "",
    ) -> None:
        """Starts a task whose check was consented to; the main screen knows how."""
        raise NotImplementedError

    @work(exclusive=True, group="check")
    async def start_fix(self, argument: str, pasted: str) -> None:
        """A fix from pasted text, from a command, or from what the repository suggests."""
        try:
            await self._fix(argument, pasted)
        except AssistantError as error:
            self.show_error(error)

    async def _fix(self, argument: str, pasted: str) -> None:
        session = self.require_session()
        if not pasted and "\n" in argument:
            argument, pasted = "", argument
        command = await asyncio.to_thread(self._as_command, argument)
        if command is not None:
            argument = ""
        if pasted and command is None:
            self.run_task("fix", argument, check=session.check, pasted=pasted)
            return
        purpose = "Its failures show what to fix; every proposal is checked by running it again."
        check = await self._consented(command, purpose)
        if check is not None:
            session.check = check
            self.run_task("fix", argument, check=check, pasted=pasted)

    def _as_command(self, text: str) -> "CheckCommand | None":
        """The text as a command when its first word is a program; None for a description."""
        from assistant.checks.commands import parse_command
        from assistant.checks.programs import resolve_program

        if not text:
            return None
        try:
            command = parse_command(text)
            resolve_program(command, self.require_session().snapshot.root)
        except AssistantError:
            return None
        return command

    async def _consented(
        self, wanted: "CheckCommand | None", purpose: str
    ) -> "CheckCommand | None":
        """A command that may run, after asking where need be; None when the user declined."""
        from assistant.checks.commands import find_commands, parse_command

        session = self.require_session()
        root = session.snapshot.root
        confinement = await asyncio.to_thread(lambda: session.workspace.runner.confinement)
        found = [wanted] if wanted else list(await asyncio.to_thread(find_commands, root))
        if not wanted and session.check is not None:
            return session.check
        if not wanted and session.workspace.settings.check:
            found.insert(0, parse_command(session.workspace.settings.check))
        consents = self.services.consents()
        if found and consents.granted(root, found[0], confinement=confinement):
            return found[0]
        offers = [(command.text, command.source) for command in found]
        self.known_checks = tuple(text for text, _ in offers)
        answer = await self.app.push_screen_wait(ConsentDialog(offers, confinement, purpose))
        return self._granted(answer, confinement)

    def _granted(self, answer: Consent | None, confinement: str) -> "CheckCommand | None":
        from assistant.checks.commands import parse_command

        if answer is None:
            return None
        command = parse_command(answer.command)
        if answer.always:
            root = self.require_session().snapshot.root
            self.services.consents().grant(root, command, confinement=confinement)
        return command

    @work(exclusive=True, group="check")
    async def set_check(self, text: str) -> None:
        """Sets the command that every proposal is checked with; an empty text takes it away."""
        try:
            await self._set_check(text)
        except AssistantError as error:
            self.show_error(error)

    async def _set_check(self, text: str) -> None:
        from assistant.checks.commands import parse_command
        from assistant.checks.programs import resolve_program

        session = self.require_session()
        if not text and session.check is not None:
            session.check = None
            self.notify("Proposals are checked without a command from now on.")
            return
        wanted = parse_command(text) if text else None
        if wanted is not None:
            await asyncio.to_thread(resolve_program, wanted, session.snapshot.root)
        check = await self._consented(wanted, "Every proposal is checked by running it.")
        if check is not None:
            session.check = check
            self.log_view.add("note", f"Proposals are checked with: {check.text}")
