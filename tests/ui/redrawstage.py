"""An app with a proposal under review, and a model that answers what is sent back."""

from assistant.engine.scripted import ScriptedEngine
from assistant.review.decisions import Decision
from assistant.ui.app import AssistantApp
from assistant.ui.screens.reason import ReasonDialog
from tests.ui.keys import enter
from tests.ui.stage import make_services

DISCOUNTED = '''    def discounted(self, percent: float) -> float:
        """The total after a discount."""
        return round_money(self.total() * (1 - percent / 100))
'''
DECIDED = (Decision.ACCEPTED, Decision.UNDECIDED, Decision.REJECTED)


class Script:
    """An app with a proposal of three hunks under review, and what the model answers to it."""

    def __init__(self, shop, state, until, answers, reopen="", **options) -> None:
        self.engine = ScriptedEngine(answers, **options)
        self.app = AssistantApp(make_services(shop, state, engine=self.engine), reopen=reopen)
        self.until = until

    @property
    def review(self):
        return self.app.screen_stack[0].review

    async def propose(self, pilot) -> None:
        await self.until(pilot, lambda: self.app.screen.session)
        await enter(pilot, "/candidates 1", "enter")
        await enter(pilot, "/edit totals", "enter")
        await self.until(pilot, lambda: self.review.proposal is not None)

    async def decide(self, pilot) -> None:
        """Accepts the first hunk, rejects the last, and leaves the cursor on the second."""
        await pilot.press("g", "a", "G", "r", "g", "n")
        assert tuple(self.review.review.decisions.values()) == DECIDED

    async def send_back(self, pilot, reason: str) -> None:
        await pilot.press("s")
        await self.until(pilot, lambda: isinstance(self.app.screen, ReasonDialog))
        await enter(pilot, reason, "ctrl+s")
        await self.until(pilot, lambda: not isinstance(self.app.screen, ReasonDialog))

    async def idle(self, pilot) -> None:
        await self.until(pilot, lambda: self.app.screen_stack[0].phase == "idle")

    def shown(self) -> str:
        return self.app.export_screenshot().replace("&#160;", " ")

    def log(self) -> str:
        return "\n".join(text for _, text in self.app.screen_stack[0].log_view.entries)
