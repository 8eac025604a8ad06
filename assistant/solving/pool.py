"""Collects the candidates of a request, merges equal ones, ranks them, and explains the order.

Candidates are ordered by verdict, then by the ranks that judges gave, in the order of the judges,
then by how many equal candidates were drawn, mean log-probability and size. Of proved candidates
the smaller change counts before the log-probability. Candidates that were written from words alone
stay in the order of drawing after the judges' ranks: where many of them agree, they may share a
misreading.
"""

import ast
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from assistant.checks.results import Evidence, Verdict
from assistant.proposal.changes import Change
from assistant.proposal.diff import hunks_of
from assistant.repo.python_trees import parsed
from assistant.solving.values import Attempt, Candidate

_ORDER = (Verdict.VERIFIED, Verdict.TESTS_PASS, Verdict.NOT_TESTED, Verdict.FAILED)
CONSENSUS = "consensus"


@dataclass(slots=True)
class Pool:
    """All that was drawn for one request."""

    judges: tuple[str, ...] = ()
    """Names of the judges whose ranks count, in order."""
    candidates: list[Candidate] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    _last: int = 0

    def new_id(self) -> int:
        """An id for the next candidate."""
        self._last += 1
        return self._last

    def start_after(self, last: int) -> None:
        """Numbers the next candidates from the one after `last`."""
        self._last = last

    def add(self, candidate: Candidate) -> None:
        self.candidates.append(candidate)
        label = candidate.target.label if candidate.target else ""
        self.attempts.append(Attempt(candidate.id, candidate.source, label, ""))

    def add_evidence(self, mark: tuple[str, ...], evidence: Evidence) -> None:
        """Adds evidence to every candidate with this fingerprint."""
        self.candidates = [
            replace(each, evidence=(*each.evidence, evidence))
            if fingerprint(each) == mark
            else each
            for each in self.candidates
        ]

    def discard(self, candidate: int, source: str, target: str, reason: str) -> None:
        self.attempts.append(Attempt(candidate, source, target, reason.rstrip(".")))

    @property
    def why_discarded(self) -> str:
        """Why drafts were discarded, each reason once."""
        reasons = [each.fate for each in self.attempts if each.fate]
        return "; ".join(dict.fromkeys(reasons)) or "the model wrote nothing"

    def twin(self, candidate: Candidate) -> Candidate | None:
        """A candidate that was judged before and is the same answer."""
        mark = fingerprint(candidate)
        return next((each for each in self.candidates if fingerprint(each) == mark), None)

    def ranked(self) -> tuple[Candidate, ...]:
        """The distinct candidates, best first."""
        return ranked(distinct(self.candidates), self.judges)

    def is_settled(self, left: int) -> bool:
        """Whether `left` more drafts cannot change the first candidate, as far as votes decide.

        Never while evidence speaks against the first one: another may do without.
        """
        answers = self.ranked()
        if not answers or answers[0].verdict is Verdict.FAILED:
            return False
        if any(rank > 0 for rank in _ranks(answers[0], _BLEMISHES)):
            return False
        return answers[0].votes > max((each.votes for each in answers[1:]), default=0) + left


_BLEMISHES = ("requested", "definitions", "parameters", "bodies", "behaviour")
"""Judges whose finding another draft may well avoid."""


def ranked(
    candidates: Sequence[Candidate],
    judges: Sequence[str],
    *,
    sizes: Mapping[int, int] = MappingProxyType({}),
    from_words: Collection[int] = (),
) -> tuple[Candidate, ...]:
    """Best first; the order of drawing decides between equals.

    `sizes` and `from_words` say by id what cannot be seen in recorded candidates.
    """

    def criteria(each: Candidate) -> list[float]:
        words = each.from_words or each.id in from_words
        return [value for _, value in _key(each, judges, words=words, size=sizes.get(each.id))]

    return tuple(sorted(candidates, key=criteria))


def distinct(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """One candidate per answer, in the order given, with the votes of those equal to it.

    Answers are equal when every file is: Python files by syntax tree, so comments and layout do
    not count, others by bytes. The one with the best verdict stays, the model's before a mutant.
    """
    answers: dict[tuple[str, ...], list[Candidate]] = {}
    for candidate in candidates:
        answers.setdefault(fingerprint(candidate), []).append(candidate)
    return tuple(
        replace(
            min(equal, key=lambda each: (_ORDER.index(each.verdict), not each.by_model)),
            votes=sum(candidate.votes for candidate in equal),
        )
        for equal in answers.values()
    )


def fingerprint(candidate: Candidate) -> tuple[str, ...]:
    """The same for candidates that are the same answer; one entry per changed path, sorted."""
    return tuple(sorted(_mark(change) for change in candidate.changes))


def diff_size(candidate: Candidate) -> int:
    """Lines removed and lines added."""
    return sum(
        len(hunk.old) + len(hunk.new) for change in candidate.changes for hunk in hunks_of(change)
    )


def difference(better: Candidate, worse: Candidate, judges: Sequence[str]) -> str:
    """The first criterion by which one candidate is ranked before another, in words."""
    keys = [_key(each, judges, words=each.from_words) for each in (better, worse)]
    for (name, mine), (_, theirs) in zip(*keys, strict=True):
        if mine == theirs:
            continue
        if name == "verdict":
            return f"{better.verdict.value} before {worse.verdict.value}"
        if name == "votes":
            return f"votes: {better.votes} against {worse.votes}"
        evidence = worse.found(name) or better.found(name)
        return f"{name}: {evidence.detail}" if evidence else name
    return "order of drawing"


def _key(
    candidate: Candidate, judges: Sequence[str], *, words: bool, size: int | None = None
) -> list[tuple[str, float]]:
    """The criteria by name with their values, lowest first."""
    size = 0 if words else diff_size(candidate) if size is None else size
    proved = any(each.proves for each in candidate.evidence)
    alone = words or candidate.found(CONSENSUS) is not None  # consensus counts votes by behaviour
    return [
        ("verdict", _ORDER.index(candidate.verdict)),
        *zip(judges, _ranks(candidate, judges), strict=True),
        ("votes", 0 if alone else -candidate.votes),
        ("size of a proved change", size if proved else 0),
        ("log-probability", 0.0 if words else -(candidate.tokens.mean_logprob or 0.0)),
        ("size", size),
        ("order of drawing", candidate.id),
    ]


def _ranks(candidate: Candidate, judges: Sequence[str]) -> list[float]:
    found = {each.judge: each.rank for each in candidate.evidence}
    return [found.get(judge, 0.0) for judge in judges]


def _mark(change: Change) -> str:
    if change.new is None:
        content = "deleted"
    else:
        python = change.path.endswith((".py", ".pyi"))
        tree = parsed(change.new) if python else None
        content = hashlib.sha256(ast.dump(tree).encode() if tree else change.new).hexdigest()
    return "\0".join((change.path, change.renamed_from, content))
