"""Runs actions in threads and turns their failures into messages."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from assistant.errors import AssistantError, EngineError


@dataclass
class ActionFailed(Message):
    """An action outside a task failed, such as opening, writing or undoing."""

    error: AssistantError


def guarded(action: Callable[[], Message]) -> Message:
    """Returns the action's message, or `ActionFailed` if it raises. Meant for threads."""
    try:
        return action()
    except AssistantError as error:
        return ActionFailed(error)
    except Exception as error:  # noqa: BLE001 - boundary of a thread: the app must survive
        return ActionFailed(internal_error(error))


def internal_error(error: Exception) -> AssistantError:
    """Wraps an unexpected exception in an error that can be shown to the user."""
    return EngineError(
        f"Internal error: {type(error).__name__}: {error}",
        hint="Nothing was written. Try again; if it happens again, report it with this message.",
    )
