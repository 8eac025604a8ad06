"""What the checks say about a review: of the whole proposal, or of the part that was checked."""

from dataclasses import dataclass

from assistant.checks.results import Evidence, Verdict
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from assistant.review.parts import accepted_numbers, is_accepted_part, is_judged
from assistant.solving.values import Candidate


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """The accepted part of a review, with what the checks say about it."""

    changes: tuple[Change, ...]
    numbers: tuple[int, ...]
    """The accepted hunks, numbered as in the diff."""
    total: int
    """Hunks of the review."""
    evidence: tuple[Evidence, ...]
    partly: int = 0
    """How many of the accepted hunks are accepted by lines."""

    @classmethod
    def of(cls, review: Review, candidate: Candidate) -> "CheckedPart":
        """`candidate` has the accepted changes, judged."""
        numbers = accepted_numbers(review)
        partly = sum(review.decisions[each.id] is Decision.PARTLY for each in review.accepted)
        return cls(candidate.changes, numbers, len(review.hunks), candidate.evidence, partly)

    @property
    def verdict(self) -> Verdict:
        return Verdict.of(self.evidence)

    @property
    def stands(self) -> bool:
        """No check speaks against it."""
        return self.verdict is not Verdict.FAILED

    @property
    def hunks(self) -> str:
        """For which hunks it holds, such as "hunks 1, 3 of 4, 1 in part"."""
        if len(self.numbers) == self.total:
            which = "all hunks" if self.total > 1 else "the only hunk"
        else:
            noun = "hunk" if len(self.numbers) == 1 else "hunks"
            which = f"{noun} {', '.join(map(str, self.numbers))} of {self.total}"
        return f"{which}, {self.partly} in part" if self.partly else which

    def note(self, review: Review) -> str:
        """A line on whether it still holds; empty where it does."""
        return "" if self.holds(review) else "decisions have changed since; x checks again"

    def holds(self, review: Review) -> bool:
        """Whether exactly this is accepted now."""
        return is_accepted_part(review, self.changes)


@dataclass(frozen=True, slots=True)
class Standing:
    """Which verdict holds for what the review would write."""

    verdict: Verdict | None
    """None where what was checked is not what would be written."""
    whole: bool
    """It is the verdict of the whole proposal."""


def standing(review: Review, candidate: Candidate, part: CheckedPart | None) -> Standing:
    """The verdict to show above the diff."""
    if part is not None and part.holds(review):
        return Standing(part.verdict, whole=False)
    if is_judged(review, candidate.changes):
        return Standing(candidate.verdict, whole=True)
    return Standing(None, whole=False)


def note_on(review: Review, candidate: Candidate) -> str:
    """A line on what the candidate's checks are about; empty where they hold for the review."""
    if is_judged(review, candidate.changes):
        return ""
    return "not what is accepted now; x checks that"
