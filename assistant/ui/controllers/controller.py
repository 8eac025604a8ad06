"""The common parent of the controllers that run workers or receive messages."""

from textual.widget import Widget


class Controller(Widget):
    """An invisible node of the screen. It runs workers and handles the messages they post."""

    DEFAULT_CSS = "Controller { display: none; }"
