"""The reviewers of a headless run: accept everything, decide nothing, or ask on the terminal.

They only decide; hunks that are left undecided are not written.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from assistant.proposal.changes import Hunk
from assistant.proposal.omissions import needs_confirmation
from assistant.repo.files import decode_text
from assistant.review.decisions import Decision, Review
from assistant.sanitize import sanitize, sanitize_line
from assistant.solving.values import Proposal


def accept_sound(proposal: Proposal) -> Review:
    """Accepts every hunk of the best candidate, or nothing if a check speaks against it; used for
    --yes."""
    return accept_all(proposal) if proposal.stands else decide_nothing(proposal)


def accept_all(proposal: Proposal) -> Review:
    """Accepts every hunk of the best candidate; used for --yes with --accept-failing."""
    return _review(proposal).decide_all(Decision.ACCEPTED)


def decide_nothing(proposal: Proposal) -> Review:
    """Accepts nothing; used where the user cannot be prompted."""
    return _review(proposal)


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks about the whole proposal or hunk by hunk. End of input counts as no."""

    console: Console
    read_line: Callable[[], str]
    """Like `sys.stdin.readline`, returns an empty string at end of input."""

    def __call__(self, proposal: Proposal) -> Review:
        review = _review(proposal)
        several = len(review.hunks) > 1
        keys = "ynh" if several else "yn"
        by_hunk = ", [h]unk by hunk" if several else ""
        what = "Apply this" if proposal.stands else "A check fails. Apply this attempt all the same"
        match self._ask(f"{what}? [y]es, [n]o{by_hunk}: ", keys):
            case "y":
                review = review.decide_all(Decision.ACCEPTED)
            case "h":
                review = self._by_hunk(review)
        return self._confirm_large_deletions(review)

    def _by_hunk(self, review: Review) -> Review:
        for number, hunk in enumerate(review.hunks, 1):
            self._show(hunk, f"Hunk {number} of {len(review.hunks)}, {hunk.path}")
            question = "Apply this hunk? [y]es, [n]o, [a]ll the rest, [d]one: "
            match self._ask(question, "ynad"):
                case "y":
                    review = review.decide(hunk.id, Decision.ACCEPTED)
                case "a":
                    return review.decide_all(Decision.ACCEPTED)
                case "d":
                    return review.decide_all(Decision.REJECTED)
                case _:
                    review = review.decide(hunk.id, Decision.REJECTED)
        return review

    def _confirm_large_deletions(self, review: Review) -> Review:
        changes = review.reviewed().changes if review.accepted else ()
        for change in changes:
            if not needs_confirmation(change):
                continue
            path = sanitize_line(change.path)
            if (
                self._ask(f"{path} loses more than half of its lines. Apply anyway? [y/n]: ", "yn")
                != "y"
            ):
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


def _review(proposal: Proposal) -> Review:
    """An undecided review of the best candidate."""
    return Review.of(proposal.title, proposal.best.changes, proposal.best.tokens.lines)
