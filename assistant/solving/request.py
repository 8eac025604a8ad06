"""Owns what a front end hands to a task: the services it works with, and what the user asked."""

from dataclasses import dataclass

from assistant.checks.commands import CheckCommand
from assistant.checks.runner import CheckRunner
from assistant.context.bundle import Selected, TokenCounter
from assistant.engine.base import Engine
from assistant.repo.git import Repository
from assistant.settings import Settings
from assistant.tasks.events import Step
from assistant.tasks.steps import said_by


@dataclass(frozen=True, slots=True)
class Workspace:
    """The services of one session, built once by the composition root."""

    repository: Repository
    engine: Engine
    counter: TokenCounter
    runner: CheckRunner
    settings: Settings


@dataclass(frozen=True, slots=True)
class TaskRequest:
    task: str
    selection: tuple[Selected, ...] = ()
    """What the user put in context; empty lets the ranking choose."""
    candidates: int = 3
    seed: int = 0
    check: CheckCommand | None = None
    """Run on every candidate. The front end has asked for consent before it puts it here."""
    generated_tests: bool = False
    """Without a check, rank answers by running them: for unwritten code on tests that the model
    writes, for functions on made-up inputs. The front end has asked for consent before it says
    so."""
    step: Step | None = None
    """The plan's step that this edit carries out."""
    pasted: str = ""
    """For a fix: a traceback or test output that the user pasted."""

    @property
    def wanted(self) -> str:
        """What is to be done: the step's sentence, or the task where that is how it begins."""
        if self.step is None or self.step.sentence == said_by(self.task):
            return self.task
        return self.step.sentence
