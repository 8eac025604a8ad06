"""Shows what the program can say about itself: its settings, and the diagnosis of this machine."""

from dataclasses import replace

from assistant.errors import UsageError
from assistant.preferences import LIVE
from assistant.settings import Settings
from assistant.ui.controllers.controller import Controller
from assistant.ui.controllers.requests import TaskStarter
from assistant.ui.services import Installation
from assistant.ui.session import CurrentSession


class AboutController(Controller):
    """Handles /settings and /doctor."""

    def __init__(
        self, installation: Installation | None, current: CurrentSession, starter: TaskStarter
    ) -> None:
        super().__init__(id="about")
        self._installation = installation
        self._current = current
        self._starter = starter

    def show_settings(self) -> None:
        """Opens the settings. Raises UsageError if they cannot be read or are not known."""
        from assistant.ui.screens.settings import SettingsScreen

        self.app.push_screen(SettingsScreen(self._known().preferences, self.take_over))

    def show_diagnosis(self) -> None:
        """Opens the diagnosis. Raises UsageError where there is none."""
        from assistant.ui.screens.diagnosis import DiagnosisScreen

        self.app.push_screen(DiagnosisScreen(self._known().diagnose))

    def take_over(self, name: str, settings: Settings) -> str:
        """Applies a setting to what runs, and returns what that means for the user."""
        if name not in LIVE:
            return "It applies after a restart."
        if name == "theme":
            if settings.theme not in self.app.available_themes:  # none, or one that is gone
                return "The terminal decides after a restart."
            self.app.theme = settings.theme
        if (session := self._current.value) is not None:
            now = replace(session.workspace.settings, **{name: getattr(settings, name)})
            session.workspace = replace(session.workspace, settings=now)
        self._starter.forget_choices()
        return "It applies now."

    def _known(self) -> Installation:
        if self._installation is None:
            raise UsageError(
                "The settings of this run are not known.", hint="Start the program itself."
            )
        return self._installation
