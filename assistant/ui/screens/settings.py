"""The settings: every one with its value, its source and its meaning, to read and to change."""

from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Button, Input, OptionList
from textual.widgets.option_list import Option

from assistant.errors import AssistantError
from assistant.preferences import Preference, Preferences
from assistant.sanitize import sanitize_line
from assistant.settings import Settings
from assistant.ui.screens.dialogs import Dialog, text
from assistant.ui.widgets.bars import TitleBar
from assistant.ui.widgets.keys import KeyLine
from assistant.ui.widgets.problem import Problem
from assistant.ui.widgets.settings import Meaning, SettingsList


class SettingDialog(Dialog[str]):
    """Asks for the value of one setting, and returns it as text; empty means the default."""

    def __init__(self, preference: Preference, choices: tuple[str, ...]) -> None:
        super().__init__()
        self._preference = preference
        self._choices = choices

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield text(self._preference.name, "title")
            yield text(self._preference.meaning, "quiet")
            if self._choices:
                yield OptionList(
                    *(Option(choice or "(default)") for choice in self._choices),
                    id="choices",
                    markup=False,
                    compact=True,
                )
            else:
                yield text("Value; nothing means the default", "label")
                yield Input(sanitize_line(self._preference.text), id="value", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                if not self._choices:
                    yield Button("Save", id="save", compact=True)

    def on_mount(self) -> None:
        if not self._choices:
            self.query_one(Input).focus()
            return
        options = self.query_one(OptionList)
        now = self._preference.text
        options.highlighted = self._choices.index(now) if now in self._choices else 0
        options.focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._choices[event.option_index])

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        save = event.button.id == "save"
        self.dismiss(self.query_one(Input).value.strip() if save else None)


class SettingsScreen(Screen[None]):
    """Lists the settings. A change is validated, written to the user's file, and taken over."""

    CSS_PATH = "settings.tcss"
    AUTO_FOCUS = "#settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "close", id="settings.back"),
    ]

    def __init__(self, preferences: Preferences, take_over: Callable[[str, Settings], str]) -> None:
        """`take_over` applies a changed setting and says what that means.

        Raises UsageError if the settings cannot be read.
        """
        super().__init__()
        self._preferences = preferences
        self._take_over = take_over
        self._entries = preferences.entries()

    def compose(self) -> ComposeResult:
        yield TitleBar(id="settings-title")
        yield SettingsList(id="settings")
        yield Meaning(id="meaning")
        yield Problem(id="settings-problem")
        yield KeyLine(id="keys")

    @property
    def list(self) -> SettingsList:
        return self.query_one(SettingsList)

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._show_title())
        self._show_title()
        self.list.show(self._entries)

    def _show_title(self) -> None:
        bar = self.query_one(TitleBar)
        style = bar.palette
        path = sanitize_line(str(self._preferences.file))
        bar.show([(" Settings   ", style("primary", "", "bold")), (path, style("muted"))])

    def on_settings_list_highlighted(self, event: SettingsList.Highlighted) -> None:
        event.stop()
        self.query_one(Meaning).show(event.preference)

    def on_settings_list_edit_wanted(self, event: SettingsList.EditWanted) -> None:
        event.stop()
        self._edit(event.preference)

    def on_settings_list_reset_wanted(self, event: SettingsList.ResetWanted) -> None:
        event.stop()
        self._store(event.preference, "")

    @work(exclusive=True)
    async def _edit(self, preference: Preference) -> None:
        choices = preference.choices
        if preference.name == "theme":
            choices = ("", *sorted(self.app.available_themes))
        value = await self.app.push_screen_wait(SettingDialog(preference, choices))
        if value is not None:
            self._store(preference, value)

    def _store(self, preference: Preference, value: str) -> None:
        try:
            settings = self._preferences.store(preference.name, value)
            self._entries = self._preferences.entries()
        except AssistantError as error:
            self.query_one(Problem).show(error)
            return
        self.query_one(Problem).close()
        news = f"Written to {self._preferences.file.name}. "
        news += self._take_over(preference.name, settings)
        self.list.show(self._entries)
        now = next(entry for entry in self._entries if entry.name == preference.name)
        self.query_one(Meaning).show(now, news)

    def action_back(self) -> None:
        """Closes the error, or leaves the screen."""
        if not self.query_one(Problem).close():
            self.dismiss(None)
