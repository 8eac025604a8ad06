"""Defines what a front end hands to a task: the services, and what the user asked for."""

from dataclasses import dataclass, replace

from assistant.checks.commands import CheckCommand
from assistant.checks.runner import CheckRunner
from assistant.context.bundle import Selected, TokenCounter
from assistant.context.confidential import values_in
from assistant.context.mentions import without_mentions
from assistant.engine.base import Engine
from assistant.engine.redacting import withholding
from assistant.prompt.conversation import Exchange
from assistant.repo.git import Repository
from assistant.review.comments import Comment
from assistant.settings import Settings
from assistant.solving.events import Step


@dataclass(frozen=True, slots=True)
class Workspace:
    """The services of one session, built once by the composition root."""

    repository: Repository
    engine: Engine
    counter: TokenCounter
    runner: CheckRunner
    settings: Settings
    without: tuple[str, ...] = ()
    """Names of sources and judges that are switched off."""

    def for_request(self, request: "TaskRequest | None" = None, *said: str) -> "Workspace":
        """The workspace for one request, whose stages see the same list of files.

        With the request, the engine reads no secret but those in what the user selected, for which
        the front end has asked, and in what the user has written: the request, and what is `said`.
        """
        repository = self.repository.pinned()
        if request is None:
            return replace(self, repository=repository)
        said += (request.task, request.pasted, *(each.question for each in request.said.earlier))
        engine = withholding(self.engine, lambda: values_in(repository, request.selection, *said))
        return replace(self, repository=repository, engine=engine)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said before in the session."""

    earlier: tuple[Exchange, ...] = ()
    """For a question: those before it, oldest first."""
    comments: tuple[Comment, ...] = ()
    """What the user said about lines of earlier proposals. The model reads it beside the code; it
    has no part in finding the place."""


@dataclass(frozen=True, slots=True)
class TaskRequest:
    task: str
    selection: tuple[Selected, ...] = ()
    """What the user put in context; when empty, the ranking chooses."""
    candidates: int = 3
    seed: int = 0
    check: CheckCommand | None = None
    """Run on every candidate; the front end has asked for consent, which includes the type checkers
    and linters of the repository, as that to `tests` does."""
    generated_tests: bool = False
    """Consent to run candidates without a check: on generated tests, or on inputs made from
    signatures."""
    tests: bool = False
    """Consent to run the repository's existing tests on candidates when there is no check."""
    step: Step | None = None
    """The step of a plan that this edit carries out."""
    pasted: str = ""
    """For a fix: a traceback or test output that the user pasted."""
    said: Said = Said()

    @property
    def wanted(self) -> str:
        """What to do: the step's sentence, or the task where that only begins with it."""
        if self.step is None or self.step.sentence == first_line(self.task):
            return self.task
        return self.step.sentence

    @property
    def text(self) -> str:
        """The task in words for the model: a step's sentence, with the user's note on it and the
        task that it belongs to."""
        note = self.step.note.strip() if self.step is not None else ""
        wanted = f"{self.wanted}\n\nNote: {note}" if note else self.wanted
        if self.wanted == self.task:
            return wanted
        return f"{wanted}\n\nThis is one step of: {self.task}"

    @property
    def title(self) -> str:
        """One line that names the proposal, without the mentions that only select files."""
        text = self.wanted.strip()
        first = text.splitlines()[0] if text else "Fix what the check complains about"
        first = without_mentions(first, {item.path for item in self.selection})
        return first if len(first) <= 72 else first[:71].rstrip() + "…"


LONGEST_SENTENCE = 200
"""Characters of what to do in a step."""


def first_line(task: str) -> str:
    """A task as the sentence of a step: its first line, cut where it is too long."""
    line = next((line.strip() for line in task.splitlines() if line.strip()), "")
    return line if len(line) <= LONGEST_SENTENCE else f"{line[: LONGEST_SENTENCE - 1].rstrip()}…"
