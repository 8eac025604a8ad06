"""Generated tests: when the model writes them, what they rank, and that they prove nothing."""

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Status, Verdict
from assistant.checks.sandbox import detect, isolates
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel, Constraint
from assistant.engine.constraints import check_text
from assistant.engine.scripted import Answer
from assistant.errors import EngineError
from assistant.probe.assertions import assertions_in
from assistant.solving.events import PhaseStarted, ProposalReady
from assistant.solving.expectations import LEAST_CANDIDATES, literal_calls
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

STUB = "def half(n):\n    pass\n"
RIGHT = "def half(n):\n    return n / 2\n"
WRONG = "def half(n):\n    return n * 2\n"
BROKEN = "def half(n):\n    return n.half\n"
TESTS = "4) == 2\nassert half(6) == 3\nassert half(0) == 0\nassert half(1) == 7"
FILES = {"calc.py": STUB}
SELECTION = (Selected("calc.py"),)
TASK = "Implement half"


@pytest.fixture
def sandbox() -> None:
    if not isolates(detect()):
        pytest.skip("no full sandbox on this machine")


def run(world, **options):
    request = TaskRequest(TASK, SELECTION, **{"generated_tests": True} | options)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal, events


def found(candidate, judge) -> str:
    """What a judge says about a candidate; empty when it says nothing."""
    evidence = candidate.found(judge)
    return evidence.detail if evidence else ""


@pytest.mark.usefixtures("sandbox")
def test_the_candidate_that_passes_most_generated_tests_ranks_first(make_world) -> None:
    """Even against wrong candidates with more votes, one of them greedy."""
    answers = [WRONG, WRONG, BROKEN, RIGHT]
    world = make_world([[TESTS, TESTS], answers], files=FILES)
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == RIGHT.encode()
    tests, writing = world.engine.requests
    assert tests.opening == "```python\nassert half("
    assert tests.messages[0] == writing.messages[0]
    assert len(writing.samplings) == LEAST_CANDIDATES
    assert tests.wants_all
    assert writing.wants_all
    said = proposal.best.evidence[-1]
    assert (said.judge, said.status, said.detail, said.rank) == (
        "generated tests",
        Status.HINT,
        "passes 3 of 4 generated tests",
        -3.0,
    )
    assert [found(each, "generated tests") for each in proposal.candidates[1:]] == [
        "passes 1 of 4 generated tests",
        "passes 0 of 4 generated tests",
    ]


@pytest.mark.usefixtures("sandbox")
def test_generated_tests_prove_nothing(make_world) -> None:
    world = make_world([["4) == 2", "4) == 2"], [RIGHT] * LEAST_CANDIDATES], files=FILES)
    proposal, _ = run(world)
    assert found(proposal.best, "generated tests") == "passes 1 of 1 generated tests"
    assert proposal.best.verdict is Verdict.NOT_TESTED


@pytest.mark.usefixtures("sandbox")
def test_drawing_ends_when_enough_candidates_behave_alike(make_world) -> None:
    same = "def half(n):\n    return n / 2.0\n"
    answers = [RIGHT, same, RIGHT, WRONG]
    world = make_world([[TESTS, TESTS], answers], files=FILES)
    proposal, _ = run(world)
    assert sum(candidate.votes for candidate in proposal.candidates) == 3


@pytest.mark.usefixtures("sandbox")
def test_unreadable_tests_change_nothing(make_world) -> None:
    cut = Answer("[4, 4", reason="length")
    script = [["4", "nonsense ("], [cut], [RIGHT, RIGHT, WRONG]]
    world = make_world(script, files=FILES)
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert not found(proposal.best, "generated tests")
    assert len(world.engine.requests[-1].samplings) == 3


@pytest.mark.usefixtures("sandbox")
def test_tests_of_undefined_names_are_asked_for_again_as_literals(make_world) -> None:
    """No candidate could pass them, so they would tell nothing."""
    named = "n) == 2\nassert half(numbers[0]) == 3"
    answers = [WRONG, WRONG, WRONG, RIGHT]
    world = make_world(
        [[named, named], ["4) == 2\nassert half(6) == 3\n```"], answers], files=FILES
    )
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == RIGHT.encode()
    first, again, _ = world.engine.requests
    assert first.constraint is None
    assert again.constraint is not None
    assert again.opening == first.opening


@pytest.mark.parametrize(
    ("begun", "takes", "text", "follows"),
    [
        ("assert half(", (1, 1), "4) == 2", True),
        (
            "assert half(",
            (1, 1),
            "-4.5) == None\nassert half(0) == {'a': [1, (2, True)]}\n```",
            True,
        ),
        ("assert cut(text=", (1, 2), "'ab', most=1) == 'a'", True),
        ("assert cut(text=", (1, 2), "'ab') == 'a'", True),
        ("assert both(a=", (2, 2), "1) == 'a'", False),
        ("assert any_of(", (0, 1), ") == 'a'", True),
        ("assert none(", (0, 0), ") == 'a'", True),
        ("assert none(", (0, 0), "1) == 'a'", False),
        ("assert half(", (1, 1), "4, 5) == 2", False),
        ("assert half(", (1, 1), "n) == 2", False),
        ("assert half(", (1, 1), "4) == n", False),
        ("assert half(", (1, 1), "4) == 2\nassert other(4) == 2", False),
        ("assert half(", (1, 1), "4) == 2 # so", False),
    ],
)
def test_the_grammar_accepts_only_calls_with_literals(begun, takes, text, follows) -> None:
    grammar = Constraint("lark", literal_calls(begun, *takes))
    if follows:
        check_text(grammar, text, whole=True)
        assert assertions_in(begun + text)
    else:
        with pytest.raises(EngineError):
            check_text(grammar, text, whole=True)


