"""Running tasks: progress, cancellation, errors and consent."""

import threading
import time
from dataclasses import replace

from textual.widgets import Input

from assistant.checks.results import Evidence, Status
from assistant.errors import ContextError, RepositoryError, WorkerDied
from assistant.solving.events import CandidateReady, ProposalReady, StepState
from assistant.ui.app import AssistantApp
from assistant.ui.screens.dialogs import ConfirmDialog, ConsentDialog
from tests.ui.stage import Player, make_services

BAD = Evidence("tests", Status.FAILED, "fails now (exit code 1)")


async def test_escape_stops_a_task_within_a_second(shop, state, until) -> None:
    player = Player(shop, hold=threading.Event())
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    spent = []
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        for _ in range(3):  # other programs of a busy machine may delay one of them
            screen.action_prompt()
            await pilot.press(*"/edit totals", "enter")
            await until(pilot, lambda: screen.status.value.phase == "checking")
            began = time.monotonic()
            await pilot.press("escape")
            await until(pilot, lambda: screen.phase == "idle")
            spent.append(time.monotonic() - began)
        assert min(spent) < 1.0
        assert screen.problem.error is not None
        assert screen.problem.error.message == "Cancelled."
        assert screen.review.proposal is None


async def test_the_best_candidate_so_far_can_be_shown_early(shop, state, until) -> None:
    heard = []

    class Hurried(Player):
        def _task(self, script):
            play = super()._task(script)

            def run(workspace, request, cancel):
                for event in play(workspace, request, cancel):
                    yield event
                    if isinstance(event, CandidateReady):
                        while not cancel.hurried and not cancel.is_set:
                            release.wait(0.01)
                        heard.append(cancel.hurried)

            return run

    release = threading.Event()
    app = AssistantApp(make_services(shop, state, tasks=Hurried(shop).tasks()))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press("ctrl+g", *"/edit totals", "enter")
        tasks = screen.controllers.tasks
        await until(pilot, lambda: ("ctrl+g", "^g", "show now") in tasks.urgent_keys())
        await pilot.press("ctrl+g")
        await until(pilot, lambda: screen.review.proposal is not None)
        assert heard[0] is True
        assert ("ctrl+g", "^g", "show now") not in tasks.urgent_keys()


async def test_a_task_that_does_not_stop_is_abandoned(shop, state, until, monkeypatch) -> None:
    monkeypatch.setattr("assistant.ui.controllers.tasks._PATIENCE", 0.05)
    release = threading.Event()

    def deaf(workspace, request, cancel):
        release.wait(20)
        yield from ()

    from assistant.ui.services import Tasks

    app = AssistantApp(make_services(shop, state, tasks=Tasks(deaf, deaf, deaf, deaf)))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"anything", "enter")
        await until(pilot, lambda: screen.phase == "running")
        await pilot.press("escape")
        await until(pilot, lambda: screen.phase == "idle" and screen.job is None)
        release.set()
        await pilot.pause()
        assert screen.phase == "idle", "the late end is ignored"


async def test_an_error_is_shown_and_the_next_task_works(shop, state, until) -> None:
    error = ContextError("The selection does not fit.", hint="Deselect shop/orders.py.")
    player = Player(shop, failure=error)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"totals", "enter")
        await until(pilot, lambda: screen.problem.error is error)
        assert ("bad", "The selection does not fit.") in screen.log_view.entries
        assert ("hint", "Deselect shop/orders.py.") in screen.log_view.entries
        await pilot.press("escape")
        assert screen.problem.error is None
        player.failure = None
        await pilot.press(*"totals", "enter")
        await until(pilot, lambda: len(screen.plan.steps) == 4 and screen.phase == "idle")


async def test_the_app_survives_an_unexpected_exception_in_a_task(shop, state, until) -> None:
    def broken(workspace, request, cancel):
        raise ZeroDivisionError("division by zero")
        yield

    from assistant.ui.services import Tasks

    app = AssistantApp(make_services(shop, state, tasks=Tasks(broken, broken, broken, broken)))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"anything", "enter")
        await until(pilot, lambda: screen.problem.error)
        assert "ZeroDivisionError" in screen.problem.error.message
        assert screen.phase == "idle"


