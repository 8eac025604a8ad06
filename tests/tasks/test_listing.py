"""A request lists the files of the working tree once, and keeps to that list."""

import pytest

from assistant.checks.commands import parse_command
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.repo import git
from assistant.solving.request import TaskRequest
from assistant.tasks.ask import ask
from assistant.tasks.edit import edit
from assistant.tasks.fix import fix
from assistant.tasks.plan import plan
from tests.worlds import CALC

RIGHT = CALC.replace("a - b", "a + b")
SUM = "```python\ndef add(a, b):\n    return a + b\n"
SELECTION = (Selected("calc.py"),)
CHECK = parse_command("python -m unittest test_calc.py")
NAMES = ("cart", "stock", "mail", "users", "tax", "prices")
MANY = {f"shop/{name}.py": f"def {name}():\n    return 1\n" for name in NAMES}


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One element for each listing that was taken."""
    taken: list[str] = []
    real = git.list_files

    def counted(*arguments, **options):
        taken.append("listed")
        return real(*arguments, **options)

    monkeypatch.setattr(git, "list_files", counted)
    return taken


@pytest.mark.parametrize(
    ("task", "asked", "script"),
    [
        (ask, TaskRequest("What does add return?"), ["The sum."]),
        (plan, TaskRequest("Correct add", SELECTION), ["edit calc.py::add: Add the numbers.\n"]),
        (plan, TaskRequest("Make stock in shop/stock.py return 2"), []),
        (edit, TaskRequest("Correct add", tests=True), [[RIGHT, RIGHT, RIGHT]]),
        (fix, TaskRequest("", candidates=1, check=CHECK), lambda _: SUM),
    ],
    ids=["ask", "plan of a selection", "plan of a repository", "edit", "fix"],
)
def test_a_request_takes_one_listing(make_world, listings, task, asked, script) -> None:
    files = MANY if "stock" in asked.task else None
    world = make_world(script, files=files)
    list(task(world.workspace, asked, Cancel()))
    assert listings == ["listed"]
    world.workspace.repository.snapshot()
    assert len(listings) == 2, "the next request lists again"
