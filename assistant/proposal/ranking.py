"""Owns the order of candidates and which of them are the same answer.

Order: verdict, then whether definitions were lost, then how many that were to be written have no
body yet, then whether the code does something else than before, then how many examples of the
task's words pass, and how many of the model's own tests, then how many calls at edges that the
words speak of end with an error, then votes, then mean log-probability, then the smaller diff,
which counts before the log-probability of answers that a check proves, also where these contradict
each other. What the model wrote comes before small changes made without it, which know the tests
only. Answers that were written from words alone stand in the order in which they were drawn
instead: there, many that agree share a misreading. Runs no check itself.
"""

import ast
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from assistant.checks.results import Verdict
from assistant.proposal.changes import Candidate, Change
from assistant.proposal.diff import hunks_of
from assistant.repo.python_trees import parsed

_ORDER = (Verdict.VERIFIED, Verdict.PARTLY, Verdict.UNVERIFIED, Verdict.FAILED)


def ranked(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Best first; the sampling order decides what is left equal."""
    return tuple(sorted(candidates, key=_key))


def distinct(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """One candidate per answer, in the order given, with the votes of those equal to it added.

    Answers are equal when every file is: Python files by syntax tree (comments and layout aside),
    others by bytes. Of equal ones the better checked stays, then what the model wrote, then the
    first.
    """
    answers: dict[tuple[str, ...], list[Candidate]] = {}
    for candidate in candidates:
        answers.setdefault(fingerprint(candidate), []).append(candidate)
    return tuple(
        replace(
            min(equal, key=lambda each: (_ORDER.index(each.verdict), each.mutant)),
            votes=sum(candidate.votes for candidate in equal),
        )
        for equal in answers.values()
    )


def settled(candidates: Sequence[Candidate], left: int) -> bool:
    """Whether `left` more answers cannot change which one is best, as far as votes decide.

    False while a check speaks against the best one, it lost definitions or left them without a
    body, or it does only what the code did: another may do without.
    """
    answers = ranked(distinct(candidates))
    if not answers or answers[0].verdict is Verdict.FAILED:
        return False
    if answers[0].lost or answers[0].unwritten or answers[0].unchanged:
        return False
    rivals = max((answer.votes for answer in answers[1:]), default=0)
    return answers[0].votes > rivals + left


def fingerprint(candidate: Candidate) -> tuple[str, ...]:
    """The same for candidates that are the same answer; one entry per changed path, sorted."""
    return tuple(sorted(_mark(change) for change in candidate.changes))


def diff_size(candidate: Candidate) -> int:
    """Lines that go and lines that come, together."""
    return sum(
        len(hunk.old) + len(hunk.new) for change in candidate.changes for hunk in hunks_of(change)
    )


def _key(candidate: Candidate) -> tuple[int | bool | float, ...]:
    size = 0 if candidate.from_text else diff_size(candidate)
    proved = candidate.verdict is Verdict.VERIFIED or candidate.contradicted
    examples, expected = candidate.expected
    return (
        _ORDER.index(candidate.verdict),
        bool(candidate.lost),
        len(candidate.unwritten),
        candidate.unchanged,
        -examples,
        -expected,
        candidate.mutant,
        candidate.stumbles,
        0 if candidate.from_text else -candidate.votes,
        size if proved else 0,
        0.0 if candidate.from_text else -candidate.mean_logprob,
        size,
        candidate.index,
    )


def _mark(change: Change) -> str:
    if change.new is None:
        content = "deleted"
    else:
        python = change.path.endswith((".py", ".pyi"))
        tree = parsed(change.new) if python else None
        content = hashlib.sha256(ast.dump(tree).encode() if tree else change.new).hexdigest()
    return "\0".join((change.path, change.renamed_from, content))
