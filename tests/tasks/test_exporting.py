"""What an edit adds is exported where the task says so."""

import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.errors import ProposalError
from assistant.solving.events import ProposalReady
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

STOP = "class stop_base:\n    pass\n\n\nclass stop_all(stop_base):\n    pass\n"
PACKAGE = (
    '"""Retries."""\n\nfrom .stop import stop_all, stop_base\n\n'
    '__all__ = ["stop_all", "stop_base", "wait"]\n\n\ndef wait():\n    pass\n'
)
FILES = {"shop/__init__.py": PACKAGE, "shop/stop.py": STOP, "shop/old/__init__.py": ""}
ADDED = "class stop_after(stop_base):\n    pass\n"
EXPORTED = PACKAGE.replace("import stop_all", "import stop_after, stop_all").replace(
    '["stop_all"', '["stop_after", "stop_all"'
)


def changed(make_world, task: str, answers=((ADDED,),)) -> dict[str, str]:
    world = make_world([list(each) for each in answers], files=FILES)
    request = TaskRequest(task, (Selected("shop/stop.py"),), candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    best = events[-1].proposal.best
    return {each.path: (each.new or b"").decode() for each in best.changes}


@pytest.mark.parametrize("place", ["from shop/__init__.py", "from the package", "from it"])
def test_the_package_imports_and_lists_what_is_added(make_world, place) -> None:
    task = f"Add a stop condition stop_after(n) in shop/stop.py and export it {place}"
    found = changed(make_world, task)
    assert found["shop/__init__.py"] == EXPORTED
    assert ADDED in found["shop/stop.py"]


def test_the_package_that_the_task_names_is_meant(make_world) -> None:
    task = "Add stop_after(n) in shop/stop.py and export it from shop/old/__init__.py"
    found = changed(make_world, task)
    assert found["shop/old/__init__.py"] == "from shop.stop import stop_after\n"
    assert "shop/__init__.py" not in found


def test_nothing_is_exported_unasked(make_world) -> None:
    found = changed(make_world, "Add a stop condition stop_after(n) in shop/stop.py")
    assert list(found) == ["shop/stop.py"]


def test_nothing_is_exported_without_the_addition(make_world) -> None:
    """The export alone would be a broken package."""
    with pytest.raises(ProposalError):
        changed(
            make_world,
            "Add stop_after(n) in shop/stop.py and export it",
            answers=[("",)] * 8,
        )
