"""The prompt of an addition shows code like it."""

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

CLASS = """\
class Renderer:
    def __init__(self):
        self._pad = 1
        self._key = "event"

    @property
    def pad(self):
        return self._pad

    @pad.setter
    def pad(self, value):
        self._pad = value
        self._rebuild()

    def _rebuild(self):
        pass


class Other:
    @property
    def elsewhere(self):
        return 1
"""
WAITS = "\n\n".join(f"def {name}():\n    return {name!r}\n" for name in ("wait_none", "stop_never"))


def prompt(make_world, text: str, task: str, answer: str) -> str:
    world = make_world([[answer]], files={"a.py": text})
    request = TaskRequest(task, (Selected("a.py"),), candidates=1)
    list(edit(world.workspace, request, Cancel()))
    return world.engine.requests[0].messages[-1].content.partition("# Task")[2]


def test_a_property_sees_a_property_of_its_class_with_the_setter(make_world) -> None:
    task = "Add a `key` property to Renderer"
    shown = prompt(make_world, CLASS, task, "@property\ndef key(self):\n    return self._key")
    assert CLASS[CLASS.index("    @property") : CLASS.index("\n    def _rebuild")] in shown
    assert "elsewhere" not in shown
    assert "def _rebuild" not in shown


def test_a_function_sees_one_whose_name_begins_alike(make_world) -> None:
    shown = prompt(make_world, WAITS, "Add a function wait_zero", "def wait_zero():\n    return 0")
    assert "def wait_none" in shown
    assert "stop_never" not in shown


def test_without_similar_code_none_is_shown(make_world) -> None:
    shown = prompt(make_world, WAITS, "Add a function retry", "def retry():\n    return 0")
    assert "like it" not in shown
    assert "def wait_none" not in shown


QUEUE = """\
class Queue {
\tget isPaused(): boolean {
\t\treturn this.#paused;
\t}

\tasync onEmpty(): Promise<void> {
\t\tawait this.#event('empty');
\t}

\t#event(name: string) {
\t\treturn name;
\t}
}
"""


def test_what_only_shares_another_word_is_not_shown(make_world) -> None:
    answer = "get isEmpty(): boolean {\n\treturn true;\n}"
    world = make_world([[answer]], files={"a.ts": QUEUE})
    task = "Add a getter isEmpty to Queue"
    list(edit(world.workspace, TaskRequest(task, (Selected("a.ts"),), 1), Cancel()))
    shown = world.engine.requests[0].messages[-1].content.partition("# Task")[2]
    assert "get isPaused" in shown
    assert "onEmpty" not in shown
