"""Searches in the file on a file screen."""

from assistant.ui.filecolours import Matches
from assistant.ui.finding import beside, following, matches
from assistant.ui.widgets.fileeditor import FileEditor
from assistant.ui.widgets.filereader import FileReader
from assistant.ui.widgets.findbar import FindBar


class FindController:
    """Connects the line to search with the text."""

    def __init__(self, bar: FindBar, view: FileEditor | FileReader) -> None:
        self._bar, self._view = bar, view
        self._matches = Matches()

    def open(self) -> None:
        """Opens the line with what is selected, or with what was searched for last."""
        chosen = self._view.selected_text
        self._bar.open("" if "\n" in chosen else chosen)
        self.find(self._bar.input.value, move=False)

    def close(self) -> bool:
        """Closes the line. Returns False if it was not open."""
        if not self._bar.close():
            return False
        self._view.set_matches(Matches())
        self._view.focus()
        return True

    def refresh(self) -> None:
        """Searches again after the text was edited, if the line is open."""
        if self._bar.is_open:
            self.find(self._bar.input.value, move=False)

    def find(self, text: str, *, move: bool) -> None:
        """Marks all matches, and moves to the first one from the cursor on if asked to."""
        found = matches(self._view.texts(), text)
        self._matches = Matches(found)
        self._view.set_matches(self._matches)
        at = following(found, *self._view.search_start) if found else -1
        self._bar.count(at + 1, len(found))
        if move and found:
            self._view.show_match(found[at])

    def go_on(self, by: int) -> None:
        """Moves to the next match, or to the one before it."""
        found = self._matches.found
        if found:
            at = beside(found, *self._view.search_start, by)
            self._view.show_match(found[at])
            self._bar.count(at + 1, len(found))
