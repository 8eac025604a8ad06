"""The entry point of the UI for the command line."""

import os

from rich.console import Console

from assistant.ui.app import AssistantApp
from assistant.ui.services import Services
from assistant.ui.terminal import ask_background, suitable_theme


def run(services: Services, *, reopen: str = "", tour: bool = False) -> int:
    """Runs the app, with or without the tour, until the user leaves it; returns the exit code.

    `reopen` names the session to go on with, see `SessionController.reopen_at_start`. Without a
    theme in the settings, one that suits the terminal is used.
    """
    theme, typed = services.settings.theme, ""
    if not theme:
        answer = ask_background(os.environ)
        theme = suitable_theme(answer, os.environ, Console(stderr=True).color_system)
        typed = answer.typed
    app = AssistantApp(services, theme=theme, typed=typed, reopen=reopen, tour=tour)
    app.run()
    return app.return_code or 0
