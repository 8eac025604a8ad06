"""A candidate is expected to be as long as the code that it rewrites; nothing else is expected."""

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import CandidateStarted, ProposalReady
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from tests.worlds import CALC, WordCounter

RIGHT = CALC.replace("a - b", "a + b")
WORDS = WordCounter().count(CALC.rstrip("\n"))


def expectations(world, task, selection, **options) -> list[int]:
    events = list(edit(world.workspace, TaskRequest(task, selection, **options), Cancel()))
    assert isinstance(events[-1], ProposalReady)
    return [each.expected for each in events if isinstance(each, CandidateStarted)]


def test_a_rewrite_is_expected_to_be_as_long_as_the_code(make_world) -> None:
    world = make_world([[RIGHT]])
    task = "Correct the sum in add"
    assert expectations(world, task, (Selected("calc.py"),), candidates=1) == [WORDS]


def test_a_thought_before_an_answer_is_not_part_of_it(make_world) -> None:
    world = make_world([[CALC], "add subtracts.\n\nmore", RIGHT])
    task = "Correct the sum in add"
    found = expectations(world, task, (Selected("calc.py"),), candidates=1)
    assert found == [WORDS, 0, WORDS], "the copy, the thought, and the answer after it"


def test_nothing_says_how_long_an_addition_will_be(make_world) -> None:
    world = make_world([["def product(a, b):\n    return a * b\n"]])
    task = "Add a function product(a, b) that multiplies"
    assert set(expectations(world, task, (Selected("calc.py"),), candidates=1)) == {0}
