"""The file screen: one file, as text to read and to edit.

Returns what is sent to the task line, or None.
"""

from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import TextArea

from assistant.context.bundle import Selected
from assistant.errors import AssistantError, UsageError
from assistant.ui.controllers.filework import (
    DefinitionsFound,
    DiskChanged,
    FileWork,
    Painted,
    ReferencesFound,
    Saved,
    UnitsListed,
)
from assistant.ui.controllers.finding import FindController
from assistant.ui.controllers.ghosts import GhostController
from assistant.ui.controllers.navigation import NavigationController
from assistant.ui.controllers.opening import Opener, SentToTask, Target
from assistant.ui.fileaccess import FileAccess
from assistant.ui.filetext import OpenedFile, line_texts
from assistant.ui.screens.dialogs import ConfirmDialog
from assistant.ui.widgets.fileeditor import FileEditor
from assistant.ui.widgets.filereader import FileReader
from assistant.ui.widgets.filetitle import FileState, FileTitle
from assistant.ui.widgets.findbar import FindBar
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.lines import CursorView
from assistant.ui.widgets.problem import Problem
from assistant.ui.workers import ActionFailed


class FileScreen(Screen[Selected | None]):
    """Shows one file in an editor, or in a reader if it cannot be edited."""

    CSS_PATH = "file.tcss"
    AUTO_FOCUS = "#file"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", id="file.back"),
        Binding("ctrl+s", "save", "save", id="file.save", tooltip="Save; it can be undone"),
        Binding("ctrl+f", "find", "find", id="file.find", priority=True,
                tooltip="Find in the file"),
        Binding("f12", "definition", "definition", id="file.definition",
                tooltip="Go to the definition of the name at the cursor"),
        Binding("shift+f12,f24", "references", "uses", id="file.references", key_display="⇧F12",
                tooltip="List the uses of the name at the cursor"),
        Binding("ctrl+l", "go_to", "go to", id="file.goto", priority=True,
                tooltip="Go to a line or unit"),
        Binding("ctrl+r", "send", "to the task", id="file.send",
                tooltip="Select the unit around the cursor for a task"),
        Binding("ctrl+o", "external", "editor", id="file.external",
                tooltip="Open $VISUAL or $EDITOR at this line"),
    ]  # fmt: skip
    # What is typed after a key with priority never ends up in the text.

    def __init__(self, access: FileAccess, file: OpenedFile, target: Target) -> None:
        super().__init__()
        self.file = file
        self._target = target
        self.view: FileEditor | FileReader = (
            FileEditor(file, id="file")
            if file.editable
            else FileReader(line_texts(file), id="file")
        )
        self.title_bar = FileTitle(id="file-title")
        self.find_bar = FindBar(id="find")
        self.problem = Problem(id="problem")
        self.file_work = FileWork(access, file.path)
        self.opener = Opener(lambda: access)
        self.finder = FindController(self.find_bar, self.view)
        self.navigation = NavigationController(self, access, self.view)
        self.ghosts = (
            GhostController(access.completions, self.view, file.path)
            if isinstance(self.view, FileEditor)
            else None
        )

    def compose(self) -> ComposeResult:
        yield self.title_bar
        yield self.view
        yield self.find_bar
        yield self.problem
        yield KeyLine(id="keys")
        yield self.file_work
        yield self.opener
        yield self.navigation
        if self.ghosts is not None:
            yield self.ghosts

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._redraw())
        self.view.go_to(self._target.line - 1, self._target.start, self._target.end)
        self._show_title()
        self.file_work.watch_disk()
        self.file_work.paint(self.view.texts, at_once=True)

    @property
    def changed(self) -> bool:
        """True if there is text that is not saved."""
        return isinstance(self.view, FileEditor) and self.view.text != self.file.text

    def _redraw(self) -> None:
        self._show_title()
        self.view.redraw()

    def _show_title(self) -> None:
        line, column = self.view.position
        searching = self.file_work.searching
        state = FileState(
            self.file.path, self.file.reason, line + 1, column + 1, self.changed, searching
        )
        self.title_bar.show_file(state)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A file that is only read has no cursor in a line, and cannot be saved."""
        if action in ("save", "definition", "references"):
            return self.file.editable
        return True

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.problem.close()
        self._show_title()
        self.file_work.paint(self.view.texts)
        self.finder.refresh()
        if self.ghosts is not None:
            self.ghosts.changed()

    @on(TextArea.SelectionChanged)
    @on(CursorView.Clicked)
    def _moved(self, event: TextArea.SelectionChanged | CursorView.Clicked) -> None:
        event.stop()
        self._show_title()
        if self.ghosts is not None:
            self.ghosts.moved()

    # Leaving

    def action_back(self) -> None:
        """Closes what is open on the screen, then the screen."""
        if self.problem.close():
            return
        if self.finder.close():
            return
        if self.file_work.stop():
            self._show_title()
        else:
            self.leave(None)

    @work(exclusive=True, group="leave")
    async def leave(self, selected: Selected | None, *, quitting: bool = False) -> None:
        """Closes the screen, and then the app if it is to quit. Asks if text would be lost."""
        if self.changed:
            question = ConfirmDialog(
                "Close without saving?",
                f"What you changed in {self.file.path} will be lost. To keep it, press n and ^s.",
                yes="Close",
                no="Stay",
            )
            if not await self.app.push_screen_wait(question):
                return
        self.dismiss(selected)
        if quitting:
            self.app.call_later(self.app.run_action, "app.leave")

    # Saving, and the file on disk

    def action_save(self) -> None:
        if isinstance(self.view, FileEditor):
            self.file_work.save(self.file, self.view.text)

    def on_saved(self, message: Saved) -> None:
        message.stop()
        self.file = message.file
        self.problem.close()
        self._show_title()
        self.title_bar.note("saved" if message.changed else "nothing to save")
        self.file_work.paint(self.view.texts, at_once=True)

    def on_disk_changed(self, message: DiskChanged) -> None:
        message.stop()
        path = self.file.path
        if message.file is None:
            self.problem.show(UsageError(f"{path} was removed, or is no text any more.", hint=""))
        elif message.file.data == self.file.data:
            return
        elif self.changed or message.file.editable != self.file.editable:
            self.problem.show(
                UsageError(
                    f"{path} has changed on disk since it was read.",
                    hint="It will not be overwritten. Close and open it again to see it.",
                )
            )
        else:
            self._show_again(message.file)

    def _show_again(self, file: OpenedFile) -> None:
        self.file = file
        if isinstance(self.view, FileEditor):
            self.view.replace_text(file.text)
        else:
            self.view.show_lines(line_texts(file))
        self.file_work.paint(self.view.texts, at_once=True)
        self._show_title()
        self.title_bar.note("read again")

    def on_painted(self, message: Painted) -> None:
        message.stop()
        self.view.set_colours(message.colours)
        self.view.set_marks(message.marks)

    # Finding

    def action_find(self) -> None:
        self.finder.open()

    @on(FindBar.Wanted)
    def _find_wanted(self, event: FindBar.Wanted) -> None:
        event.stop()
        self.finder.find(event.text, move=True)

    @on(FindBar.NextWanted)
    def _next_wanted(self, event: FindBar.NextWanted) -> None:
        event.stop()
        self.finder.go_on(event.by)

    # Going to other places

    def action_go_to(self) -> None:
        self.navigation.choose_line()

    def action_definition(self) -> None:
        self._try(self.navigation.find_definition)

    def action_references(self) -> None:
        self._try(self.navigation.find_references)

    def action_send(self) -> None:
        self._try(self.navigation.send)

    def action_external(self) -> None:
        self._try(self.navigation.open_editor)

    def _try(self, action: Callable[[], None]) -> None:
        self.problem.close()
        try:
            action()
        except AssistantError as error:
            self.problem.show(error)
        self._show_title()

    def on_units_listed(self, message: UnitsListed) -> None:
        message.stop()
        message.then(message.units)

    def on_definitions_found(self, message: DefinitionsFound) -> None:
        message.stop()
        self._show_title()
        self.title_bar.note(self.navigation.show_definitions(message))

    def on_references_found(self, message: ReferencesFound) -> None:
        message.stop()
        self._show_title()
        self.opener.list(f"Uses of {message.label}", message.results)

    def on_action_failed(self, message: ActionFailed) -> None:
        message.stop()
        self._show_title()
        self.problem.show(message.error)

    def on_sent_to_task(self, message: SentToTask) -> None:
        """A screen above this one, or this one itself, sends something to the task line."""
        message.stop()
        self.leave(message.selected)
