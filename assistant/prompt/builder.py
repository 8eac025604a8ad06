"""Builds the messages of a request from a context and a task.

What changes least comes first: system message, outline, files. The task comes last, so that the
engine can reuse the prefix for the next task. The wording is in `templates/`.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from string import Template

from assistant.checks.results import Failure
from assistant.context.bundle import Context, ContextFile
from assistant.context.render import fence_for, language_of, render_file, shown
from assistant.engine.base import Message, SourceFile
from assistant.prompt.conversation import Exchange
from assistant.repo.units import UnitKind
from assistant.resources import templates_dir

MAX_FAILURES = 3
"""Most failures in a prompt: the first ones say most, and each one costs prefill."""

MAX_FAILURE_LINES = 12

_DEFINED = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)
_TASK_FILE, _STUBS = "TASK.md", "stubs"
"""Where a repository that the model continues has the task, and the current code."""


def stable_messages(context: Context) -> tuple[Message, ...]:
    """The prefix that all tasks with the same selection share; it is prefilled ahead of time."""
    return _messages(context, "")


def plan_messages(
    context: Context, task: str, targets: Sequence[str], most: int
) -> tuple[Message, ...]:
    """Asks for a plan of at most `most` steps for the given targets: paths, and path::unit."""
    names: dict[str, list[str]] = {}
    for target in targets:
        path, _, unit = target.partition("::")
        names.setdefault(path, []).extend([unit] if unit else [])
    # Each path is listed once: repeated for each unit, paths would be most of the prompt.
    listed = "\n".join(f"{path}: {', '.join(units)}".rstrip(": ") for path, units in names.items())
    return _messages(context, _fill("plan", task=task, targets=listed, most=str(most)))


def plan_places_messages(task: str, places: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
    """Asks for a sentence about each place of a plan: the begin of its line, and what is there."""
    listed = "\n".join(f"{line}   ({there})" if there else line for line, there in places)
    return (_system(), Message("user", _fill("plan_places", task=task, places=listed)))


def choose_messages(
    context: Context, task: str, choices: Sequence[str], notes: str = ""
) -> tuple[Message, ...]:
    """Asks for the letter of the choice to change. Choices are labelled A, B, C ..."""
    listed = "\n".join(f"{letter(index)}. {choice}" for index, choice in enumerate(choices))
    context = replace(context, remarks="")  # they are about other places
    return _messages(context, _fill("choose", task=task, choices=listed, notes=notes))


def rewrite_messages(
    context: Context,
    task: str,
    file: ContextFile,
    *,
    name: str,
    current: str,
    notes: str = "",
    reasons: bool = False,
) -> tuple[Message, ...]:
    """Asks for a unit of a file to be rewritten, or the whole file when `name` is empty.

    `current` repeats the unit's code right before the reply; leave it empty when the context is so
    short that the code is near anyway. With `reasons`, the reply begins with a sentence or two
    about what has to change.
    """
    shown = f"\nThe code now:\n\n{_fenced(current, file.path)}\n" if current else ""
    template = f"{'reason' if reasons else 'rewrite'}_{'unit' if name else 'file'}"
    body = _fill(template, task=task, path=file.path, name=name, current=shown, notes=notes)
    return _messages(context, body)


def follow_messages(task: str, path: str, current: str, notes: str = "") -> tuple[Message, ...]:
    """Asks for the result of an instruction on a piece of code, without any other context.

    The wording is that of instruction tuning on commits, which code models know (OctoPack,
    https://arxiv.org/abs/2308.07124, and others).
    """
    body = _fill("follow", task=task, current=_fenced(current, path), notes=notes)
    return (_system(), Message("user", body))


def unwritten_messages(
    context: Context, task: str, path: str, name: str, notes: str = ""
) -> tuple[Message, ...]:
    """Asks for a unit whose body the context does not show."""
    return _messages(context, _fill("write_anew", task=task, path=path, name=name, notes=notes))


def insert_messages(context: Context, task: str, path: str, notes: str = "") -> tuple[Message, ...]:
    """Asks for code to add to a file."""
    return _messages(context, _fill("insert_unit", task=task, path=path, notes=notes))


def member_messages(
    context: Context, task: str, path: str, owner: str, notes: str = ""
) -> tuple[Message, ...]:
    """Asks for a member to add to a type."""
    return _messages(context, _fill("insert_member", task=task, path=path, name=owner, notes=notes))


def create_messages(context: Context, task: str, path: str, notes: str = "") -> tuple[Message, ...]:
    """Asks for a file that does not exist yet."""
    return _messages(context, _fill("create_file", task=task, path=path, notes=notes))


def continued_files(context: Context, task: str, path: str, before: str) -> tuple[SourceFile, ...]:
    """The context as a repository in which the file `path` has been written up to `before`.

    The current file is included under another name, because it has the names of the other
    definitions. A file with a single definition is left out: the model would only copy it.
    """
    others = (file for file in context.files if file.path != path)
    now = context.file(path)
    if now is not None and sum(unit.kind in _DEFINED for unit in now.units) < 2:
        now = None
    return (
        *(SourceFile(file.path, f"{shown(file.text).rstrip()}\n") for file in others),
        SourceFile(_TASK_FILE, f"{task.strip()}\n"),
        *([SourceFile(f"{_STUBS}/{path}", f"{shown(now.text).rstrip()}\n")] if now else []),
        SourceFile(path, before),
    )


def generated_tests_messages(context: Context, task: str, path: str) -> tuple[Message, ...]:
    """Asks for assertions about a Python file as it will be once the task is done."""
    return _messages(context, _fill("generated_tests", task=task, path=path))


def ask_messages(
    context: Context, question: str, earlier: Sequence[Exchange] = ()
) -> tuple[Message, ...]:
    """Asks a question about the code in context, after those that were answered before."""
    asked = _fill("ask", task=question)
    if not earlier:
        return _messages(context, asked)
    messages = list(_messages(context, _fill("asked_before", task=earlier[0].question)))
    for before, exchange in zip([None, *earlier], earlier, strict=False):
        if before is not None:
            messages.append(Message("user", _fill("asked_before", task=exchange.question)))
        messages.append(Message("assistant", exchange.answer))
    return (*messages, Message("user", asked))


def failure_notes(failures: Sequence[Failure], sources: Sequence[str] = ()) -> str:
    """Failures for the `notes` of a prompt: messages, frames, and the code of the failing tests."""
    if not failures:
        return ""
    parts = [_failure(failure) for failure in failures[:MAX_FAILURES]]
    parts += [f"The test, which is right and must not change:\n\n{source}" for source in sources]
    return _fill("failures", failures="\n\n".join(parts))


def expected_notes(sources: Sequence[str]) -> str:
    """The code of tests that must pass, for the `notes` of a prompt; empty when there are none."""
    return _fill("expected", sources="\n\n".join(sources)) if sources else ""


def problem_notes(problems: Sequence[str]) -> str:
    """Problems that static analysis finds in the code, for the `notes` of a prompt."""
    return _fill("problems", problems="\n".join(problems)) if problems else ""


def changed_notes(changed: Sequence[tuple[str, str]]) -> str:
    """Code that was changed before, each with its path, for the `notes` of a prompt."""
    if not changed:
        return ""
    parts = [f"In {path}:\n\n{_fenced(code, path)}" for path, code in changed]
    return _fill("changed", changed="\n\n".join(parts))


def sent_back_notes(path: str, lines: str, reason: str) -> str:
    """Lines that the user sent back, and why, for the `notes` of a prompt."""
    return _fill("sent_back", lines=_fenced(lines, path), reason=reason)


def similar_notes(path: str, similar: Sequence[str]) -> str:
    """Code of a file that shows how to write what is added, for the `notes` of a prompt."""
    if not similar:
        return ""
    return _fill("similar", similar=_fenced("\n\n".join(similar), path))


def opening_fence(path: str, text: str = "") -> str:
    """The first line of a reply with code for `path`; longer than any fence in `text`."""
    return f"{fence_for(text)}{language_of(path)}\n"


def closing_fence(text: str = "") -> str:
    """The end of a reply that began with `opening_fence`: the shortest fence at the start of a line
    that `text` does not have. Models often close a long fence with a short one."""
    own = "\n".join(line for line in text.split("\n") if line.startswith("```"))
    return f"\n{fence_for(own)}"


def letter(index: int) -> str:
    """The letter of a choice: A, B, C ..."""
    return chr(ord("A") + index)


def _messages(context: Context, body: str) -> tuple[Message, ...]:
    outline = f"# Outline of the repository\n\n{context.outline}\n\n" if context.outline else ""
    files = "".join(f"{render_file(file)}\n\n" for file in context.files)
    shown = _fill("context", outline=outline, files=f"# Files\n\n{files}" if files else "")
    remarks = _fill("remarks", comments=context.remarks) if context.remarks else ""
    return (_system(), Message("user", shown + remarks + body))


def _system() -> Message:
    return Message("system", _fill("system").strip())


def _failure(failure: Failure) -> str:
    lines = failure.message.splitlines()[:MAX_FAILURE_LINES]
    places = [
        f"  at {frame.path}:{frame.line} {frame.function}".rstrip() for frame in failure.frames
    ]
    return "\n".join([failure.name, *lines, *places[-4:]])


def _fenced(text: str, path: str) -> str:
    return f"{opening_fence(path, text)}{text}\n{fence_for(text)}"


def _fill(template: str, **values: str) -> str:
    return _template(template).substitute(values)


@cache
def _template(name: str) -> Template:
    return Template((templates_dir() / f"{name}.md").read_text(encoding="utf-8"))
