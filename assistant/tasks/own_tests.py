"""Owns the tests that the model writes for itself where nobody gave a check.

They are often wrong, so they only rank: of several answers to the same words, the one that does
more of what the model expected is the likelier one (CodeT, https://arxiv.org/abs/2207.10397). Only
for Python code that has yet to be written, where there is nothing to go by but the text, and only
with the user's consent, in a sandbox without network or sight of the user's files.
"""

import ast
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from assistant.checks.results import Check, Status
from assistant.checks.trials import assertions_in, try_assertions
from assistant.context.bundle import Context
from assistant.engine.base import Cancel
from assistant.prompt.builder import closing_fence, opening_fence, own_tests_messages
from assistant.proposal.changes import Candidate
from assistant.tasks.candidates import overlay_of
from assistant.tasks.events import Event, Phase, PhaseStarted
from assistant.tasks.locate import Target
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.rewrite import is_to_be_written
from assistant.tasks.streams import Drawn, draw, ladder, request_for, room_for

ANSWERS = 4
"""Answers drawn in each view where own tests can rank them, all at the same time."""

_DRAWS = 2
_MOST_TOKENS = 400
_AGREEING = 3
"""Answers that pass and fail the same tests, from which on more are not worth their time."""


@dataclass(frozen=True, slots=True)
class OwnTests:
    """Assertions that the model wrote about one file."""

    path: str
    assertions: tuple[str, ...]

    def tried(self, workspace: Workspace, candidate: Candidate, cancel: Cancel) -> Candidate:
        """The candidate with what it passes, which proves nothing."""
        held = try_assertions(
            workspace.runner, self.path, self.assertions, overlay_of(candidate), cancel
        )
        said = f"passes {sum(held)} of {len(held)} tests that the model wrote for itself"
        check = Check("own tests", Status.SKIPPED, said)
        return replace(candidate, tried=held, checks=(*candidate.checks, check))

    def settled(self, candidates: Sequence[Candidate]) -> bool:
        """Whether enough answers do the same, and most of what was expected."""
        best = max(candidates, key=lambda each: sum(each.tried), default=None)
        if best is None:
            return False
        same = Counter(each.tried for each in candidates)[best.tried]
        return same >= _AGREEING and 2 * sum(best.tried) >= len(self.assertions)


def suit(workspace: Workspace, request: TaskRequest, target: Target) -> bool:
    """Whether own tests can rank the answers for a place."""
    return (
        request.own_tests
        and request.check is None
        and request.candidates > 1
        and is_to_be_written(workspace, target)
        and workspace.runner.isolates
    )


def write_own_tests(
    workspace: Workspace, context: Context, task: str, target: Target, seed: int, cancel: Cancel
) -> Generator[Event, None, OwnTests | None]:
    """Asks for tests; None when none came that can be run."""
    path = target.file.path
    yield PhaseStarted(Phase.TESTING, path)
    messages = own_tests_messages(context, task, path)
    begun = "assert " + _only_name(workspace.repository.text(path).text)
    opening = opening_fence(path) + begun
    if room_for(workspace, [each.content for each in messages], opening) < _MOST_TOKENS:
        return None
    samplings = ladder(_DRAWS, seed=seed, max_tokens=_MOST_TOKENS, stop=(closing_fence(),))
    asked = request_for(messages, samplings, opening=opening.rstrip(" "))
    asked = replace(asked, all_wanted=True)
    found: dict[str, None] = {}
    for event in draw(workspace.engine, asked, cancel):
        if isinstance(event, Drawn):
            text = begun.rstrip(" ") + event.completion.text
            found |= dict.fromkeys(assertions_in(text))
        else:
            yield event
    return OwnTests(path, tuple(found)) if found else None


def _only_name(code: str) -> str:
    """The beginning of a call where a file defines one thing only; else empty."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    names = [
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    return f"{names[0]}(" if len(names) == 1 else ""
