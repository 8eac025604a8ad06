"""What a question reads where nothing is selected."""

import re
from pathlib import Path

import pytest

from assistant.context.build import build_context
from assistant.context.bundle import Context, Selected
from assistant.context.describing import MOST_PLACES, amount, places
from assistant.engine.base import Cancel, EngineInfo
from assistant.repo.git import Repository
from assistant.solving.events import AnswerReady, ContextRead, PlanReady
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


def test_of_long_units_the_beginning_is_read_so_that_others_fit(make_world: MakeWorld) -> None:
    long = "".join(function(f"refund_{n}", 90, "refund voucher") for n in range(3))
    world = make_world(lambda _: "So.", files={"a.py": long, "b.py": function("other", 800)})
    context = read(world.root, "How is a refund of a voucher made?", 900)
    (file,) = context.files
    assert file.begun == ("refund_0", "refund_1", "refund_2")
    assert file.shown == ()
    assert amount(file).startswith("0 of 3 units, the beginning of 3 ·")
    assert "value_28 " in file.text
    assert "value_40 " not in file.text


def test_a_context_says_why_each_file_was_chosen_and_what_did_not_fit(world: World) -> None:
    context = read(world.root, QUESTION, 200)
    assert "words in common: custom, payment" in context.reason("shop/cart.py")
    assert context.left_out
    assert not any("settle_invoice" in label for label in context.left_out)
    assert context.reason("absent.py") == ""


@pytest.mark.parametrize(
    ("selection", "looked"),
    [((), "shop/cart.py:4 settle_invoice"), ((Selected("shop/cart.py"),), "")],
)
def test_an_answer_says_where_it_looked_if_nothing_was_selected(
    world: World, selection: tuple[Selected, ...], looked: str
) -> None:
    *_, answer = ask(world.workspace, TaskRequest(QUESTION, selection), Cancel())
    assert isinstance(answer, AnswerReady)
    assert (looked in answer.places) if looked else not answer.places


def test_of_many_places_the_number_is_said(make_world: MakeWorld) -> None:
    files = {"a.py": "".join(f"def part_{n}():\n    refund()\n\n\n" for n in range(20))}
    files["b.py"] = function("other", 900, "refund")
    world = make_world(lambda _: "So.", files=files)
    found = places(read(world.root, "How is a refund made?", 300))
    assert len(found) == MOST_PLACES + 1
    assert re.fullmatch(r"and \d+ more", found[-1])


def test_a_model_that_reads_slowly_gets_less(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(function(f"pay_{n}", 12, "payment of a customer") for n in range(60))
    world = make_world(lambda _: "So.", files={"a.py": text})
    slow = EngineInfo("slow", "cpu", "int8", 8192, 2, 4_800_000_000, 3.0)
    sizes = []
    for info in (world.engine.info(), slow):
        monkeypatch.setattr(world.engine, "info", lambda info=info: info)
        list(ask(world.workspace, TaskRequest(QUESTION), Cancel()))
        sizes.append(WordCounter().count(world.engine.requests[-1].messages[-1].content))
    assert sizes[1] < 750 < sizes[0] <= BRIEF_TOKENS
