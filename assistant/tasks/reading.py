"""Prefills the part of the prompt that all tasks on a selection share."""

from collections.abc import Iterator

from assistant.context.build import stable_context
from assistant.context.bundle import Selected
from assistant.context.confidential import values_in
from assistant.engine.base import Cancel, Prefill, Request
from assistant.engine.redacting import withholding
from assistant.prompt.builder import stable_messages
from assistant.solving.request import Workspace
from assistant.tasks.gathering import context_budget


def read_ahead(
    workspace: Workspace, selection: tuple[Selected, ...], cancel: Cancel
) -> Iterator[Prefill]:
    """Prefills a selection into the engine's prefix cache. Does nothing if it is empty.

    Secrets are read as by a task: those of the selection, and no others.

    Raises ContextError if the selection cannot be sent.
    """
    if not selection:
        return
    context = stable_context(
        workspace.repository,
        workspace.repository.snapshot(),
        selection,
        workspace.counter,
        context_budget(workspace.settings.window),
    )
    if not cancel.is_set:
        engine = withholding(workspace.engine, lambda: values_in(workspace.repository, selection))
        yield from engine.warm(Request(stable_messages(context)), cancel)
