"""Builds the context of a task, the first stage of every task."""

from assistant.context.build import build_context
from assistant.context.bundle import Context
from assistant.errors import UsageError
from assistant.solving.request import TaskRequest, Workspace

ANSWER_TOKENS = 1536
"""Tokens reserved for the generated text."""

PROMPT_TOKENS = 700
"""Tokens reserved for the system message, the instructions and the failures."""


def gather_context(workspace: Workspace, request: TaskRequest) -> Context:
    """Builds the context of a request. Raises UsageError for an empty task, and ContextError."""
    require_task(request)
    budget = context_budget(workspace.settings.context_tokens)
    return build_context(
        workspace.repository,
        workspace.repository.snapshot(),
        request.selection,
        request.task,
        workspace.counter,
        budget,
    )


def require_task(request: TaskRequest) -> None:
    """Raises UsageError for an empty task."""
    if not request.task.strip():
        raise UsageError("The task is empty.", hint="Describe in a sentence what to change.")


def context_budget(limit: int) -> int:
    """Maximum tokens of the context if prompt and generation share `limit` tokens."""
    return max(limit - ANSWER_TOKENS - PROMPT_TOKENS, limit // 2)
