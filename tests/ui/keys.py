"""Text that is entered at once, for tests that are not about typing."""

from textual import events
from textual.pilot import Pilot


async def enter(pilot: Pilot[None], text: str, *keys: str) -> None:
    """Pastes a text into the widget that has the focus, and presses keys.

    The pilot waits until the process is idle at every key, so pressing one key for each character
    takes seconds.
    """
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()
    await pilot.press(*keys)
