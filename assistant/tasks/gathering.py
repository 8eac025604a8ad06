"""Builds the context of a task, the first stage of every task."""

from collections.abc import Collection, Generator, Iterator
from dataclasses import replace

from assistant.context.build import build_context
from assistant.context.bundle import Context, Selected
from assistant.errors import UsageError
from assistant.intent.reading import read_intent
from assistant.repo.search import missing
from assistant.review.comments import quoted
from assistant.solving.events import ContextRead, Event, NamesMissing, Phase, PhaseStarted, Verb
from assistant.solving.request import TaskRequest, Workspace
from assistant.tasks.paths import with_secrets_protected

ANSWER_TOKENS = 1536
"""Tokens reserved for the generated text."""

PROMPT_TOKENS = 700
"""Tokens reserved for the system message, the instructions and the failures."""


BRIEF_TOKENS = 1_500
"""Tokens that a question or a plan reads before the first word, where nothing is selected."""

UNASKED_WINDOW = 8192
"""Upper limit on the window from which the budget of automatically chosen files is computed:
reading more takes too long."""


def read_context(
    workspace: Workspace,
    request: TaskRequest,
    focus: Collection[str] = (),
    about: str = "",
    *,
    brief: int = 0,
    most: int = 0,
) -> Generator[Event, None, Context]:
    """Builds the context like `gather_context`, and reports what is read.

    With `brief`, the tokens of its instructions, the prompt has at most BRIEF_TOKENS where nothing
    is selected, or `most` if that is less.
    """
    yield PhaseStarted(Phase.CONTEXT)
    if brief and not request.selection:
        require_task(request)
        words = f"{request.task}\n{about}".strip()
        context = _built(
            workspace, (), words, (), _brief_room(workspace, request.task, brief, most)
        )
    else:
        context = gather_context(workspace, request, focus, about)
    context = replace(context, remarks=quoted(request.said.comments))
    yield ContextRead(context)
    yield from missing_names(workspace, request)
    return context


def _brief_room(workspace: Workspace, task: str, instructions: int, most: int) -> int:
    """Tokens left for code; a third of all at least, however long the task is."""
    left = min(most or BRIEF_TOKENS, BRIEF_TOKENS) - instructions - workspace.counter.count(task)
    return max(left, BRIEF_TOKENS // 3)


def missing_names(workspace: Workspace, request: TaskRequest) -> Iterator[NamesMissing]:
    """Says which names of the task are in no file, without those that it adds."""
    intent = read_intent(request.task)
    names = set(intent.code_names) - {each.name for each in intent.additions}
    names -= {each.new for each in intent.renamings}
    found = missing(workspace.repository.git, workspace.repository.index, names)
    if found:
        yield NamesMissing(found)


def gather_context(
    workspace: Workspace, request: TaskRequest, focus: Collection[str] = (), about: str = ""
) -> Context:
    """Builds the context of a request; the file of its step is always part of it.

    A file for secrets may be changed only where the task names it, or the step.

    `focus` holds labels of units that matter most, and `about` words that the task lacks, such as
    those of failures. Raises UsageError for an empty task, and ContextError.
    """
    require_task(request)
    step = request.step
    if step is not None and step.verb is Verb.CREATE:
        step = None
    task = f"{request.task}\n{about}".strip()
    focus = (step.target, *focus) if step is not None else focus
    context = _built(workspace, request.selection, task, focus)
    if step is not None and step.path and context.file(step.path) is None:
        context = _built(workspace, (*request.selection, Selected(step.path)), task, focus)
    return with_secrets_protected(context, request)


def _built(
    workspace: Workspace,
    selection: tuple[Selected, ...],
    task: str,
    focus: Collection[str],
    brief: int = 0,
) -> Context:
    return build_context(
        workspace.repository,
        workspace.repository.snapshot(),
        selection,
        task,
        workspace.counter,
        (context_budget if selection else unasked_budget)(workspace.settings.window),
        focus,
        brief,
    )


def whole_selection(workspace: Workspace, selection: tuple[Selected, ...]) -> Context:
    """What is read of a selection while there is no task. Raises ContextError."""
    return _built(workspace, selection, "", ())


def require_task(request: TaskRequest) -> None:
    """Raises UsageError for an empty task."""
    if not request.task.strip():
        raise UsageError("The task is empty.", hint="Describe in a sentence what to change.")


def context_budget(limit: int) -> int:
    """Maximum tokens of the context if prompt and generation share `limit` tokens."""
    return max(limit - ANSWER_TOKENS - PROMPT_TOKENS, limit // 2)


def unasked_budget(limit: int) -> int:
    """As `context_budget`, for what is read although nothing is selected."""
    return context_budget(min(limit, UNASKED_WINDOW))
