"""Fixes of failing tests that need something which does not exist."""

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Failure, Frame, Verdict
from assistant.engine.base import Cancel
from assistant.solving.events import ProposalReady, UnitsChosen
from assistant.solving.request import TaskRequest
from assistant.tasks.absent import ABSENT, ABSENT_IN_CODE, find_homes
from assistant.tasks.fix import fix

STACK = """class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)


def other():
    return 1
"""
TESTS = """import unittest

import shop.stack
from shop.stack import Stack


class StackTest(unittest.TestCase):
    def test_it(self):
        stack = Stack()
        stack.push(sum((1, 1)))
        self.assertEqual({}, 2)
"""
CHECK = parse_command("python -m unittest -q")
OTHERS = {
    "shop/__init__.py": "",
    "shop/plates.py": "class Stack:\n    def clean(self):\n        pass\n",
}


def run(world):
    events = list(fix(world.workspace, TaskRequest("", candidates=1, check=CHECK), Cancel()))
    assert isinstance(events[-1], ProposalReady)
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    return events[-1].proposal, chosen


@pytest.mark.parametrize(
    ("use", "code", "label"),
    [
        (
            "stack.peek()",
            "def peek(self):\n    return self.items[-1]",
            "shop/stack.py::Stack",
        ),
        (
            "stack[0]",
            "def __getitem__(self, at):\n    return self.items[at]",
            "shop/stack.py::Stack",
        ),
        ("shop.stack.two()", "def two():\n    return 2", "shop/stack.py"),
    ],
)
def test_what_a_test_needs_is_inserted(make_world, use, code, label) -> None:
    files = {**OTHERS, "shop/stack.py": STACK, "test_stack.py": TESTS.format(use)}
    world = make_world(lambda request: f"```python\n{code}\n```", files=files, scores={"A": -0.1})
    proposal, chosen = run(world)
    assert chosen.labels[0] == label
    assert "the failing test needs" in chosen.reasons[0]
    assert proposal.best.verdict is Verdict.VERIFIED
    new = proposal.best.changes[0].new.decode()
    indent = "    " if "::" in label else ""
    added = "\n".join(f"{indent}{line}" for line in code.split("\n"))
    assert new.count(added) == 1
    assert [line for line in new.split("\n") if line.strip() and line not in added] == [
        line for line in STACK.split("\n") if line.strip()
    ]
    assert "must not change" in world.engine.requests[0].messages[-1].content


PLACES = {
    **OTHERS,
    "shop/stack.py": STACK,
    "docs/stack": "Stacks.\n",
    "haystack.py": "one = 1\n",
    "web/stack.ts": "export class Stack {}\n",
    "web/shelf.tsx": "export const shelf = 1;\n",
    "web/cart/index.ts": "export const cart = 1;\n",
    "web/tests/stack.test.ts": 'import { peek } from "../stack";\n',
    "test_stack.py": TESTS.format("1"),
    "none.py": "class NoneType:\n    pass\n",
}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("AttributeError: module 'stack' has no attribute 'peek'", [("shop/stack.py", "")]),
        ("AttributeError: module 'shop' has no attribute 'peek'", [("shop/__init__.py", "")]),
        ("Module '\"./shelf\"' has no exported member 'peek'", [("web/shelf.tsx", "")]),
        ("Module '\"../web/stack.js\"' has no exported member 'peek'", [("web/stack.ts", "")]),
        ("Module '\"./cart\"' has no exported member 'peek'", [("web/cart/index.ts", "")]),
        ("AttributeError: 'NoneType' object has no attribute 'peek'", []),
        ("AttributeError: 'Stack' object has no attribute 'peek'", [("shop/stack.py", "Stack")]),
    ],
)
def test_the_home_of_what_is_missing(make_world, message, expected) -> None:
    world = make_world([], files=PLACES)
    failure = Failure("t", message, (Frame("test_stack.py", 9),))
    homes = find_homes(world.workspace, [failure])
    assert [(each.path, each.owner) for each in homes] == expected


@pytest.mark.parametrize(
    ("paths", "weight"),
    [
        (["test_stack.py"], ABSENT),
        ([], ABSENT),
        (["test_stack.py", "shop/stack.py"], ABSENT_IN_CODE),
    ],
)
def test_what_code_that_ran_lacks_may_be_a_mistake_in_that_code(make_world, paths, weight) -> None:
    world = make_world([], files=PLACES)
    message = "AttributeError: 'Stack' object has no attribute 'itmes'"
    failure = Failure("t", message, tuple(Frame(path, 6) for path in paths))
    (home,) = find_homes(world.workspace, [failure])
    assert home.weight == weight
