"""A hunk is sent back in the hunk-by-hunk review on the terminal, with a real repository."""

import io
import signal

import pytest

from assistant.apply.writer import Writer
from assistant.engine.base import Finish
from assistant.engine.scripted import ScriptedEngine
from assistant.errors import EngineError
from assistant.headless.outcome import Kind
from assistant.headless.reviewers import Asking
from assistant.headless.run import Job
from assistant.headless.services import Services
from assistant.headless.session import Session
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from tests.headless.fakes import console_on
from tests.worlds import CALC, make_world

__all__ = ["make_world"]

PROPOSED = CALC.replace("a - b", "b + a").replace(
    "    return sum(values) / len(values)\n",
    "    if not values:\n        return None\n    return sum(values) / len(values)\n",
)
MEAN = PROPOSED[PROPOSED.index("def mean") :]
BETTER = MEAN.replace("None", "0.0")


@pytest.fixture
def play(make_world, tmp_path):
    def play(answers, script, *, kind=Kind.EDIT, before=None, proposed=PROPOSED):
        world = make_world([])
        engine = ScriptedEngine([proposed, *script], before=before)
        workspace = world.workspace.__class__(
            world.workspace.repository,
            engine,
            world.workspace.counter,
            world.workspace.runner,
            world.workspace.settings,
        )
        writer = Writer(world.root, tmp_path / "state")
        services = Services(dict.fromkeys(Kind, edit), lambda _: workspace, lambda _: writer)
        out = io.StringIO()
        asking = Asking(console_on(out), io.StringIO(answers).readline)
        session = Session(services, console_on(out), console_on(io.StringIO()), asking)
        request = TaskRequest("Correct add and mean", candidates=1)
        outcome = session.run(Job(kind, edit, workspace, request))
        return outcome, out.getvalue(), (world.root / "calc.py").read_text(), engine

    return play


def test_the_hunk_is_drawn_again_and_asked_about_again(play) -> None:
    outcome, out, written, engine = play("h\ny\ns\nReturn 0.0 instead\ny\n", [BETTER])
    assert "Return 0.0 instead" in engine.requests[1].messages[-1].content
    assert written == PROPOSED.replace("None", "0.0")
    assert "Drawn again: not tested" in out
    assert out.count("Hunk 2 of 2, calc.py") == 2
    assert out.index("+        return None") < out.rindex("+        return 0.0")
    assert outcome.proposal.best.source == "redraw"
    assert outcome.written.paths == ("calc.py",)


def test_where_nothing_usable_comes_the_hunk_is_asked_about_as_it_was(play) -> None:
    outcome, out, written, _ = play("h\nn\ns\nReturn 0.0\ny\n", [MEAN, MEAN])
    assert "Nothing usable came for this hunk, and it stays" in out
    assert "or reject it" in out
    assert written == PROPOSED.replace("b + a", "a - b")
    assert outcome.proposal.best.source == "rewrite"


@pytest.mark.parametrize("answers", ["h\nn\ns\n\ny\n", "h\nn\ns\n   \ny\n"])
def test_without_a_reason_everything_stays(play, answers) -> None:
    _, out, written, engine = play(answers, [])
    assert "No reason, so the hunk stays as it is." in out
    assert len(engine.requests) == 1
    assert written == PROPOSED.replace("b + a", "a - b")


def test_at_the_end_of_the_input_nothing_is_written(play) -> None:
    assert play("h\ny\ns\n", [])[2] == PROPOSED.replace(MEAN, CALC[CALC.index("def mean") :])


def test_an_engine_that_fails_does_not_end_the_review(play) -> None:
    _, out, written, _ = play("h\ny\ns\nReturn 0.0\ny\n", [EngineError("The worker died.")])
    assert "The worker died." in out
    assert written == PROPOSED


def test_a_single_hunk_can_be_sent_back(play) -> None:
    proposed = CALC.replace(CALC[CALC.index("def mean") :], MEAN)
    answers = "h\ns\nReturn 0.0\ny\n"
    _, _, written, _ = play(answers, [BETTER], proposed=proposed)
    assert written == proposed.replace("None", "0.0")


def test_ctrl_c_stops_only_the_drawing(play) -> None:
    seen = []

    def interrupt(event) -> None:
        if seen == ["finished"]:  # the first event of the second request
            seen.append("interrupted")
            signal.raise_signal(signal.SIGINT)
        elif isinstance(event, Finish):
            seen.append("finished")

    _, out, written, _ = play("h\ny\ns\nReturn 0.0\ny\n", [BETTER], before=interrupt)
    assert "Cancelled." in out
    assert written == PROPOSED


def test_a_plan_offers_no_sending_back(play) -> None:
    _, out, _, _ = play("h\nn\nn\n", [], kind=Kind.PLAN)
    assert "[s]end back" not in out
