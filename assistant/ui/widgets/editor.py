"""A text area that keeps the order of keys in a fast burst."""

from textual import events
from textual.widgets import TextArea


class Editor(TextArea):
    async def _on_key(self, event: events.Key) -> None:
        """Runs the actions of this widget at once instead of after bubbling to the app.

        Otherwise, in a fast burst of keys, a letter would overtake the backspace before it.
        """
        bound = self._bindings.key_to_bindings.get(event.key, [])
        for binding in bound:
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return
        await super()._on_key(event)
