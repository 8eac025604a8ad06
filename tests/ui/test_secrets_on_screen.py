"""A selection with secrets is not read before the user has said yes."""

from dataclasses import replace

import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Prefill
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import RepositoryError, UsageError
from assistant.solving.events import Step, StepState, Verb
from assistant.solving.redrawing import SentBack
from assistant.ui.app import AssistantApp
from assistant.ui.commands import Command
from assistant.ui.history import History
from assistant.ui.screens.dialogs import ConfirmDialog
from tests.ui.keys import enter
from tests.ui.stage import Player, make_services

KEY = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"
CLIENT = Selected("shop/client.py")


@pytest.fixture
def secret(shop):
    (shop / ".env").write_text("DB_PASSWORD=hunter2hunter2\n")
    (shop / "shop/client.py").write_text(f"import os\n\nTOKEN = '{KEY}'\n")
    return shop


def body(app: AssistantApp) -> str:
    return str(app.screen.query_one(".text").render())


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (".env", ".env is a file for secrets by its name"),
        ("shop/client.py", "shop/client.py:3 looks like it has a secret (GitHub token)"),
    ],
)
async def test_a_task_with_secrets_selected_asks_once(secret, state, until, path, said) -> None:
    player = Player(secret)
    app = AssistantApp(make_services(secret, state, tasks=player.tasks()))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await enter(pilot, f"/ask what is in @{path}", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert said in body(app)
        assert KEY not in body(app)
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert (player.requests, screen.phase) == ([], "idle")
        screen.action_prompt()
        await enter(pilot, "/ask again", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: player.requests and screen.phase == "idle")
        assert player.requests[0].selection == (Selected(path),)
        screen.action_prompt()
        await enter(pilot, "/ask more", "enter")
        await until(pilot, lambda: len(player.requests) == 2 and screen.phase == "idle")


async def test_a_selected_folder_asks_for_its_lines(secret, state, until) -> None:
    player = Player(secret)
    app = AssistantApp(make_services(secret, state, tasks=player.tasks()))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.files.select((Selected("shop"),))
        ask = screen.controllers.commands.run
        ask(Command("ask", "what is there"))
        with pytest.raises(UsageError, match="searched for secrets"):
            ask(Command("ask", "and what else"))
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "shop/client.py:3 looks like it has a secret" in body(app)
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert player.requests == []
        ask(Command("ask", "what is there"))
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: player.requests and screen.phase == "idle")
        ask(Command("ask", "again"))
        await until(pilot, lambda: len(player.requests) == 2 and screen.phase == "idle")


async def test_a_folder_that_cannot_be_listed_is_an_error(
    secret, state, until, monkeypatch
) -> None:
    player = Player(secret)
    app = AssistantApp(make_services(secret, state, tasks=player.tasks()))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.files.select((Selected("shop"),))

        def fail(*arguments: object) -> None:
            raise RepositoryError("The index cannot be read.", hint="Look at it.")

        monkeypatch.setattr("assistant.repo.git.Repository.snapshot", fail)
        screen.controllers.commands.run(Command("ask", "what is there"))
        await until(pilot, lambda: ("bad", "The index cannot be read.") in screen.log_view.entries)
        assert player.requests == []


async def test_a_hunk_is_sent_back_only_after_the_yes(secret, state, until) -> None:
    engine = ScriptedEngine(["    return 1\n"])
    app = AssistantApp(make_services(secret, state, engine=engine))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.files.select((Selected("shop/cart.py"),))
        screen.controllers.commands.run(Command("edit", "totals"))
        await until(pilot, lambda: screen.review.proposal and screen.phase == "idle")
        screen.files.select((Selected("shop/client.py"),))
        proposal, review = screen.review.proposal, screen.review.review
        back = SentBack(proposal, proposal.candidates[0], review, review.hunks[0].id, "no")
        request = replace(screen.controllers.tasks.request_of(proposal.title), selection=(CLIENT,))
        screen.controllers.tasks._reviewed = (proposal.title, request)
        screen.controllers.redrawing._start(back)
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "shop/client.py:3 looks like it has a secret" in body(app)
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert (engine.requests, screen.phase) == ([], "idle")
        screen.controllers.redrawing._start(back)
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: engine.requests and screen.phase == "idle")
        screen.controllers.review.close("Closed.")
        screen.controllers.redrawing._start(back)
        assert screen.phase == "idle", "the review has ended"


