"""Owns the way into the UI: the one function that the command line calls."""

from assistant.ui.app import AssistantApp
from assistant.ui.services import Services


def run(services: Services) -> int:
    """Runs the app until the user leaves it; the exit code of the process."""
    app = AssistantApp(services)
    app.run()
    return app.return_code or 0
