"""The app: themes, the main screen, and the command palette."""

import asyncio
import re
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.keys import format_key
from textual.screen import Screen
from textual.theme import Theme

from assistant.errors import UsageError
from assistant.ui.commands import COMMANDS
from assistant.ui.controllers.touring import seen
from assistant.ui.history import History
from assistant.ui.keyhelp import key_sections
from assistant.ui.screens.file import FileScreen
from assistant.ui.screens.help import HelpDialog
from assistant.ui.screens.main import MainScreen
from assistant.ui.screens.search import PlacesScreen
from assistant.ui.services import Services
from assistant.ui.themes import DEFAULT, load_themes, stamps, theme_folders
from assistant.ui.tour import TourLine

THEME_SECONDS = 1.0
"""How often the user's theme files are looked at."""


class AssistantApp(App[None]):
    """The IDE for one repository."""

    TITLE = "assistant"
    CSS_PATH = "screens/main.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "help", id="app.help", tooltip="Keys and commands"),
        Binding("question_mark", "help", "Help", show=False, tooltip="Keys and commands"),
        Binding("ctrl+p", "command_palette", "Command palette", show=False, priority=True),
        Binding("ctrl+q", "leave", "quit", show=False, priority=True, id="app.quit",
                tooltip="Leave the app, or close what covers the main screen"),
        Binding("ctrl+c", "copy_or_leave", show=False, system=True),
    ]  # fmt: skip

    def __init__(
        self,
        services: Services,
        *,
        clock: Callable[[], float] = time.monotonic,
        theme: str = "",
        typed: str = "",
        reopen: str = "",
        tour: bool = False,
    ) -> None:
        """`theme` replaces the one of the settings. `typed` are keys pressed before the start.

        `reopen` names the session to go on with, see `SessionController.reopen_at_start`. With
        `tour`, a line above the task says what to press.
        """
        folders = theme_folders()
        themes, errors = load_themes(folders)
        known = {theme.name: theme for theme in themes}
        wanted = theme or services.settings.theme or DEFAULT
        chosen = wanted if wanted in known else DEFAULT
        # Without colours, Textual removes them from a theme of the terminal and greys all others.
        super().__init__(ansi_color=known[chosen].ansi or None)
        self._reopen = reopen
        self._services = services
        self._clock = clock
        self._typed = typed
        self._tour = tour
        self._theme_folders = folders
        self._theme_stamps = stamps(folders[-1])
        self._fallback: Theme = known[DEFAULT]
        for name in list(self._registered_themes):
            self.unregister_theme(name)
        for known_theme in themes:
            self.register_theme(known_theme)
        self._theme_errors = errors if chosen == wanted else (*errors, self._unknown(wanted))
        self.theme = chosen
        self.set_reactive(AssistantApp.ansi_color, None)  # from now on, by the theme

    def on_mount(self) -> None:
        self.set_interval(THEME_SECONDS, self.reload_themes)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        with suppress(ValueError, RuntimeError):  # Windows, or another thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._terminate)
        for character in self._typed:
            self.simulate_key("enter" if character == "\n" else character)

    def _terminate(self) -> None:
        """Ends the app on SIGTERM and restores the terminal. A second SIGTERM ends it at once."""
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        main = self.screen_stack[0]
        if isinstance(main, MainScreen):
            main.controllers.tasks.cancel()
        self.exit(return_code=128 + signal.SIGTERM)

    async def on_ready(self) -> None:
        main = self.screen_stack[0]
        if self._tour and isinstance(main, MainScreen):
            look = partial(seen, main)
            await main.mount(TourLine(look, id="tour"), before=main.prompt)

    def reload_themes(self) -> None:
        """Loads the user's theme files again if one has changed, and applies the current theme.

        A file with an error is reported, and its theme stays as it was.
        """
        now = stamps(self._theme_folders[-1])
        if now == self._theme_stamps:
            return
        self._theme_stamps = now
        themes, errors = load_themes(self._theme_folders)
        for theme in themes:
            self.register_theme(theme)
        for error in errors:
            self.notify(f"{error.message} {error.hint}", severity="error", markup=False)
        self.mutate_reactive(AssistantApp.theme)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Supplies the theme variables that our style sheets need."""
        return dict(self._fallback.variables) if hasattr(self, "_fallback") else {}

    def get_key_display(self, binding: Binding) -> str:
        """Returns a short name for a key, the same on every platform."""
        if binding.key_display:
            return binding.key_display
        key = binding.key
        for long, short in (("ctrl+", "^"), ("escape", "esc"), ("enter", "⏎"), ("slash", "/")):
            key = key.replace(long, short)
        if "_" in key:  # the name of a character, such as left_curly_bracket
            return format_key(key)
        return key.upper() if re.fullmatch("f[0-9]+", key) else key

    def get_default_screen(self) -> Screen[None]:
        history = History(self._services.settings.state_dir)
        return MainScreen(
            self._services, self._clock, history, self._theme_errors, reopen=self._reopen
        )

    @property
    def theme_names(self) -> tuple[str, ...]:
        """Names of all available themes."""
        return tuple(self.available_themes)

    def use_theme(self, name: str) -> None:
        """Switches the theme. Raises UsageError for an unknown name."""
        if name not in self.available_themes:
            raise self._unknown(name)
        self.theme = name

    def _unknown(self, name: str) -> UsageError:
        known = ", ".join(self.theme_names)
        return UsageError(f"There is no theme {name!r}.", hint=f"Known: {known}.")

    def action_help(self) -> None:
        """Shows the keys of the current screen, or closes the help."""
        if isinstance(self.screen, HelpDialog):
            self.screen.dismiss(None)
        else:
            self.push_screen(HelpDialog(key_sections(self.screen)))

    def action_leave(self) -> None:
        if isinstance(self.screen, MainScreen):
            self.screen.controllers.lifecycle.leave()
        elif isinstance(self.screen, FileScreen | PlacesScreen):
            self.screen.leave(None, quitting=True)
        elif self.screen.is_modal:
            self.screen.dismiss(None)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Lists the entries of the command palette."""
        if isinstance(screen, MainScreen):
            for spec in COMMANDS:
                yield SystemCommand(
                    f"/{spec.name}", spec.summary, lambda s=spec: screen.offer_command(s)
                )
            for name in ("files", "plan", "diff", "checks", "log"):
                yield SystemCommand(
                    f"Go to {name}", f"Show the {name} pane", lambda n=name: screen.action_pane(n)
                )
        for name in self.theme_names:
            yield SystemCommand(
                f"Theme {name}", "Switch the theme", lambda n=name: self.use_theme(n)
            )
