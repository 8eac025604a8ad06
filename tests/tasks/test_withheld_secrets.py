"""What the program chooses to read has no keys; what the user selected or wrote has them."""

import contextlib
from dataclasses import replace

import pytest

from assistant.checks.commands import parse_command
from assistant.context.bundle import Selected
from assistant.credentials.redacting import Placeholders
from assistant.engine.base import Cancel
from assistant.engine.redacting import RedactingEngine
from assistant.errors import ProposalError
from assistant.solving.events import AnswerReady
from assistant.solving.request import TaskRequest
from assistant.tasks.ask import ask
from assistant.tasks.edit import edit
from assistant.tasks.fix import fix
from assistant.tasks.reading import read_ahead
from tests.worlds import CALC

KEY = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"
NAME = "REDACTED_GITHUB_TOKEN_1"
LOGIN = f'def login():\n    """Connects."""\n    return connect("{KEY}")\n'
FILES = {"pkg/client.py": LOGIN, "pkg/calc.py": CALC}
TEST = "import unittest\n\nfrom pkg.client import login\n\n\nclass LoginTest(unittest.TestCase):\n"
FAILING = TEST + "    def test_login(self):\n        login()\n"
WRITTEN = f'```python\ndef login():\n    """Logs in."""\n    return connect("{NAME}")\n'


def sent(world) -> str:
    return repr([*world.engine.requests, *world.engine.scored, *world.engine.warmed])


def run(task, world, request) -> list:
    return list(task(world.workspace, request, Cancel()))


def test_a_question_about_a_file_that_was_not_selected_has_a_placeholder(make_world) -> None:
    world = make_world([f"It uses {NAME}."], files=FILES)
    (*_, answer) = run(ask, world, TaskRequest("What does login do?"))
    assert NAME in sent(world)
    assert KEY not in sent(world)
    assert isinstance(answer, AnswerReady)
    assert answer.text == f"It uses {KEY}.", "the user may see the user's own key"
    assert answer.places == ("pkg/client.py:1 (whole)",)


@pytest.mark.parametrize("path", ["pkg/client.py", "pkg", "."])
def test_what_is_selected_was_asked_for_and_is_read(make_world, path) -> None:
    world = make_world(["It connects."], files=FILES)
    run(ask, world, TaskRequest("What does login do?", (Selected(path),)))
    assert KEY in sent(world)


def test_another_file_is_read_without_its_key(make_world) -> None:
    world = make_world(["It connects."], files={**FILES, "pkg/other.py": f"TOKEN = '{KEY}x'\n"})
    run(ask, world, TaskRequest("What is TOKEN?", (Selected("pkg/client.py"),)))
    assert f"{KEY}x" not in sent(world)


def test_a_key_that_the_user_wrote_is_read(make_world) -> None:
    world = make_world(["It connects."], files={"pkg/calc.py": CALC})
    run(ask, world, TaskRequest(f"Is {KEY} a key?"))
    assert KEY in sent(world)


def test_an_edit_writes_a_key_that_the_model_did_not_read(make_world) -> None:
    world = make_world([WRITTEN] * 4, files=FILES)
    (*_, ready) = run(edit, world, TaskRequest("Say in the docstring of login that it logs in"))
    assert KEY not in sent(world)
    (change,) = ready.proposal.best.changes
    assert change.new == LOGIN.replace("Connects", "Logs in").encode()


def test_a_fix_sends_no_key(make_world) -> None:
    world = make_world([WRITTEN] * 12, files={**FILES, "test_login.py": FAILING})
    request = TaskRequest("", candidates=1, check=parse_command("python -m unittest -q"))
    with contextlib.suppress(ProposalError):
        run(fix, world, request)
    assert NAME in sent(world)
    assert KEY not in sent(world)


def test_reading_ahead_reads_what_a_task_reads(make_world) -> None:
    files = {"pkg/client.py": LOGIN, "pkg/calc.py": CALC}
    world = make_world([], files=files)
    list(read_ahead(world.workspace, (Selected("pkg/calc.py"),), Cancel()))
    assert world.engine.warmed
    assert KEY not in sent(world)
    list(read_ahead(world.workspace, (Selected("pkg/client.py"),), Cancel()))
    assert KEY in sent(world)


def test_an_engine_that_reads_no_secret_at_all_stays_as_it_is(make_world) -> None:
    world = make_world([], files=FILES)
    engine = RedactingEngine(world.engine, Placeholders())
    workspace = replace(world.workspace, engine=engine)
    request = TaskRequest("What?", (Selected("pkg/client.py"),))
    assert workspace.for_request(request).engine is engine