@pytest.mark.parametrize(
    ("files", "options"),
    [
        pytest.param(FILES, {"generated_tests": False}, id="no consent"),
        pytest.param({"calc.py": WRONG}, {}, id="code with a body"),
        pytest.param(FILES, {"candidates": 1}, id="nothing to rank"),
        pytest.param(
            FILES, {"check": parse_command("python -c 'import calc'")}, id="a check is given"
        ),
    ],
)
def test_no_tests_are_generated_where_they_cannot_help(make_world, files, options) -> None:
    world = make_world([[RIGHT] * 3], files=files)
    proposal, _ = run(world, **options)
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert "assert" not in world.engine.requests[0].opening


def test_nothing_runs_without_a_full_sandbox(make_world) -> None:
    """With limits alone, candidates could read and change files."""
    world = make_world([[RIGHT] * 3], files=FILES)
    world.workspace.runner._confinement = "limits only"
    proposal, events = run(world)
    assert not found(proposal.best, "generated tests")
    phases = [event.phase.value for event in events if isinstance(event, PhaseStarted)]
    assert "generating tests" not in phases


@pytest.mark.usefixtures("sandbox")
def test_calls_that_do_not_fit_the_signature_are_asked_for_again(make_world) -> None:
    wrong = "4, 5, n=6) == 2\nassert half() == 3"
    answers = [WRONG, WRONG, WRONG, RIGHT]
    world = make_world([[wrong, wrong], ["4) == 2"], answers], files=FILES)
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert found(proposal.best, "generated tests") == "passes 1 of 1 generated tests"


@pytest.mark.usefixtures("sandbox")
def test_an_error_message_in_the_context_is_not_an_expected_value(make_world) -> None:
    words = (
        '```python\n# when there is nothing to halve\nraise ValueError("nothing to halve")\n```\n'
    )
    says = "def half(n):\n    return n / 2 if n else 'nothing to halve'\n"
    raises = f"def half(n):\n    if not n:\n        {words.splitlines()[2]}\n    return n / 2\n"
    tests = "4) == 2\nassert half(0) == 'nothing to halve'"
    files = {"calc.py": STUB, "NOTES.md": words}
    world = make_world([[tests, tests], [says, says, says, raises]], files=files)
    request = TaskRequest(TASK, (*SELECTION, Selected("NOTES.md")), generated_tests=True)
    *_, ready = edit(world.workspace, request, Cancel())
    assert ready.proposal.best.changes[0].new == raises.encode()
    best = ready.proposal.best
    assert found(best, "stated examples") == "does 1 of 1 stated examples"
    assert found(best, "generated tests") == "passes 2 of 2 generated tests"


@pytest.mark.usefixtures("sandbox")
def test_stated_examples_are_read_without_the_model(make_world) -> None:
    """Generated tests that contradict them are left out."""
    wrong = "4) == 8\nassert half(6) == 12"
    world = make_world([[wrong, wrong], [WRONG, WRONG, WRONG, RIGHT]], files=FILES)
    request = TaskRequest(
        "Implement half: `4` -> `2`, half(6) gives 3", SELECTION, generated_tests=True
    )
    *_, ready = edit(world.workspace, request, Cancel())
    best = ready.proposal.best
    assert best.changes[0].new == RIGHT.encode()
    assert found(best, "stated examples") == "does 2 of 2 stated examples"
    assert found(best, "generated tests") == "passes 2 of 2 generated tests"


@pytest.mark.usefixtures("sandbox")
def test_more_candidates_are_drawn_while_none_does_the_stated_examples(make_world) -> None:
    request = TaskRequest("Implement half: half(40) is 20", SELECTION, generated_tests=True)
    tests = "40) == 20\nassert half(0) == 0"
    more = [WRONG] * 5 + [RIGHT] + [WRONG] * 2
    world = make_world([[tests, tests], [WRONG] * LEAST_CANDIDATES, more], files=FILES)
    *_, ready = edit(world.workspace, request, Cancel())
    assert ready.proposal.best.changes[0].new == RIGHT.encode()
    first, second = world.engine.requests[1:]
    assert second.messages == first.messages
    seeds = [each.seed for each in (*first.samplings, *second.samplings)]
    assert seeds == list(range(3 * LEAST_CANDIDATES)), "no sampling is drawn twice"


@pytest.mark.usefixtures("sandbox")
def test_no_more_candidates_are_drawn_when_the_time_is_spent(make_world) -> None:
    request = TaskRequest("Implement half: half(40) is 20", SELECTION, generated_tests=True)
    tests = "40) == 20\nassert half(0) == 0"
    world = make_world([[tests, tests], [WRONG] * LEAST_CANDIDATES], files=FILES)
    cancel = Cancel()
    cancel.hurry()
    *_, ready = edit(world.workspace, request, cancel)
    assert ready.proposal.best.changes[0].new == WRONG.encode()


@pytest.mark.usefixtures("sandbox")
def test_a_candidate_that_does_half_of_the_examples_is_mutated_before_more_are_drawn(
    make_world,
) -> None:
    request = TaskRequest(
        "Implement half: half(40) is 20, half(30) is 15", SELECTION, generated_tests=True
    )
    tests = "40) == 20\nassert half(30) == 15"
    near = "def half(n):\n    return 20\n"
    world = make_world([[tests, tests], [WRONG, near, WRONG, near]], files=FILES)
    *_, ready = edit(world.workspace, request, Cancel())
    assert not ready.proposal.best.by_model
    assert ready.proposal.best.changes[0].new == RIGHT.encode(), (
        "a mutant of the other candidate by then"
    )
    assert len(world.engine.requests) == 2, "no further candidates were drawn"
