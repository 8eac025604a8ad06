"""The entry point of the UI for the command line."""

import os

from rich.console import Console
from textual import constants

from assistant.ui.app import AssistantApp
from assistant.ui.services import Services
from assistant.ui.terminal import ask_background, end_with_terminal, suitable_theme


def run(services: Services, *, reopen: str = "", tour: bool = False) -> int:
    """Runs the app, with or without the tour, until the user leaves it; returns the exit code.

    `reopen` names the session to go on with, see `SessionController.reopen_at_start`. Without a
    theme in the settings, one that suits the terminal is used.
    """
    theme, typed = services.settings.theme, ""
    if not theme:
        answer = ask_background(os.environ)
        theme = suitable_theme(answer, os.environ, _colours())
        typed = answer.typed
    end_with_terminal()
    app = AssistantApp(services, theme=theme, typed=typed, reopen=reopen, tour=tour)
    app.run()
    return app.return_code or 0


def _colours() -> str | None:
    """The colour system, as Rich names it: the one that Textual was told, else the terminal's."""
    told = constants.COLOR_SYSTEM
    return told if told != "auto" else Console(stderr=True).color_system
