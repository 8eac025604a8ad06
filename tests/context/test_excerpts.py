"""What a question reads where nothing is selected."""

from pathlib import Path

import pytest

from assistant.context.build import build_context
from assistant.context.bundle import Context, Selected
from assistant.engine.base import Cancel
from assistant.repo.git import Repository
from assistant.solving.events import ContextRead, PlanReady
from assistant.solving.request import TaskRequest
from assistant.tasks.ask import ask
from assistant.tasks.gathering import BRIEF_TOKENS
from assistant.tasks.plan import plan
from tests.worlds import MakeWorld, WordCounter, World, make_world

__all__ = ["make_world"]


def function(name: str, lines: int, words: str = "") -> str:
    body = "".join(f"    value_{n} = other({n}) + more  # {words}\n" for n in range(lines))
    return f"def {name}(argument):\n{body}    return argument\n\n\n"


LONG = 400
FILES = {
    "shop/cart.py": "import os\n\n\n"
    + function("settle_invoice", 12, "payment of a customer")
    + "".join(function(f"helper_{n}", 30) for n in range(20)),
    "shop/stock.py": function("payment_reminder", 8, "payment of a customer")
    + "".join(function(f"shelf_{n}", 30) for n in range(20)),
    "shop/huge.py": function("everything_at_once", LONG, "voucher"),
}
QUESTION = "How is the payment of a customer settled?"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(lambda _: "Like this.", files=FILES)


def read(root: Path, task: str, room: int) -> Context:
    repository = Repository.open(root)
    return build_context(
        repository, repository.snapshot(), (), task, WordCounter(), 9_000, (), room
    )


def test_the_best_units_of_all_files_are_read_rather_than_one_file(world: World) -> None:
    context = read(world.root, QUESTION, 400)
    assert context.tokens <= 400
    shown = {f"{file.path}::{name}" for file in context.files for name in file.shown}
    assert shown >= {"shop/cart.py::settle_invoice", "shop/stock.py::payment_reminder"}
    assert not any(file.whole for file in context.files)
    assert "helper_3" not in "".join(file.text for file in context.files)
    assert context.outline


def test_files_that_fit_are_read_whole(world: World) -> None:
    assert all(file.whole for file in read(world.root, QUESTION, 9_000).files)


def test_of_a_named_function_that_is_too_long_the_beginning_is_read(world: World) -> None:
    context = read(world.root, "What does everything_at_once do?", 500)
    (file,) = (file for file in context.files if file.path == "shop/huge.py")
    assert context.tokens <= 500
    assert file.text.startswith("def everything_at_once(argument):\n    value_0")
    assert "value_20 " in file.text
    assert f"value_{LONG - 1} " not in file.text
    assert file.shown == ()


def test_a_question_without_a_selection_reads_little(world: World) -> None:
    *_, _ = ask(world.workspace, TaskRequest(QUESTION), Cancel())
    (asked,) = world.engine.requests
    words = sum(WordCounter().count(message.content) for message in asked.messages)
    assert words <= BRIEF_TOKENS
    assert "def settle_invoice" in asked.messages[-1].content


def test_what_is_selected_is_not_cut(world: World) -> None:
    request = TaskRequest(QUESTION, (Selected("shop/cart.py"),))
    events = list(ask(world.workspace, request, Cancel()))
    (context,) = (event.context for event in events if isinstance(event, ContextRead))
    assert [(file.path, file.whole) for file in context.files] == [("shop/cart.py", True)]
    assert context.tokens > BRIEF_TOKENS


def test_a_plan_of_few_long_files_reads_little(make_world: MakeWorld) -> None:
    line = "edit shop/cart.py::settle_invoice: Return nothing.\n"
    world = make_world([line], files=FILES)
    task = "Let settle_invoice() in shop/cart.py return None"
    *_, ready = plan(world.workspace, TaskRequest(task), Cancel())
    assert isinstance(ready, PlanReady)
    assert [step.target for step in ready.plan.steps] == ["shop/cart.py::settle_invoice"]
    (asked,) = world.engine.requests
    words = sum(WordCounter().count(message.content) for message in asked.messages)
    assert words <= BRIEF_TOKENS
    assert "def settle_invoice" in asked.messages[-1].content
