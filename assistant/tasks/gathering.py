"""Owns the first stage of every task: from what the user asked to the context for the model."""

from assistant.context.build import build_context
from assistant.context.bundle import Context
from assistant.errors import UsageError
from assistant.solving.request import TaskRequest, Workspace

ANSWER_TOKENS = 1536
"""Kept free for the answer when the context is filled."""

PROMPT_TOKENS = 700
"""Kept free for the system message, the instructions and the failures."""


def gather_context(workspace: Workspace, request: TaskRequest) -> Context:
    """The context of a request. Raises UsageError for an empty task, ContextError as built."""
    if not request.task.strip():
        raise UsageError("The task is empty.", hint="Say in a sentence what should change.")
    budget = context_budget(workspace.settings.context_tokens)
    return build_context(
        workspace.repository,
        workspace.repository.snapshot(),
        request.selection,
        request.task,
        workspace.counter,
        budget,
    )


def context_budget(limit: int) -> int:
    """Most tokens that the context may take when prompt and answer may take `limit` together."""
    return max(limit - ANSWER_TOKENS - PROMPT_TOKENS, limit // 2)
