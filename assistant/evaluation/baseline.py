"""The baseline of an evaluation: one greedy answer of the same model that rewrites the whole file.

This is what a plain chat gives a user: the selected files and the request go in, and the answer
replaces the file. Nothing that the assistant adds is used; the check only labels the candidate.
"""

import re
from collections.abc import Iterator

from assistant.checks.commands import CheckCommand
from assistant.checks.results import CommandResult
from assistant.context.bundle import ContextFile
from assistant.context.render import render_file
from assistant.engine.base import Cancel, Message, Request, Sampling
from assistant.errors import ContextError, ProposalError
from assistant.intent.values import NEUTRAL
from assistant.proposal.changes import Change
from assistant.repo.languages import is_code
from assistant.repo.ranking import is_test_path
from assistant.solving.baseline import run_baseline
from assistant.solving.drawing import Drawn, draw
from assistant.solving.events import CandidateDiscarded, Event, ProposalReady, UnitsChosen
from assistant.solving.loop import Solver
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.state import Job
from assistant.solving.values import Budget, Candidate, Target, Tokens
from assistant.tasks.gathering import gather_context

LEAST_ANSWER, MOST_ANSWER = 1024, 4096
TEMPLATE_TOKENS = 100  # upper bound for the chat template
SHOWN_OUTPUT = 3_000
"""Characters of a failing check's output to show, from its end, where the error is."""

_FENCED = re.compile(r"^ *(`{3,})[^`\n]*\n(.*?)^ *\1`* *$", re.MULTILINE | re.DOTALL)


def answer_whole_file(
    workspace: Workspace, request: TaskRequest, cancel: Cancel
) -> Iterator[Event]:
    """Runs an edit or a fix with a single request; ends with ProposalReady.

    Raises ProposalError if the answer is cut off, is empty or changes nothing.
    """
    before = yield from run_baseline(workspace, request.check, cancel)
    context = gather_context(workspace, request)
    file = _file_to_rewrite(context.files, request.task)
    if not file.whole:
        raise ContextError(
            f"{file.path} does not fit the context of the baseline.", hint="Select a smaller file."
        )
    yield UnitsChosen((file.path,), ("selected",))
    messages = _messages(context.files, file.path, request, before.result if before else None)
    read = sum(workspace.counter.count(message.content) for message in messages)
    left = workspace.settings.window - read - TEMPLATE_TOKENS
    most = min(max(2 * file.tokens + LEAST_ANSWER // 2, LEAST_ANSWER), MOST_ANSWER, max(left, 1))
    asked = Request(messages, samplings=(Sampling(max_tokens=most),), draft=file.text)
    job = Job(workspace, request, context, NEUTRAL, Budget(0.0, cancel), cancel, before)
    solver = Solver(job, (Target(file),), ())
    for event in draw(workspace.engine, asked, cancel, solver.state.pool.new_id):
        if not isinstance(event, Drawn):
            yield event
            continue
        try:
            candidate = _candidate(event, file.path, workspace)
        except ProposalError as error:
            yield CandidateDiscarded(event.id, error.message)
            raise
        yield from solver.judge(candidate)
    yield ProposalReady(solver.proposal(request.title, "the selected file"))


def _file_to_rewrite(files: tuple[ContextFile, ...], task: str) -> ContextFile:
    """The file to rewrite: a code file named in the task, else the first code file or file."""
    if not files:
        raise ContextError("No file is in context.", hint="Select the file to change.")
    code = [f for f in files if is_code(f.path) and not is_test_path(f.path)]
    named = [file for file in code or files if file.path.rpartition("/")[2] in task]
    return (*named, *code, *files)[0]


def _messages(
    files: tuple[ContextFile, ...], path: str, request: TaskRequest, failing: CommandResult | None
) -> tuple[Message, ...]:
    parts = [*(render_file(file) for file in files), request.task.strip()]
    if failing is not None and not failing.passed:
        command = CheckCommand(failing.argv, "given").text
        output = failing.output.strip()[-SHOWN_OUTPUT:]
        parts.append(f"This is what `{command}` says now:\n\n```\n{output}\n```")
    parts.append(f"Answer with the whole of {path} as it shall be, in one fenced code block.")
    system = Message("system", "You are a helpful programming assistant.")
    return (system, Message("user", "\n\n".join(parts)))


def _candidate(drawn: Drawn, path: str, workspace: Workspace) -> Candidate:
    completion = drawn.completion
    old = workspace.repository.text(path).data
    ended = completion.finish is not None and completion.finish.reason == "stop"
    # An unclosed fence ends at the end of the answer.
    blocks = _FENCED.findall(completion.text + "\n```" if ended else completion.text)
    if not blocks and not ended:
        raise ProposalError("The answer was cut off.", hint="Select a smaller file.")
    code = max((block for _, block in blocks), key=len, default=completion.text)
    new = (code.rstrip() + "\n").encode("utf-8", "surrogateescape")
    if not code.strip() or new.rstrip() == old.rstrip():
        raise ProposalError(
            "The answer changes nothing.", hint="Describe the change more precisely."
        )
    tokens = Tokens(len(completion.pieces), completion.mean_logprob)
    return Candidate(drawn.id, (Change(path, old, new),), "whole file", tokens=tokens)
