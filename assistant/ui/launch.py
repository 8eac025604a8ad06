"""The entry point of the UI for the command line."""

from assistant.ui.app import AssistantApp
from assistant.ui.services import Services


def run(services: Services) -> int:
    """Runs the app until the user leaves it, and returns the exit code."""
    app = AssistantApp(services)
    app.run()
    return app.return_code or 0
