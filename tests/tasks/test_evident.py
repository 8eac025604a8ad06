"""Plans of repositories with many files come from evidence; the model writes the sentences."""

import llguidance
import pytest

from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer
from assistant.planning.choosing import LIKELY
from assistant.planning.facts import Role
from assistant.solving.events import PlanReady, Step, StepProposed, Verb
from assistant.solving.request import TaskRequest
from assistant.tasks.evident import sentences_grammar
from assistant.tasks.plan import plan

CART = '''"""Carts."""

from shop.stock import in_stock


class Cart:
    """What a customer wants."""

    def add_item(self, item):
        return in_stock(item)

    def drop_item(self, item):
        return item
'''
FILES = {
    "shop/__init__.py": "from shop.cart import Cart\n",
    "shop/cart.py": CART,
    "shop/stock.py": "def in_stock(item):\n    return True\n\n\ndef refill():\n    return 1\n",
    "shop/mail.py": "def send(text):\n    return text\n",
    "shop/users.py": "def user(name):\n    return name\n",
    "shop/tax.py": "def tax(value):\n    return value\n",
    "tests/test_cart.py": "from shop.cart import Cart\n\n\ndef test_add_item():\n    Cart()\n",
    "CHANGES.md": "# Changes\n",
    "setup.cfg": "[metadata]\nname = shop\n",
}


@pytest.fixture(autouse=True)
def only_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether tests and the change log are likely depends on the weights."""
    never = {role: 2.0 for role in (Role.TEST, Role.CHANGELOG, Role.DOCUMENT)}
    monkeypatch.setattr("assistant.planning.choosing.LIKELY", {**LIKELY, **never})


def planned(world, task: str) -> tuple[Step, ...]:
    *_, ready = plan(world.workspace, TaskRequest(task), Cancel())
    assert isinstance(ready, PlanReady)
    return ready.plan.steps


def test_a_single_place_has_the_words_of_the_task_and_needs_no_model(make_world) -> None:
    world = make_world([], files=FILES)
    task = "Fix the bug in shop/tax.py: `tax` must round the value"
    assert planned(world, task) == (Step(1, Verb.EDIT, "shop/tax.py", "tax", task),)
    assert world.engine.requests == []


def test_the_model_writes_a_sentence_about_each_place_in_the_order_of_the_work(make_world) -> None:
    answer = (
        "edit shop/stock.py::in_stock: Take a number.\nedit shop/cart.py::add_item: Pass it on."
    )
    task = "Let in_stock() in shop/stock.py take a number, and add_item() in shop/cart.py pass it"
    world = make_world([answer.replace("::add_item", "::Cart.add_item")], files=FILES)
    *events, ready = plan(world.workspace, TaskRequest(task), Cancel())
    first, second = ready.plan.steps
    assert first == Step(1, Verb.EDIT, "shop/stock.py", "in_stock", "Take a number.")
    assert second == Step(2, Verb.EDIT, "shop/cart.py", "Cart.add_item", "Pass it on.")
    assert [e.step for e in events if isinstance(e, StepProposed)] == [first, second]
    (asked,) = world.engine.requests
    assert "edit shop/stock.py::in_stock:   (in_stock, refill)" in asked.messages[-1].content
    assert "shop/mail.py" not in asked.messages[-1].content


SAME = "edit shop/stock.py::in_stock: Do it now.\nedit shop/cart.py::Cart.add_item: Do it now."


@pytest.mark.parametrize("answer", [SAME, Answer(SAME.partition("\n")[0], reason="length")])
def test_a_sentence_that_is_missing_or_repeated_is_that_of_the_task(make_world, answer) -> None:
    task = "Let in_stock() in shop/stock.py take a number, and add_item() in shop/cart.py pass it"
    world = make_world([answer], files=FILES)
    assert [step.sentence for step in planned(world, task)] == ["Do it now.", task]


def test_tests_and_the_change_log_say_what_to_do_without_a_model(make_world, monkeypatch) -> None:
    always = {role: 0.0 for role in (Role.TEST, Role.CHANGELOG)}
    monkeypatch.setattr("assistant.planning.choosing.LIKELY", {**LIKELY, **always})
    world = make_world([], files=FILES)
    task = "Fix the bug in shop/tax.py: `tax` must round the value"
    assert planned(world, task) == (
        Step(1, Verb.EDIT, "shop/tax.py", "tax", task),
        Step(2, Verb.EDIT, "tests/test_cart.py", "", f"Test the change: {task}"),
        Step(3, Verb.EDIT, "CHANGES.md", "", f"Add an entry: {task}"),
    )
    assert world.engine.requests == []


def test_a_new_file_that_the_task_names_is_created_first(make_world) -> None:
    world = make_world([Answer("", reason="length")], files=FILES)
    task = "Add a module shop/gifts.py that wraps what is sent"
    first, *_ = planned(world, task)
    assert first == Step(1, Verb.CREATE, "shop/gifts.py", "", task)


def test_a_task_about_tests_changes_only_tests(make_world) -> None:
    world = make_world([], files=FILES)
    (step,) = planned(world, "Add a test for add_item")
    assert step == Step(
        1, Verb.EDIT, "tests/test_cart.py", "", "Test the change: Add a test for add_item"
    )


def test_the_grammar_of_sentences_is_valid() -> None:
    grammar = sentences_grammar(["edit a.py:", 'create we"ird\\name.py::f:'])
    assert llguidance.LLMatcher.validate_grammar(llguidance.grammar_from("lark", grammar)) == ""
