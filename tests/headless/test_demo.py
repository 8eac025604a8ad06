"""The demonstration: its tasks answer from a script; repository, checks and writer are real."""

import io
import os
from pathlib import Path

import pytest

from assistant.apply.writer import Writer
from assistant.checks.commands import parse_command
from assistant.checks.results import Evidence, Status
from assistant.checks.runner import CheckRunner
from assistant.engine.base import Cancel
from assistant.engine.scripted import ScriptedEngine
from assistant.headless import demo
from assistant.headless.outcome import Kind
from assistant.headless.services import Services
from assistant.proposal.changes import Change
from assistant.repo.git import Repository
from assistant.resources import sample_dir
from assistant.settings import Settings
from assistant.solving.events import PlanReady, ProposalReady
from assistant.solving.request import Workspace
from assistant.solving.values import Candidate, Proposal, Tokens
from tests.headless.fakes import console_on, plan_of

WRONG = b"if any(word in"
RIGHT = b"if all(word in"
PATH = "bookshelf/catalog.py"


@pytest.fixture
def play(tmp_path):
    def play(new: bytes, *evidence: Evidence) -> tuple[int, str, Path]:
        settings = Settings(model="scripted", state_dir=tmp_path / "state")

        def plan(workspace, request, cancel):
            yield PlanReady(plan_of((PATH, "Catalog.find")))

        def fix(workspace, request, cancel):
            old = workspace.repository.read(PATH)
            change = Change(PATH, old, old.replace(WRONG, new))
            made = Candidate(1, (change,), tokens=Tokens(9, -0.1), evidence=evidence)
            yield ProposalReady(Proposal("Fix find", (made,)))

        def open_workspace(folder: Path) -> Workspace:
            repository = Repository.open(folder)
            runner = CheckRunner(repository.root)
            return Workspace(repository, ScriptedEngine(), None, runner, settings)

        services = Services(
            {Kind.PLAN: plan, Kind.FIX: fix},
            open_workspace,
            lambda workspace: Writer(workspace.repository.root, settings.state_dir),
        )
        out = io.StringIO()
        stage = demo.Stage(services, console_on(out), console_on(io.StringIO()))
        return demo.perform(stage, tmp_path, settings), out.getvalue(), tmp_path / "bookshelf"

    return play


PASSED = Evidence("tests", Status.PASSED, "passes", proves=True, covers=True)
FAILED = Evidence("tests", Status.FAILED, "fails", proves=True, covers=True)


def test_a_good_fix_is_applied_checked_and_undone(play):
    code, out, root = play(RIGHT, PASSED)
    assert code == 0
    assert out.index("Plan: Count") < out.index("+            if all(word")
    assert "Verdict: verified" in out
    assert "python -m unittest -q: passes\nundo: all files are restored exactly\n" in out
    assert (root / PATH).read_bytes() == (sample_dir() / PATH).read_bytes()


def test_a_fix_that_fails_its_check_is_said_and_not_applied(play):
    code, out, root = play(b"if not any(word in", FAILED)
    assert code == 0, "a proposal came out and was checked"
    assert "Verdict: failed" in out
    assert "found no change that passes" in out
    assert WRONG in (root / PATH).read_bytes()


def test_a_claim_that_the_check_refutes_is_said(play):
    code, out, _ = play(b"if not any(word in", PASSED)
    assert code == 1
    assert "python -m unittest -q: FAILS" in out


def test_the_sample_has_exactly_the_bug_that_it_is_shown_for(tmp_path):
    root = demo.copy_sample(tmp_path)
    runner = CheckRunner(root)
    check = parse_command(demo.CHECK)
    before = runner.run(check, {}, Cancel(), timeout=60)
    assert not before.passed
    assert before.output.count("FAIL:") == 1
    repaired = (root / PATH).read_bytes().replace(WRONG, RIGHT)
    assert runner.run(check, {PATH: repaired}, Cancel(), timeout=60).passed
    assert not os.path.lexists(root / "bookshelf" / "__pycache__")
