"""Plain lines for screen readers: no colours, no marks that are not read out, nothing that moves.

What a terminal shows with signs and colours is said in words. Questions name every answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from assistant.proposal.changes import Hunk
from assistant.proposal.omissions import needs_confirmation
from assistant.repo.files import decode_text
from assistant.review.decisions import Decision, Review
from assistant.sanitize import sanitize, sanitize_line
from assistant.solving.events import Plan, Step
from assistant.solving.values import Proposal


@dataclass(frozen=True, slots=True)
class Voice:
    """Says lines and asks questions, each on a line of its own."""

    console: Console
    read_line: Callable[[], str]
    """Like `sys.stdin.readline`, returns an empty string at end of input."""

    def say(self, text: str) -> None:
        self.console.print(Text(sanitize(text)), soft_wrap=True)

    def ask(self, question: str) -> str | None:
        """Asks for a line of text. Returns None at end of input."""
        self.console.print(Text(f"{sanitize_line(question)} "), end="", soft_wrap=True)
        line = self.read_line()
        if not line:
            self.console.print()
            return None
        return line.strip()

    def choose(self, question: str, answers: Mapping[str, str], *, end: str) -> str:
        """Asks until one of the letters is given; `end` counts at end of input.

        `answers` are the letters with what they mean.
        """
        named = ", ".join(f"{letter} for {meaning}" for letter, meaning in answers.items())
        while True:
            line = self.ask(f"{question} Type {named}:")
            if line is None:
                return end
            letter = line.lower()[:1]
            if letter in answers and letter:
                return letter
            self.say("That is none of the answers.")


def plain_console(console: Console) -> Console:
    """Returns a console on the same file that writes text and line ends only."""
    return Console(
        file=console.file,
        color_system=None,
        force_terminal=False,
        force_interactive=False,
        markup=False,
        emoji=False,
        highlight=False,
        width=console.width,
    )


@dataclass(frozen=True, slots=True)
class SpokenReview:
    """A reviewer that reads out one hunk after the other and asks about it."""

    voice: Voice

    def __call__(self, proposal: Proposal) -> Review:
        best = proposal.best
        review = Review.of(proposal.title, best.changes, best.tokens.lines)
        count = len(review.hunks)
        self.voice.say(f"{count} change{'s' if count != 1 else ''} to decide on.")
        if not proposal.stands:
            self.voice.say("A check fails with these changes.")
        return self._confirm_large_deletions(self._decide(review))

    def confirm(self, question: str) -> bool:
        return self.voice.choose(question, {"y": "yes", "n": "no"}, end="n") == "y"

    def _decide(self, review: Review) -> Review:
        answers = {"y": "yes", "n": "no", "a": "yes to all the rest", "d": "no to all the rest"}
        for number, hunk in enumerate(review.hunks, 1):
            for line in hunk_lines(hunk, number, len(review.hunks)):
                self.voice.say(line)
            match self.voice.choose("Write this change?", answers, end="d"):
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
            question = f"{change.path} loses more than half of its lines. Write it anyway?"
            if not self.confirm(question):
                for hunk in review.hunks:
                    if hunk.path == change.path:
                        review = review.decide(hunk.id, Decision.REJECTED)
        return review


def hunk_lines(hunk: Hunk, number: int, count: int) -> list[str]:
    """A hunk in words: where it is, then its removed and its added lines."""
    path = sanitize_line(hunk.path)
    lines = [f"Change {number} of {count}, {path}, {_where(hunk)}."]
    for index, line in enumerate(hunk.old, hunk.start + 1):
        lines.append(f"Removed, line {index}: {_text(line)}")
    lines += [f"Added: {_text(line)}" for line in hunk.new]
    return lines


def _where(hunk: Hunk) -> str:
    first, last = hunk.start + 1, hunk.start + len(hunk.old)
    if not hunk.old:
        return f"after line {hunk.start}" if hunk.start else "at the start"
    return f"line {first}" if first == last else f"lines {first} to {last}"


def _text(line: bytes) -> str:
    text = sanitize_line(decode_text(line).removesuffix("\n").removesuffix("\r"))
    return text if text.strip() else "an empty line"


def choose_steps(plan: Plan, voice: Voice) -> tuple[Step, ...]:
    """Asks which steps of a plan to carry out."""
    chosen: list[Step] = []
    answers = {"y": "yes", "n": "no", "a": "yes to all the rest", "d": "no to all the rest"}
    for number, step in enumerate(plan.steps, 1):
        voice.say(f"Step {number} of {len(plan.steps)}: {step.verb.value} {step.target}.")
        voice.say(step.sentence)
        match voice.choose("Carry out this step?", answers, end="d"):
            case "y":
                chosen.append(step)
            case "a":
                return (*chosen, *plan.steps[number - 1 :])
            case "d":
                return tuple(chosen)
    return tuple(chosen)
