"""The app: themes, the main screen, and the command palette."""

import time
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.theme import Theme

from assistant.errors import UsageError
from assistant.ui.commands import COMMANDS
from assistant.ui.history import History
from assistant.ui.screens.help import HelpDialog
from assistant.ui.screens.main import MainScreen
from assistant.ui.services import Services
from assistant.ui.themes import DEFAULT, load_themes, theme_folders


class AssistantApp(App[None]):
    """The IDE for one repository."""

    TITLE = "assistant"
    CSS_PATH = "screens/main.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "help", id="app.help", tooltip="Keys and commands"),
        Binding("question_mark", "help", "Help", show=False),
        Binding("ctrl+q", "leave", "quit", show=False, priority=True, id="app.quit"),
        Binding("ctrl+c", "copy_or_leave", show=False, system=True),
    ]

    def __init__(
        self,
        services: Services,
        *,
        clock: Callable[[], float] = time.monotonic,
        reopen: str = "",
    ) -> None:
        """`reopen` names the session to go on with, see `SessionController.reopen_at_start`."""
        super().__init__()
        self._reopen = reopen
        self._services = services
        self._clock = clock
        themes, self._theme_errors = load_themes(theme_folders())
        for name in list(self._registered_themes):
            self.unregister_theme(name)
        self._fallback: Theme = next(t for t in themes if t.name == DEFAULT)
        for theme in themes:
            self.register_theme(theme)
        wanted = services.settings.theme
        if wanted not in self.available_themes:
            self._theme_errors += (self._unknown(wanted),)
            wanted = DEFAULT
        self.theme = wanted

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
        return key.upper() if key in ("f1",) else key

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
        if not isinstance(self.screen, HelpDialog):
            self.push_screen(HelpDialog())

    def action_leave(self) -> None:
        if isinstance(self.screen, MainScreen):
            self.screen.leave()
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
