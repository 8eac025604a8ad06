"""Says what a task would read, without asking the model."""

from collections.abc import Iterator
from dataclasses import replace

from assistant.context.bundle import Context
from assistant.context.confidential import values_in
from assistant.credentials.redacting import Placeholders
from assistant.engine.redacting import RedactingEngine
from assistant.prompt.conversation import fitting
from assistant.prompt.parts import Composition, composition
from assistant.solving.events import ContextRead, Event
from assistant.solving.request import TaskRequest, Workspace
from assistant.tasks.ask import question_context
from assistant.tasks.evident import has_many_sources
from assistant.tasks.gathering import context_budget, read_context, whole_selection
from assistant.tasks.plan import INSTRUCTIONS
from assistant.tasks.recognizing import with_names


def preview(workspace: Workspace, request: TaskRequest, kind: str) -> Composition:
    """The parts of the prompt of a plan, an edit, a fix or a question.

    The same code as in the task decides. Without a task it is what all tasks on the selection
    share. Raises ContextError if the selection cannot be sent.
    """
    workspace = workspace.for_request()
    if request.task.strip():
        named = with_names(workspace, request)
        events = _reading(workspace, named, kind)
        found = (event.context for event in events if isinstance(event, ContextRead))
        context = next(found, _nothing(workspace))
    elif request.selection:
        context = whole_selection(workspace, request.selection)
    else:
        context = _nothing(workspace)
    return composition_of(workspace, request, context, kind)


def composition_of(
    workspace: Workspace, request: TaskRequest, context: Context, kind: str
) -> Composition:
    """The parts of the prompt of a task that reads this context, without the keys that the engine
    does not read either."""
    earlier = request.said.earlier if kind == "ask" else ()
    kept = fitting(earlier, workspace.counter, workspace.settings.window)
    found = composition(context, request.task, kept, request.selection, workspace.counter)
    hide = Placeholders(allowed=lambda: _allowed(workspace, request)).hide
    return replace(found, parts=tuple(replace(p, text=hide(p.text)) for p in found.parts))


def _allowed(workspace: Workspace, request: TaskRequest) -> frozenset[str]:
    """The secrets that the engine reads: none on another machine."""
    if isinstance(workspace.engine, RedactingEngine):
        return frozenset()
    said = (request.task, request.pasted, *(each.question for each in request.said.earlier))
    return values_in(workspace.repository, request.selection, *said)


def _reading(workspace: Workspace, request: TaskRequest, kind: str) -> Iterator[Event]:
    if kind == "ask":
        return question_context(workspace, request)
    if kind != "plan":
        return read_context(workspace, request)
    if not request.selection and has_many_sources(workspace):
        return iter(())  # the evidence chooses the places; the model reads no code
    return read_context(workspace, request, brief=INSTRUCTIONS)


def _nothing(workspace: Workspace) -> Context:
    return Context((), "", 0, 0, context_budget(workspace.settings.window))
