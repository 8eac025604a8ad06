"""The entry point of the UI for the command line."""

from assistant.ui.app import AssistantApp
from assistant.ui.services import Services


def run(services: Services, reopen: str = "") -> int:
    """Runs the app until the user leaves it, and returns the exit code.

    `reopen` names the session to go on with, see `SessionController.reopen_at_start`.
    """
    app = AssistantApp(services, reopen=reopen)
    app.run()
    return app.return_code or 0
