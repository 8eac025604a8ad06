from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.request import TaskRequest
from assistant.tasks.ask import ask
from assistant.tasks.reading import read_ahead

SELECTION = (Selected("calc.py"),)


def test_reading_ahead_reads_the_beginning_of_the_next_prompt(make_world) -> None:
    world = make_world(["It adds."])
    assert list(read_ahead(world.workspace, SELECTION, Cancel()))
    list(ask(world.workspace, TaskRequest("What does it do?", SELECTION), Cancel()))
    ahead, asked = world.engine.warmed[0].messages, world.engine.requests[0].messages
    assert ahead[0] == asked[0]
    assert "def add" in ahead[1].content
    assert asked[1].content.startswith(ahead[1].content)


def test_nothing_is_read_ahead_without_a_selection_or_after_a_cancel(make_world) -> None:
    world = make_world([])
    cancel = Cancel()
    cancel.set()
    assert list(read_ahead(world.workspace, (), Cancel())) == []
    assert list(read_ahead(world.workspace, SELECTION, cancel)) == []
    assert world.engine.warmed == []
