"""Leads from a file screen to other places: a line, a definition, uses, the task, an editor."""

import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from assistant.context.bundle import Selected
from assistant.errors import UsageError
from assistant.repo.units import Unit
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.filework import DefinitionsFound
from assistant.ui.controllers.opening import SentToTask, Target
from assistant.ui.externaleditor import EditorCommand, editor_command
from assistant.ui.fileaccess import FileAccess
from assistant.ui.outline import covering
from assistant.ui.screens.outline import GoToDialog
from assistant.ui.widgets.fileeditor import FileEditor
from assistant.ui.widgets.filereader import FileReader

if TYPE_CHECKING:
    from assistant.refactoring.navigation import Position
    from assistant.ui.screens.file import FileScreen


class NavigationController(Controller):
    """Acts on the place of the cursor."""

    def __init__(
        self, screen: "FileScreen", access: FileAccess, view: FileEditor | FileReader
    ) -> None:
        super().__init__(id="navigation")
        self._file_screen, self._access, self._view = screen, access, view

    def choose_line(self) -> None:
        """Lets the user choose a line or a unit, and goes there."""
        dialog = GoToDialog(self._view.position[0] + 1)
        self.app.push_screen(dialog, self._went)
        self._with_units(dialog.show)

    def _with_units(self, then: Callable[[tuple[Unit, ...]], object]) -> None:
        screen = self._file_screen
        screen.file_work.list_units(screen.file, self._view.text, then)

    def _went(self, line: int | None) -> None:
        if line is not None:
            self._view.go_to(line - 1)

    # Names

    def find_definition(self) -> None:
        """Begins to look for the definition of the name at the cursor."""
        from assistant.refactoring.navigation import name_at

        at = self._position()
        name = name_at(self._view.texts()[at.line - 1], at.column)
        screen = self._file_screen
        screen.file_work.find_definition(at, name, screen.file, self._view.text)

    def show_definitions(self, message: DefinitionsFound) -> str:
        """Goes to the definition, or lists several. Returns a note for the title."""
        screen = self._file_screen
        if len(message.found) > 1:
            screen.opener.list(f"Definitions of {message.name}", message.results)
            return ""
        found = message.found[0]
        line = max(found.line - 1, 0)
        if found.path != screen.file.path:
            screen.opener.open(Target(found.path, line + 1))
            return ""
        if line == self._view.position[0]:
            return "this is the definition"
        text = self._view.texts()[line] if line < len(self._view.texts()) else ""
        self._view.go_to(line, max(0, text.find(message.name)))
        return ""

    def find_references(self) -> None:
        """Begins to look for the uses of the name at the cursor."""
        screen = self._file_screen
        screen.file_work.find_references(self._position(), screen.file, self._view.text)

    def _position(self) -> "Position":
        from assistant.refactoring.navigation import Position

        line, column = self._view.position
        return Position(self._file_screen.file.path, line + 1, column)

    # The task line

    def send(self) -> None:
        """Selects the unit around the chosen lines for a task. Raises UsageError before a save."""
        self._require_saved("A task reads the file as it is on disk.")
        self._with_units(self._send)

    def _send(self, units: tuple[Unit, ...]) -> None:
        first, last = self._view.line_range
        unit = covering(units, first + 1, last + 1)
        path = self._file_screen.file.path
        self.post_message(SentToTask(Selected(path, unit.name if unit else "")))

    # The user's own editor

    def open_editor(self) -> None:
        """Opens the user's editor at the line of the cursor, and reads the file again after it.

        Raises UsageError before a save, or if there is no editor that can be started.
        """
        self._require_saved("The editor reads the file as it is on disk.")
        line, column = self._view.position
        path = self._file_screen.file.path
        root = self._access.root
        command = editor_command(root / path, line + 1, column + 1, root=root)
        try:
            if command.windowed:
                self._open_window(command)
                self._file_screen.title_bar.note("opened in its own window")
            else:
                self._run(command)
        except SuspendNotSupported as error:
            raise UsageError(
                "The terminal cannot be handed over to an editor here.",
                hint="Set VISUAL to an editor with a window of its own, such as code.",
            ) from error
        except OSError as error:
            raise UsageError(
                f"{command.argv[0]} cannot be started: {error.strerror or error}",
                hint="Set the variable VISUAL or EDITOR to another editor, and start again.",
            ) from error
        self._file_screen.file_work.look()

    def _run(self, command: EditorCommand) -> None:
        with self.app.suspend():
            code = subprocess.run(command.argv, cwd=self._access.root, check=False).returncode
        self.app.refresh(layout=True)
        if code:
            self._file_screen.title_bar.note(f"the editor ended with exit code {code}")

    def _open_window(self, command: EditorCommand) -> None:
        quiet = subprocess.DEVNULL
        subprocess.Popen(
            command.argv,
            cwd=self._access.root,
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            start_new_session=True,
        )

    def _require_saved(self, why: str) -> None:
        if self._file_screen.changed:
            raise UsageError("This text is not saved yet.", hint=f"{why} Press ^s first.")
