"""The reviewers of a headless run: accept everything, decide nothing, or ask on the terminal.

They only decide; hunks that are left undecided are not written.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from assistant.errors import AssistantError
from assistant.proposal.changes import Hunk
from assistant.proposal.omissions import needs_confirmation
from assistant.repo.files import decode_text
from assistant.review.decisions import Decision, Review
from assistant.sanitize import sanitize, sanitize_line
from assistant.solving.redrawing import SentBack
from assistant.solving.values import Proposal


@dataclass(frozen=True, slots=True)
class Accepting:
    """Accepts the best candidate; used for --yes."""

    failing: bool = False
    """Also if a check speaks against it."""
    deletions: bool = False
    """Also the changes that remove more than half of a file."""

    def __call__(self, proposal: Proposal) -> Review:
        review = _review(proposal)
        if not (proposal.stands or self.failing):
            return review
        large = () if self.deletions else _large_deletions(proposal)
        for hunk in review.hunks:
            if hunk.path not in large:
                review = review.decide(hunk.id, Decision.ACCEPTED)
        return review

    def held_back(self, proposal: Proposal) -> str:
        """What is not written for the sake of the files that would lose most; empty if nothing."""
        large = _large_deletions(proposal)
        if self.deletions or not large or not (proposal.stands or self.failing):
            return ""
        paths = ", ".join(map(sanitize_line, large))
        return (
            f"Not written, as more than half of the lines would be gone: {paths}."
            " To write this all the same: --yes --accept-deletions."
        )


accept_sound = Accepting()


def _large_deletions(proposal: Proposal) -> tuple[str, ...]:
    """The files of which the best candidate removes more than half."""
    return tuple(change.path for change in proposal.best.changes if needs_confirmation(change))


def decide_nothing(proposal: Proposal) -> Review:
    """Accepts nothing; used where the user cannot be prompted."""
    return _review(proposal)


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks about the whole proposal or hunk by hunk. End of input counts as no."""

    console: Console
    read_line: Callable[[], str]
    """Like `sys.stdin.readline`, returns an empty string at end of input."""
    redraw: Callable[[SentBack], Proposal] | None = None
    """Draws a hunk again as `tasks.redraw` does; None where hunks cannot be sent back."""

    def __call__(self, proposal: Proposal) -> Review:
        review = _review(proposal)
        several = len(review.hunks) > 1 or self.redraw is not None
        keys = "ynh" if several else "yn"
        by_hunk = ", [h]unk by hunk" if several else ""
        what = "Apply this" if proposal.stands else "A check fails. Apply this attempt all the same"
        match self._ask(f"{what}? [y]es, [n]o{by_hunk}: ", keys):
            case "y":
                review = review.decide_all(Decision.ACCEPTED)
            case "h":
                review = self._by_hunk(proposal, review)
        return self._confirm_large_deletions(review)

    def confirm(self, question: str) -> bool:
        return self._ask(f"{sanitize_line(question)} [y/n]: ", "yn") == "y"

    def _by_hunk(self, proposal: Proposal, review: Review) -> Review:
        sends = self.redraw is not None
        back = "[s]end back, " if sends else ""
        question = f"Apply this hunk? [y]es, [n]o, {back}[a]ll the rest, [d]one: "
        keys = "ynsad" if sends else "ynad"
        while (at := _first_open(review)) is not None:
            hunk = review.hunks[at]
            self._show(hunk, f"Hunk {at + 1} of {len(review.hunks)}, {hunk.path}")
            match self._ask(question, keys):
                case "y":
                    review = review.decide(hunk.id, Decision.ACCEPTED)
                case "a":
                    return review.decide_all(Decision.ACCEPTED)
                case "d":
                    return review.decide_all(Decision.REJECTED)
                case "s":
                    proposal, review = self._sent_back(proposal, review, hunk)
                case _:
                    review = review.decide(hunk.id, Decision.REJECTED)
        return review

    def _sent_back(self, proposal: Proposal, review: Review, hunk: Hunk) -> tuple[Proposal, Review]:
        """The proposal and the review with the hunk drawn again; as they were where it is not."""
        self.console.print(Text("What is wrong with it? ", style="bold"), end="", soft_wrap=True)
        reason = self.read_line().strip()
        if not reason or self.redraw is None:
            self.console.print("No reason, so the hunk stays as it is.")
            return proposal, review
        back = SentBack(proposal, proposal.best, review, hunk.id, reason)
        try:
            drawn = self.redraw(back)
        except AssistantError as error:
            for line in filter(None, (error.message, error.hint)):
                self.console.print(Text(sanitize_line(line), style="red"), soft_wrap=True)
            return proposal, review
        best = drawn.best
        self.console.print(Text(f"Drawn again: {best.verdict.value}", style="bold"))
        return drawn, back.review_of(best)

    def _confirm_large_deletions(self, review: Review) -> Review:
        changes = review.reviewed().changes if review.accepted else ()
        for change in changes:
            if not needs_confirmation(change):
                continue
            if not self.confirm(f"{change.path} loses more than half of its lines. Apply anyway?"):
                for hunk in review.hunks:
                    if hunk.path == change.path:
                        review = review.decide(hunk.id, Decision.REJECTED)
        return review

    def _show(self, hunk: Hunk, title: str) -> None:
        self.console.print(Text(sanitize_line(title), style="bold"), soft_wrap=True)
        for mark, lines, style in (("-", hunk.old, "red"), ("+", hunk.new, "green")):
            for line in lines:
                text = mark + sanitize(decode_text(line).removesuffix("\n").removesuffix("\r"))
                self.console.print(Text(text, style=style), soft_wrap=True)

    def _ask(self, question: str, keys: str) -> str:
        """Repeats the question until one of the keys is given; "n" at end of input."""
        while True:
            self.console.print(Text(question, style="bold"), end="", soft_wrap=True)
            line = self.read_line()
            if not line:
                self.console.print()
                return "n"
            key = line.strip().lower()[:1]
            if key and key in keys:
                return key


def _first_open(review: Review) -> int | None:
    """The index of the first undecided hunk."""
    decided = (review.decisions[hunk.id] for hunk in review.hunks)
    return next((at for at, each in enumerate(decided) if each is Decision.UNDECIDED), None)


def _review(proposal: Proposal) -> Review:
    """An undecided review of the best candidate."""
    return Review.of(proposal.title, proposal.best.changes, proposal.best.tokens.lines)
