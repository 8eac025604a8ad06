"""Owns the answers that need no model: small changes of the code that give what the tests expect.

They cost next to nothing, and share no mistake with the model. A test that one of them passes as
well as an answer that does otherwise cannot tell which is right; where both do the same, either
confirms the other. Works on Python functions that tests call with literals.
"""

from collections.abc import Iterator
from dataclasses import replace

from assistant.engine.base import Cancel, Completion
from assistant.errors import ProposalError
from assistant.probe.calls import satisfying
from assistant.probe.consensus import alike
from assistant.probe.examples import expectations
from assistant.probe.outcomes import Outcome
from assistant.proposal.changes import Candidate
from assistant.proposal.mutants import mutants
from assistant.tasks.agreement import Question, ask
from assistant.tasks.candidates import make_candidate
from assistant.tasks.covering import test_files
from assistant.tasks.locate import Target
from assistant.tasks.request import Workspace
from assistant.tasks.rewrite import Written, code_of, splice

MOST_MUTATIONS = 3
"""Small changes that do different things, and are tried on the check."""

_MOST_COMPARED = 24


def mutations(
    workspace: Workspace, question: Question, target: Target, first: int, cancel: Cancel
) -> Iterator[Candidate]:
    """Up to MOST_MUTATIONS small changes of a function that do not do the same, unchecked.

    They are numbered from `first` on. Raises Cancelled.
    """
    texts = [file.text for file in test_files(workspace, question.name)]
    expected = expectations(question.name, texts)
    if not expected:
        return
    path = question.path
    sources = mutants(code_of(workspace, target))
    found = satisfying(workspace.runner, path, question.name, sources, expected, {}, cancel)
    seen: list[tuple[Outcome, ...]] = []
    file = workspace.repository.text(path)
    for text in found[:_MOST_COMPARED]:
        written = Written(first + len(seen), text, Completion())
        try:
            new = splice(file, target, written, "")
            candidate = make_candidate(written, path, file.data, new)
        except ProposalError:
            continue
        outcomes = ask(workspace, question, candidate, cancel)
        if not outcomes or any(alike(each, outcomes) for each in seen):
            continue
        seen.append(outcomes)
        yield replace(candidate, mutant=True)
        if len(seen) == MOST_MUTATIONS:
            return
