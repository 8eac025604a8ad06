"""`--explain`: what was drawn, by which source, and why each candidate ranks where it does."""

import json

import pytest

from assistant.cli import composition
from assistant.cli.composition import LoadedModel
from assistant.engine.scripted import Answer, ScriptedEngine
from assistant.headless.outcome import Kind
from tests.cli.conftest import WordCounter
from tests.headless.fakes import FAILED, TESTS, proposal, proposal_events

CLASS = """\
class Tree:
    def add(self, n):
        self.n = -n

    def data(self):
        return self.n
"""
RIGHT = CLASS.replace("-n", "n")
LONGER = CLASS.replace("-n", "n + 0")
LOSES = RIGHT.partition("\n\n    def data")[0] + "\n"
PASSED = (
    "     syntax: passed, tree.py parses",
    "     names: passed, tree.py uses no undefined names",
)


@pytest.fixture
def model(monkeypatch):
    """Replaces the model by a script; the tasks are the real ones."""

    def give(*script):
        monkeypatch.setattr(
            composition,
            "load_model",
            lambda settings, name="": LoadedModel(settings, ScriptedEngine(script), WordCounter()),
        )

    return give


def test_every_candidate_is_explained_and_every_discarded_draft_listed(repo, model, run):
    (repo / "tree.py").write_text(CLASS)
    cut = Answer(RIGHT, reason="length")
    model(["def one(:", LOSES, Answer(LONGER, -0.5), cut, Answer(RIGHT, -0.1)])
    asked = ("edit", "Keep the number", "--file", "tree.py", "--candidates", "5", "--explain")
    code, out, _ = run(*asked)
    assert code == 0
    explanation = out[out.index("Candidates, best first") : out.index("Nothing was written.")]
    assert explanation.splitlines() == [
        "Candidates, best first",
        "  1. candidate 5, rewrite: not tested",
        *PASSED,
        "  2. candidate 3, rewrite: not tested",
        *PASSED,
        "     after candidate 5 by log-probability",
        "  3. candidate 2, rewrite: not tested",
        *PASSED,
        "     definitions: hint, removes tree.py::Tree.data (rank 1)",
        "     after candidate 3 by definitions: removes tree.py::Tree.data",
        "Drafts, in order",
        "  1. rewrite of tree.py: discarded: The candidate does not parse:"
        " invalid syntax (<unknown>, line 1)",
        "  2. rewrite of tree.py: candidate",
        "  3. rewrite of tree.py: candidate",
        "  4. rewrite of tree.py: discarded: cut at the token limit",
        "  5. rewrite of tree.py: candidate",
    ]
    assert (repo / "tree.py").read_text() == CLASS


@pytest.mark.parametrize("options", [(), ("--json", "--explain")])
def test_it_is_not_printed_unasked_or_with_json(repo, tasks, run, options):
    tasks[Kind.EDIT] = proposal_events(proposal(TESTS))
    _, out, _ = run("edit", "x", *options)
    assert "best first" not in out
    if options:
        assert json.loads(out)["proposal"]["candidates"][0]["source"] == "rewrite"


def test_a_fix_is_explained_too(repo, tasks, run):
    tasks[Kind.FIX] = proposal_events(proposal(FAILED))
    _, out, _ = run("fix", "--check", "python -c pass", "--explain")
    assert "  1. candidate 1, rewrite: failed\n     tests: failed, 1 failed\n" in out
