"""The key line: the keys that work now, as many as fit, with help at the end."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeGuard

from rich.style import Style
from textual.screen import Screen
from textual.strip import Strip

from assistant.ui.rows import Part, spread, width_of
from assistant.ui.widgets.bars import Bar

_HELP = "help"


class DescribesKeys(Protocol):
    """A widget whose keys do different things at different times."""

    def describe_key(self, action: str) -> str:
        """Describes what the action does now; empty if the binding's description applies."""
        ...


def _describes(node: object) -> TypeGuard[DescribesKeys]:
    return hasattr(node, "describe_key")


class KeyLine(Bar):
    """Shows the keys of the focused widget first, then those of the screen. Keys are clickable."""

    def __init__(
        self,
        urgent: Callable[[], Sequence[tuple[str, str, str]]] = tuple,
        *,
        id: str | None = None,
    ) -> None:
        """`urgent` returns keys to show before all others, in the form of `keys`."""
        super().__init__(id=id)
        self._urgent = urgent

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.refresh()

    def keys(self) -> list[tuple[str, str, str]]:
        """Returns key, display name and description of each key, most important first."""
        shown: dict[str, tuple[str, str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.action not in shown:
                display = self.app.get_key_display(binding)
                now = active.node.describe_key(binding.action) if _describes(active.node) else ""
                shown[binding.action] = (binding.key, display, now or binding.description)
        return [*self._urgent(), *shown.values()]

    def render_line(self, y: int) -> Strip:
        style, width = self.palette, self.size.width
        base = style("muted")
        keys = self.keys()
        right = [p for key in keys if key[2] == _HELP for p in self._key(key, base)]
        left: list[Part] = [(" ", base)]
        room = width - width_of(right) - 1
        for key in (key for key in keys if key[2] != _HELP):
            parts = self._key(key, base)
            if width_of(left) + width_of(parts) <= room:
                left += parts
        return spread(left, right, width).apply_style(self.rich_style)

    def _key(self, key: tuple[str, str, str], base: Style) -> list[Part]:
        name, display, description = key
        meta = Style(meta={"@click": f"app.simulate_key('{name}')"})
        bold = self.palette("primary", "", "bold")
        return [(display, bold + meta), (f" {description}  ", base + meta)]