async def test_the_log_shows_no_key(secret, state, until) -> None:
    app = AssistantApp(make_services(secret, state))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        log = screen.log_view
        log.add("you", f"what is {KEY} for")
        shown = []
        text = f"It is `{KEY}`, and PASSWORD: hunter2hunter2 is\nnot\n```\nx = '{KEY}'\n```\nend"
        for at in range(0, len(text), 7):
            log.stream(text[at : at + 7])
            shown.append(repr(log.entries) + repr(log._lines))
        log.end_answer()
        assert not any(KEY[:12] in each for each in shown)
        words = [entry for entry in log.entries if entry[1]]
        assert words[-5:] == [
            ("you", "what is REDACTED_GITHUB_TOKEN for"),
            ("answer", "It is `REDACTED_GITHUB_TOKEN`, and PASSWORD: hunter2hunter2 is"),
            ("answer", "not"),
            ("code", "x = 'REDACTED_GITHUB_TOKEN'"),
            ("answer", "end"),
        ]
        log.stream("another answer")
        log.add("note", "its last word is there")
        assert ("answer", "another answer") in log.entries


async def test_other_files_ask_nothing(secret, state, until) -> None:
    player = Player(secret)
    app = AssistantApp(make_services(secret, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await enter(pilot, "/ask what is @shop/cart.py", "enter")
        await until(pilot, lambda: player.requests and screen.phase == "idle")


async def test_secrets_are_not_read_ahead_before_the_yes(secret, state, until) -> None:
    warmed: list[tuple[Selected, ...]] = []

    def warm(workspace, selection, cancel):
        warmed.append(selection)
        yield Prefill(1, 1, 0)

    services = replace(make_services(secret, state), warm=warm)
    app = AssistantApp(services)
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.status.value.info)
        controllers = screen.controllers
        screen.files.select((Selected(".env"),))
        controllers.selection.warm()
        await app.workers.wait_for_complete(
            [worker for worker in app.workers if worker.group == "warm"]
        )
        assert warmed == []
        controllers.secrets._allowed.update(_sightings(screen))
        controllers.selection.warm()
        await until(pilot, lambda: warmed == [(Selected(".env"),)])


def _sightings(screen):
    from assistant.context.confidential import sightings

    return sightings(screen.session.workspace.repository, (Selected(".env"),))


async def test_a_step_that_was_declined_can_run_again(secret, state, until) -> None:
    player = Player(secret)
    app = AssistantApp(make_services(secret, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.files.select((Selected("shop/cart.py"),))
        screen.plan.insert(Verb.EDIT, ".env", "", "Set the port.", 0)
        (step,) = screen.plan.steps
        assert isinstance(step, Step)
        screen.controllers.plan.run_step(step)
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert screen.plan.steps[0].state is StepState.RUNNING
        await pilot.press("n")
        await until(pilot, lambda: screen.plan.steps[0].state is StepState.ACCEPTED)
        assert player.requests == []


async def test_a_start_that_fails_after_the_yes_is_shown(secret, state, until, monkeypatch) -> None:
    player = Player(secret)
    app = AssistantApp(make_services(secret, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await enter(pilot, "/ask what is in @.env", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))

        def fail(*arguments: object) -> None:
            raise UsageError("A task is running.", hint="Wait.")

        monkeypatch.setattr(screen.controllers.tasks, "start", fail)
        await pilot.press("y")
        await until(pilot, lambda: ("bad", "A task is running.") in screen.log_view.entries)


def test_the_history_of_the_task_line_stores_no_key(tmp_path) -> None:
    history = History(tmp_path)
    history.add(f"/ask what is {KEY} for")
    assert history.older("") == f"/ask what is {KEY} for", "in this session it is as typed"
    assert KEY not in (tmp_path / "history.jsonl").read_text()
    assert History(tmp_path).entries == ("/ask what is REDACTED_GITHUB_TOKEN for",)
