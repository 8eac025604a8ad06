"""Services whose tasks yield fixed events."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.checks.results import CommandResult, Evidence, Failure, Frame, Status
from assistant.engine.base import Cancel, Engine, EngineInfo, Finish
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import AssistantError
from assistant.proposal.changes import Change, Doubt
from assistant.settings import Settings
from assistant.solving.events import (
    AnswerReady,
    CandidateReady,
    CandidateStarted,
    CheckFinished,
    Event,
    FailuresFound,
    GenerationFinished,
    Phase,
    PhaseStarted,
    Plan,
    PlanReady,
    PromptProgress,
    ProposalReady,
    Step,
    StepProposed,
    TextStreamed,
    UnitsChosen,
    Verb,
)
from assistant.solving.request import TaskRequest, Workspace
from assistant.solving.values import Candidate, Proposal, Tokens
from assistant.ui.services import Services, Tasks
from tests.ui.fakesetup import FakeSetup
from tests.ui.shop import CART_FIXED, CART_SMALLER


class Words:
    """Counts roughly like a tokenizer."""

    def count(self, text: str) -> int:
        return (len(text) + 3) // 4


class IdleEngine(ScriptedEngine):
    """An engine that is never asked for text."""

    def info(self) -> EngineInfo:
        return EngineInfo("qwen2.5-coder-1.5b", "cpu", "int8", 8192, 2, 1_940_000_000, 3.4)


PLAN = (
    Step(1, Verb.EDIT, "shop/cart.py", "Cart.total",
         "Multiply each price by its quantity and round the sum to cents."),
    Step(2, Verb.EDIT, "shop/cart.py", "Cart.discounted",
         "Treat the discount as a percentage and refuse values outside 0 to 100."),
    Step(3, Verb.EDIT, "shop/orders.py", "Order.invoice", "Show the line total of every item."),
    Step(4, Verb.CREATE, "tests/test_orders.py", "",
         "Test the invoice of an order with two items."),
)  # fmt: skip

SYNTAX = Evidence("syntax", Status.PASSED, "parses")
NAMES = Evidence("names", Status.PASSED, "no undefined names")
TESTS = Evidence(
    "python -m pytest -q",
    Status.PASSED,
    "2 passed",
    "..\n2 passed in 0.04s\n",
    proves=True,
    covers=True,
    seconds=0.6,
)


def change_of(root: Path, path: str, text: str) -> Change:
    file = root / path
    old = file.read_bytes() if file.exists() else None
    return Change(path, old, text.encode())


def _doubts(lines: Sequence[str]) -> Iterator[Doubt]:
    for word, probability in (("ValueError", 0.41), ("percentage:", 0.12), ("(total", 0.72)):
        number = max(n for n, line in enumerate(lines) if word in line)
        start = lines[number].index(word)
        yield Doubt("shop/cart.py", number, start, start + len(word), probability)


def cart_proposal(root: Path, *checks: Evidence) -> Proposal:
    """Builds a proposal with two candidates. The first has four hunks."""
    lines = CART_FIXED.split("\n")
    unsure = next(n for n, line in enumerate(lines) if "raise ValueError" in line)
    rounded = next(n for n, line in enumerate(lines) if "return round_money(total)" in line)
    sure = [(n, 0.97) for n in range(len(lines)) if n not in (unsure, rounded)]
    confidence = tuple(("shop/cart.py", n, p) for n, p in [*sure, (unsure, 0.41), (rounded, 0.72)])
    first = Candidate(
        1,
        (change_of(root, "shop/cart.py", CART_FIXED),),
        "rewrite",
        tokens=Tokens(214, -0.08, confidence, tuple(_doubts(lines))),
        evidence=(SYNTAX, NAMES, *checks),
        votes=2,
    )
    second = Candidate(
        2,
        (change_of(root, "shop/cart.py", CART_SMALLER),),
        "rewrite",
        tokens=Tokens(96, -0.21),
        evidence=(SYNTAX, NAMES),
    )
    return Proposal(
        "Count quantities and take discounts as percentages",
        (first, second),
        "Cart.total and Cart.discounted are named in the task and in two failing tests",
    )


@dataclass
class Player:
    """Tasks that yield fixed events. `pace` sleeps between them, `hold` delays the last one."""

    root: Path
    pace: float = 0.0
    hold: threading.Event | None = None
    failure: AssistantError | None = None
    requests: list[TaskRequest] = field(default_factory=list)

    def tasks(self) -> Tasks:
        return Tasks(
            self._task(self.plan), self._task(self.edit), self._task(self.fix), self._task(self.ask)
        )

    def _task(
        self, script: Callable[[TaskRequest], Sequence[Event]]
    ) -> Callable[[Workspace, TaskRequest, Cancel], Iterator[Event]]:
        def play(workspace: Workspace, request: TaskRequest, cancel: Cancel) -> Iterator[Event]:
            self.requests.append(request)
            events = script(request)
            for event in events[:-1]:
                cancel.check()
                yield event
                if self.pace:
                    time.sleep(self.pace)
            while self.hold is not None and not self.hold.is_set():
                cancel.check()
                self.hold.wait(0.01)
            if self.failure is not None:
                raise self.failure
            yield events[-1]

        return play

    def _prefill(self) -> list[Event]:
        return [
            PhaseStarted(Phase.CONTEXT, "2 files"),
            PhaseStarted(Phase.PREFILL),
            *(PromptProgress(done, 1204, 420) for done in (420, 676, 932, 1204)),
        ]

    def plan(self, request: TaskRequest) -> list[Event]:
        steps: list[Event] = [StepProposed(step) for step in PLAN]
        return [
            *self._prefill(),
            PhaseStarted(Phase.PLANNING),
            *steps,
            GenerationFinished(Finish(0, "stop", 1204, 168, 9.8, 42)),
            PlanReady(Plan(request.task, PLAN)),
        ]

    def edit(self, request: TaskRequest) -> list[Event]:
        proposal = cart_proposal(self.root, *((TESTS,) if request.check else ()))
        return [*self._writing(proposal), ProposalReady(proposal)]

    def _writing(self, proposal: Proposal) -> list[Event]:
        text = CART_FIXED[CART_FIXED.index("    def total") : CART_FIXED.index("    def __len__")]
        pieces = [text[at : at + 6] for at in range(0, len(text), 6)]
        return [
            *self._prefill(),
            PhaseStarted(Phase.LOCATING),
            UnitsChosen(
                ("shop/cart.py::Cart.total", "shop/cart.py::Cart.discounted"),
                ("named in the task", "calls Cart.total"),
            ),
            PhaseStarted(Phase.WRITING),
            CandidateStarted(1),
            *(TextStreamed(1, piece, -0.05) for piece in pieces),
            GenerationFinished(Finish(0, "stop", 1204, 214, 8.4, 130)),
            CandidateReady(proposal.candidates[0]),
            PhaseStarted(Phase.CHECKING),
            CheckFinished(1, SYNTAX),
        ]

    def fix(self, request: TaskRequest) -> list[Event]:
        output = (
            "FF                                                        [100%]\n"
            "____________________ test_total_counts_quantities ____________________\n"
            "    def test_total_counts_quantities():\n"
            "        cart = Cart()\n"
            '        cart.add(Item("pen", 1.5, quantity=4))\n'
            ">       assert cart.total() == 6.0\n"
            "E       assert 1.5 == 6.0\n"
            "2 failed in 0.05s\n"
        )
        failures = (
            Failure(
                "test_total_counts_quantities",
                "assert 1.5 == 6.0",
                (Frame("tests/test_cart.py", 7), Frame("shop/cart.py", 31, "total")),
            ),
            Failure(
                "test_discount_is_a_percentage",
                "assert 40.0 == 45.0",
                (Frame("tests/test_cart.py", 13), Frame("shop/cart.py", 36, "discounted")),
            ),
        )
        result = CommandResult(
            ("python", "-m", "pytest", "-q"), 1, output, 0.7, sandbox="bubblewrap"
        )
        proposal = cart_proposal(self.root, TESTS)
        return [
            PhaseStarted(Phase.CHECKING, "python -m pytest -q"),
            FailuresFound(result, failures),
            *self._writing(proposal),
            ProposalReady(proposal),
        ]

    def ask(self, request: TaskRequest) -> list[Event]:
        text = (
            "`Cart.total` adds up `item.price` and forgets `item.quantity`:\n\n"
            "```python\ntotal += item.price\n```\n\n"
            "So four pens at 1.50 cost 1.50 instead of 6.00. Multiply by the quantity.\n"
        )
        pieces = [text[at : at + 5] for at in range(0, len(text), 5)]
        return [
            *self._prefill(),
            PhaseStarted(Phase.ANSWERING),
            *(TextStreamed(0, piece, -0.1) for piece in pieces),
            AnswerReady(text),
        ]


def real_tasks() -> Tasks:
    """The real tasks, for a scripted or a real engine."""
    from assistant.tasks.ask import ask
    from assistant.tasks.edit import edit
    from assistant.tasks.fix import fix
    from assistant.tasks.plan import plan

    return Tasks(plan, edit, fix, ask)


def make_services(
    root: Path,
    state: Path,
    *,
    tasks: Tasks | None = None,
    engine: Engine | None = None,
    setup: FakeSetup | None = None,
    theme: str = "assistant-dark",
    failure: AssistantError | None = None,
    asks_for_tests: bool = False,
) -> Services:
    """Builds services for a real repository. Opening it raises `failure` if given.

    Unless it should ask, the user has said that tests may not run unasked.
    """
    from assistant.apply.writer import Writer
    from assistant.checks.commands import find_commands
    from assistant.checks.consent import Consents
    from assistant.checks.runner import CheckRunner
    from assistant.repo.git import Repository

    settings = Settings(theme=theme, state_dir=state, cache_dir=state / "cache")
    for command in () if asks_for_tests else find_commands(root):
        Consents(state).decline(root, command)

    def open_workspace(model: str) -> Workspace:
        if failure is not None:
            raise failure
        repository = Repository.open(root)
        return Workspace(repository, engine or IdleEngine(), Words(), CheckRunner(root), settings)

    return Services(
        folder=root,
        settings=settings,
        tasks=tasks or Player(root).tasks(),
        setup=setup or FakeSetup(),
        open_workspace=open_workspace,
        open_writer=lambda workspace: Writer(workspace.repository.root, state),
        consents=lambda: Consents(state),
    )
