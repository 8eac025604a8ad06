"""Draws the interface for a page of `assistant.ui.web.server`."""

import os
from typing import Any

from textual.drivers.web_driver import WebDriver
from textual.messages import ExitApp

_OURS = ("COLUMNS", "ROWS", "TERM_PROGRAM", "TERM_PROGRAM_VERSION")


class PageDriver(WebDriver):
    """Ends the program when the server is gone, and keeps what was said to it from others."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Checks and editors would draw for a page, or for its width.
        for name in [*_OURS, *(name for name in os.environ if name.startswith("TEXTUAL"))]:
            os.environ.pop(name, None)

    def run_input_thread(self) -> None:
        super().run_input_thread()
        self._app.post_message(ExitApp())
