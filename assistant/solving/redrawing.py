"""Draws one hunk of a proposal again, after the user sent it back with a reason."""

from dataclasses import dataclass, replace

from assistant.intent.values import Intent
from assistant.proposal.assemble import assemble
from assistant.proposal.changes import Change, Hunk
from assistant.repo.files import TextFile, decode_text
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, unit_text
from assistant.review.decisions import Review
from assistant.review.pinning import Pinned, redrawn
from assistant.solving.values import Candidate, Proposal


@dataclass(frozen=True, slots=True)
class SentBack:
    """A hunk that the user sent back, with the review it belongs to."""

    proposal: Proposal
    candidate: Candidate
    """The one under review."""
    review: Review
    hunk: str
    """Its id."""
    reason: str
    """What is wrong with it, in the user's words."""

    def review_of(self, candidate: Candidate, now: Review | None = None) -> Review:
        """The review with the hunk as a redrawn candidate has it; all decisions are kept.

        `now` is the same review with the decisions that were made since.
        """
        pinned = Pinned.of(self.review, self.hunk)
        change = next(each for each in candidate.changes if each.path == pinned.change.path)
        return redrawn(now or self.review, pinned, change.new or b"", candidate.tokens.lines)


@dataclass(frozen=True, slots=True)
class Again:
    """What is written again, and what stays."""

    pinned: Pinned
    file: TextFile
    """With the hunk that was sent back, and with all that stays."""
    unit: Unit | None
    """The part of that file to write; None for all of it."""
    base: Candidate
    """All changes that stay, with this hunk: what a draft goes into."""
    reason: str

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def label(self) -> str:
        return self.unit.label if self.unit else self.path

    @property
    def code(self) -> str:
        """The code to write again, as the proposal has it."""
        return self._code_in(self.file.text)

    @property
    def code_before(self) -> str:
        """The same code without the lines that were sent back; empty where it is not there yet."""
        file = text_file(self.path, self.pinned.base)
        if self.unit is None:
            return self._code_in(file.text)
        unit = next((each for each in units_of(file) if each.name == self.unit.name), None)
        return unit_text(file.text, unit) if unit is not None else ""

    @property
    def rejected(self) -> str:
        """The lines that were sent back; where the hunk only removes lines, these."""
        return _text(self.pinned.hunk)

    def assembled(self, text: str, intent: Intent) -> bytes:
        """The file with an answer in place of the code. Raises ProposalError."""
        return assemble(self.file, self.unit, text, intent)

    def kept(self, change: Change) -> Change:
        """A change of the file without what it does to other hunks. Raises ProposalError."""
        return replace(change, new=self.pinned.kept(change.new or b""))

    def _code_in(self, text: str) -> str:
        if self.unit is not None:
            return unit_text(text, self.unit)
        return text.replace("\r\n", "\n").rstrip("\n")


def _text(hunk: Hunk) -> str:
    lines = decode_text(b"".join(hunk.new or hunk.old))
    return lines.replace("\r\n", "\n").rstrip("\n")
