"""From a task to the written file and back, on a real repository with a scripted engine."""

import subprocess

from textual import events

from assistant.context.bundle import Selected
from assistant.engine.scripted import ScriptedEngine
from assistant.review.decisions import Decision
from assistant.solving.events import StepState
from assistant.ui.app import AssistantApp
from assistant.ui.widgets.diff import DiffView
from assistant.ui.widgets.files import FileList
from assistant.ui.widgets.taskinput import TaskInput
from tests.ui.shop import CART
from tests.ui.stage import Player, make_services, real_tasks

PLAN = (
    "edit shop/cart.py::Cart.total: Count quantities and round the sum.\n"
    "edit shop/orders.py::Order.invoice: Show line totals.\n"
)
TOTAL = '''    def total(self) -> float:
        """What all items cost together, to the cent."""
        total = 0.0
        for item in self.items:
            total += item.price * item.quantity
        return total
'''
ONE_ACCEPTED = CART.replace("total += item.price\n", "total += item.price * item.quantity\n")


def git_status(root) -> bytes:
    return subprocess.run(
        ["git", "status", "--porcelain"], cwd=root, check=True, capture_output=True
    ).stdout


async def test_a_task_is_written_and_undone_exactly(shop, state, until) -> None:
    engine = ScriptedEngine([PLAN, TOTAL])
    app = AssistantApp(make_services(shop, state, tasks=real_tasks(), engine=engine))
    before = (shop / "shop/cart.py").read_bytes()
    status = git_status(shop)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session and not screen.status.value.running)

        await pilot.press("escape", "1", "j", "j", "space", "j", "space")
        expected = (Selected("shop/cart.py"), Selected("shop/orders.py"))
        assert tuple(screen.files.file_tree.selection) == expected
        await until(pilot, lambda: screen.status.value.used > 0)

        await pilot.press("i", *"/candidates 1", "enter")
        await pilot.press(*"count quantities", "enter")
        await until(pilot, lambda: len(screen.plan.steps) == 2 and screen.phase == "idle")
        assert screen.focused is screen.plan.list

        await pilot.press("a")
        assert screen.plan.steps[0].state is StepState.ACCEPTED
        assert screen.plan.list.cursor == 0, "the cursor stays on the accepted step"
        await pilot.press("enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        assert screen.plan.steps[0].state is StepState.REVIEW
        assert isinstance(screen.focused, DiffView)
        assert screen.review.undecided == 2

        await pilot.press("r", "a")
        assert list(screen.review.review.decisions.values()) == [
            Decision.REJECTED,
            Decision.ACCEPTED,
        ]
        assert (shop / "shop/cart.py").read_bytes() == before, "a decision writes nothing"
        await pilot.press("w")
        await until(pilot, lambda: screen.plan.steps[0].state is StepState.DONE)
        assert (shop / "shop/cart.py").read_text() == ONE_ACCEPTED
        assert screen.review.proposal is None

        await pilot.press("ctrl+z")
        await until(pilot, lambda: (shop / "shop/cart.py").read_bytes() == before)
        assert git_status(shop) == status
        await until(pilot, lambda: screen.plan.steps[0].state is StepState.ACCEPTED)
        await pilot.press("ctrl+y")
        await until(pilot, lambda: (shop / "shop/cart.py").read_text() == ONE_ACCEPTED)
        await until(pilot, lambda: screen.plan.steps[0].state is StepState.DONE)


async def test_a_hunk_can_be_edited_before_it_is_accepted(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        await pilot.press("e")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("end", *"  # each", "ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        first = screen.review.review.hunks[0].id
        assert screen.review.review.decisions[first] is Decision.EDITED
        await pilot.press("R", "w")
        await until(pilot, lambda: b"# each" in (shop / "shop/cart.py").read_bytes())
        text = (shop / "shop/cart.py").read_text()
        assert "total += item.price * item.quantity  # each\n" in text
        assert "return self.total() - percent\n" in text, "rejected hunks are not written"


async def test_keys_typed_in_a_burst_into_a_hunk_keep_their_order(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        await pilot.press("e")
        await until(pilot, lambda: app.screen is not screen)
        for key in ("end", "ctrl+u", *"pass", "ctrl+s"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: app.screen is screen)
        first = screen.review.review.hunks[0].id
        assert screen.review.review.edits[first][0] == b"pass\n"


async def test_what_is_shown_of_an_edited_hunk_is_what_is_written(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        first = screen.review.review.hunks[0].id

        async def edit() -> None:
            await pilot.press("e")
            await until(pilot, lambda: app.screen is not screen)
            await pilot.press("end", *"#EACH", "ctrl+s")
            await until(pilot, lambda: app.screen is screen)
            await until(pilot, lambda: "#EACH" in app.export_screenshot())

        async def to_first() -> None:
            while screen.review.diff.current != first:
                await pilot.press("p")

        await edit()
        await to_first()
        await pilot.press("u")
        assert screen.review.review.decisions[first] is Decision.UNDECIDED
        await until(pilot, lambda: "#EACH" not in app.export_screenshot())
        assert screen.review.diff.current == first
        await edit()
        await to_first()
        await pilot.press("r")
        await to_first()
        await pilot.press("a")
        assert screen.review.review.decisions[first] is Decision.EDITED
        assert "#EACH" in app.export_screenshot()
        await pilot.press("R", "w")
        await until(pilot, lambda: b"#EACH" in (shop / "shop/cart.py").read_bytes())


async def test_alternatives_keep_their_own_decisions(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(100, 30)) as pilot:
        review = app.screen.review
        await until(pilot, lambda: app.screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: review.proposal is not None)
        assert review.undecided == 3
        await pilot.press("a", "right_square_bracket")
        assert (review.candidate, review.undecided) == (1, 1)
        await pilot.press("left_square_bracket")
        assert (review.candidate, review.undecided) == (0, 2)


async def test_a_proposal_whose_hunks_are_all_rejected_writes_nothing(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    before = (shop / "shop/cart.py").read_bytes()
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: app.screen.review.proposal is not None)
        await pilot.press("R", "w")
        await until(pilot, lambda: app.screen.review.proposal is None)
        assert (shop / "shop/cart.py").read_bytes() == before


async def test_removing_most_of_a_file_needs_confirmation(shop, state, until) -> None:
    from assistant.solving.values import Candidate, Proposal
    from assistant.ui.preparing import prepare
    from tests.ui.stage import change_of

    app = AssistantApp(make_services(shop, state))
    before = (shop / "shop/cart.py").read_bytes()
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        short = change_of(shop, "shop/cart.py", CART[:200] + "\n")
        proposal = Proposal("less", (Candidate(1, (short,)),))
        screen.review.show(prepare(proposal, frozenset()))
        screen.action_pane("diff")
        await pilot.press("A", "w")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("n")
        await until(pilot, lambda: app.screen is screen)
        assert (shop / "shop/cart.py").read_bytes() == before
        await pilot.press("w")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("y")
        await until(pilot, lambda: (shop / "shop/cart.py").read_bytes() != before)


async def test_a_file_mentioned_in_the_task_is_selected(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.press(*"/ask why is @pri")
        await pilot.press("tab", *"so", "enter")
        await until(pilot, lambda: app.screen.job is None and app.screen.log_view.entries)
        files = app.screen.query_one(FileList)
        assert tuple(files.file_tree.selection) == (Selected("shop/prices.py"),)
        assert any("forgets" in text for _, text in app.screen.log_view.entries)


async def test_only_the_named_function_of_a_long_file_is_selected(shop, state, until) -> None:
    body = "".join(f"def other_{n}(a, b):\n    return a * {n} + b\n\n\n" for n in range(300))
    (shop / "shop/long.py").write_text(body + "def last_one():\n    return 1\n")
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.press(*"/ask @shop/long.py what does last_one give", "enter")
        await until(pilot, lambda: player.requests)
        assert player.requests[0].selection == (Selected("shop/long.py", "last_one"),)


async def test_fast_keys_keep_their_order(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        task = app.screen.prompt.input
        keys = [
            *"on",
            "backspace",
            "backspace",
            *"two",
            "left",
            "left",
            *"ab",
            "delete",
            "end",
            "x",
        ]
        for key in keys:
            character = key if len(key) == 1 else None
            task.post_message(events.Key(key, character))
        await until(pilot, lambda: task.text.endswith("x"))
        await pilot.pause()
        assert task.text == "tabox"


async def test_enter_before_the_list_follows_the_text_sends_the_text(shop, state, until) -> None:
    """Completing by the old list would put `/ask` in place of the whole line."""
    player = Player(shop)
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        prompt = app.screen.prompt
        await pilot.press(*"/as")
        assert prompt.input.completing
        prompt.input.insert("k where is it")
        prompt.post_message(TaskInput.Completed(True))  # overtakes the change
        await until(pilot, lambda: player.requests)
        assert player.requests[0].task == "where is it"


async def test_keys_typed_before_the_first_focus_reach_the_task_line(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.set_focus(None)
        screen._had_focus = False
        await pilot.press(*"1 more", "backspace")
        assert screen.prompt.input.text == "1 mor"
        assert screen.panes.active == "plan", "the keys are text, not bindings of the screen"
        await pilot.press("enter")
        await until(pilot, lambda: screen.plan.task_text == "1 mor")


async def test_the_task_line_has_the_focus_after_a_rejected_review(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        await pilot.press("R", "w")
        await until(pilot, lambda: screen.review.proposal is None)
        await pilot.press(*"more")
        assert screen.prompt.input.text == "more"


async def test_the_mouse_selects_decides_and_switches_panes(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.click(FileList, offset=(6, 2))
        assert tuple(screen.files.file_tree.selection) == (Selected("shop/cart.py"),)
        await pilot.click("#task")
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        diff = screen.query_one(DiffView)
        line = diff._model.starts[screen.review.review.hunks[0].id] - diff.scroll_offset.y
        width = diff.size.width
        await pilot.click(DiffView, offset=(width - 34, line))
        assert next(iter(screen.review.review.decisions.values())) is Decision.ACCEPTED
        await pilot.click("#main-tabs", offset=(2, 0))
        assert screen.panes.active == "plan"
        await pilot.click("#keys", offset=(1, 0))
        await until(pilot, lambda: screen.focused is screen.prompt.input)