async def test_a_failed_step_is_marked_in_the_plan(shop, state, until) -> None:
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"totals", "enter")
        await until(pilot, lambda: len(screen.plan.steps) == 4 and screen.phase == "idle")
        player.failure = WorkerDied("The worker died.", hint="Try again.")
        await pilot.press("enter")
        await until(pilot, lambda: screen.plan.steps[0].state is StepState.FAILED)
        assert player.requests[-1].step == screen.plan.steps[0] or player.requests[-1].step.id == 1


async def test_a_folder_without_a_repository_shows_an_error(shop, state, until) -> None:
    failure = RepositoryError("This is not a git repository.", hint="Run git init.")
    app = AssistantApp(make_services(shop, state, failure=failure))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.problem.error is failure)
        await pilot.press(*"anything", "enter")
        assert screen.problem.error.message == "The repository is not open yet."
        assert screen.job is None


async def test_only_one_task_runs_at_a_time(shop, state, until) -> None:
    player = Player(shop, hold=threading.Event())
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"first", "enter")
        await until(pilot, lambda: player.requests)
        await pilot.press(*"second", "enter")
        await until(pilot, lambda: screen.status.value.queued == 1)
        assert len(player.requests) == 1
        player.hold.set()
        await until(pilot, lambda: len(player.requests) == 2)


async def test_no_command_runs_without_consent(shop, state, until) -> None:
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/fix", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConsentDialog))
        assert app.screen.query_one("#command", Input).value == "python -m pytest -q"
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert player.requests == []


async def test_consent_is_for_the_shown_command_and_can_be_remembered(shop, state, until) -> None:
    player = Player(shop)
    services = make_services(shop, state, tasks=player.tasks())
    app = AssistantApp(services)
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/fix", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConsentDialog))
        app.screen.query_one("#command", Input).value = "python -m unittest"
        await pilot.click("#always")
        await until(pilot, lambda: player.requests and screen.phase == "idle")
        command = player.requests[0].check
        assert command.argv == ("python", "-m", "unittest")
        confinement = screen.session.workspace.runner.confinement
        assert services.consents().granted(shop, command, confinement=confinement)
        assert screen.review.proposal.best.verdict.value == "verified"
        assert [check.judge for check in screen.checks.checks][-1] == "python -m pytest -q"


async def test_pasted_failures_need_no_command(shop, state, until) -> None:
    from textual.events import Paste

    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    output = "Traceback (most recent call last):\n" + "  line\n" * 60
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.prompt.input.post_message(Paste(output))
        await pilot.pause()
        assert screen.prompt.input.text == "", "a long paste is attached, not inserted"
        await pilot.press("enter")
        await until(pilot, lambda: player.requests)
        assert player.requests[0].pasted == output
        assert player.requests[0].check is None


async def test_leaving_asks_if_an_open_review_cannot_be_stored(shop, state, until) -> None:
    state.mkdir()
    (state / "sessions").write_text("in the place of the folder")
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        assert any("cannot be stored" in each.message for each in app._notifications)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert app.is_running
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: screen.session.workspace.engine.closed)


async def test_a_fix_that_found_nothing_says_so_and_can_be_reviewed(shop, state, until) -> None:
    class Failing(Player):
        def fix(self, request):
            *before, ready = super().fix(request)
            tried = tuple(replace(e, evidence=(BAD,)) for e in ready.proposal.candidates)
            failed = replace(ready.proposal, candidates=tried, fixing=True)
            return [*before, ProposalReady(failed)]

    app = AssistantApp(make_services(shop, state, tasks=Failing(shop).tasks()))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/fix the totals", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConsentDialog))
        await pilot.click("#once")
        await until(pilot, lambda: screen.review.proposal and screen.phase == "idle")
        assert ("bad", "No fix found: none of 2 attempts passes.") in screen.log_view.entries
        assert any(text.startswith("Attempt: ") for _, text in screen.log_view.entries)
        assert screen.review.undecided == 3
