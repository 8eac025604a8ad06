"""Candidates that miss a stated example: their mutants, infill, and the repair round."""

import pytest

from assistant.checks.sandbox import detect, isolates
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.settings import Settings
from assistant.solving.events import Phase, PhaseStarted, ProposalReady
from assistant.solving.expectations import LEAST_CANDIDATES
from assistant.solving.policies import MOST_REPAIRS
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

STUB = "def total(limit, step):\n    pass\n"
WORDS = "Implement total: the sum of the multiples below a limit, so total(20, 5) is 30.\n"
FILES = {"calc.py": STUB}
TESTS = "20, step=5) == 30\nassert total(limit=4, step=9) == 0"
NEAR = "def total(limit, step):\n    return sum(range(step, limit + 1, step))\n"
MENDED = "def total(limit, step):\n    return sum(range(step, limit, step))\n"
FAR = "def total(limit, step):\n    return str(limit) if limit > 9 else 0\n"
AGAIN = 2 * LEAST_CANDIDATES
"""Further candidates that are drawn when none does the stated examples."""
ELSEWHERE = "def total(limit, step):\n    found = range(0, limit, step)\n    return sum(found)\n"


@pytest.fixture(autouse=True)
def sandbox() -> None:
    if not isolates(detect()):
        pytest.skip("no full sandbox on this machine")


def run(world, words=WORDS):
    request = TaskRequest(words, (Selected("calc.py"),), generated_tests=True)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    phases = [event.phase for event in events if isinstance(event, PhaseStarted)]
    return events[-1].proposal, phases


def found(candidate, judge) -> str:
    """What a judge says about a candidate; empty when it says nothing."""
    evidence = candidate.found(judge)
    return evidence.detail if evidence else ""


def test_a_mutant_that_does_the_stated_examples_ranks_first(make_world) -> None:
    world = make_world([[TESTS, TESTS], [NEAR] * LEAST_CANDIDATES, [NEAR] * AGAIN], files=FILES)
    proposal, phases = run(world)
    assert not proposal.best.by_model
    assert proposal.best.changes[0].new is not None
    assert found(proposal.best, "stated examples") == "does 1 of 1 stated examples"
    assert found(proposal.best, "generated tests") == "passes 2 of 2 generated tests"
    assert Phase.MUTATING in phases
    assert Phase.REPAIRING not in phases, "nothing is left to repair"
    assert len(proposal.candidates) > 1, "the candidates of the model can still be chosen"


def test_the_repair_prompt_says_what_the_candidate_returns(make_world) -> None:
    world = make_world(
        [[TESTS, TESTS], [FAR] * LEAST_CANDIDATES, [FAR] * AGAIN, [ELSEWHERE] * MOST_REPAIRS],
        files=FILES,
    )
    proposal, phases = run(world)
    assert proposal.best.changes[0].new == ELSEWHERE.encode()
    assert Phase.REPAIRING in phases
    asked = world.engine.requests[-1]
    assert len(asked.samplings) == MOST_REPAIRS
    assert asked.draft == FAR
    said = asked.messages[-1].content
    assert FAR.strip() in said
    assert "- `total(20, 5)` gives `'20'`, but must give `30`" in said
    assert len(asked.messages) == 2, "the first conversation is not repeated"


def test_infill_has_the_stated_examples_in_view(make_world) -> None:
    answer = "def total(limit, step):\n    found = [step] * (limit > 9)\n    return sum(found)\n"

    def script(request):
        if request.suffix:
            return (
                "found = range(0, limit, step)\n"
                if "return sum" in request.suffix
                else "return 0\n"
            )
        return TESTS if "assert total(" in request.opening else answer

    world = make_world(script, files={**FILES, "words.md": "The sum.\n"}, can_infill=True)
    request = TaskRequest(WORDS, (Selected("calc.py"), Selected("words.md")), generated_tests=True)
    events = list(edit(world.workspace, request, Cancel()))
    best = events[-1].proposal.best
    assert (
        best.changes[0].new
        == answer.replace("[step] * (limit > 9)", "range(0, limit, step)").encode()
    )
    assert best.by_model
    gap = next(each for each in world.engine.requests if each.suffix)
    assert [file.path for file in gap.files] == ["words.md", "test_calc.py", "calc.py"]
    assert "assert total(20, 5) == 30" in gap.files[1].text
    repairs = [each for each in world.engine.requests if "A first" in str(each.messages)]
    assert not repairs, "nothing is left to repair"


def test_a_candidate_that_does_not_fit_the_context_is_not_repaired(make_world) -> None:
    """The repair prompt has the candidate in it, and the model writes it once more."""
    long = FAR + "".join(f"# {number} words of a long candidate\n" for number in range(100))
    world = make_world(
        [[TESTS, TESTS], [long] * LEAST_CANDIDATES, [long] * AGAIN, [ELSEWHERE] * MOST_REPAIRS],
        files=FILES,
        settings=Settings(context_tokens=1600),
    )
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == long.encode()
    assert len(world.engine.requests) == 3


def test_a_repair_that_is_no_better_does_not_rank_first(make_world) -> None:
    world = make_world(
        [[TESTS, TESTS], [FAR] * LEAST_CANDIDATES, [FAR] * AGAIN, ["nonsense ("] * MOST_REPAIRS],
        files=FILES,
    )
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == FAR.encode()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        pytest.param(WORDS, MENDED, id="the example is done"),
        pytest.param("Implement total.", NEAR, id="the task states no example"),
    ],
)
def test_nothing_is_repaired_unless_an_example_is_missed(make_world, words, answer) -> None:
    world = make_world([[TESTS, TESTS], [answer] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world, words)
    assert proposal.best.changes[0].new == answer.encode()
    assert not {Phase.MUTATING, Phase.REPAIRING} & set(phases)


def test_tests_that_no_candidate_passes_are_ignored(make_world) -> None:
    """It is likelier that the tests are wrong than that all candidates are."""
    tests = "20, step=5) == 30"
    world = make_world([[tests, tests], [NEAR] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world)
    assert proposal.best.changes[0].new == NEAR.encode()
    assert not {Phase.MUTATING, Phase.REPAIRING} & set(phases)


def test_stated_examples_count_before_generated_tests(make_world) -> None:
    """A candidate that misses the stated example passes more generated tests by luck."""
    tests = "20, step=5) == 30\nassert total(limit=4, step=9) == 7\nassert total(9, 9) == 7"
    lucky = "def total(limit, step):\n    return 7\n"
    world = make_world([[tests, tests], [lucky, lucky, lucky, MENDED]], files=FILES)
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == MENDED.encode()
    assert found(proposal.best, "stated examples") == "does 1 of 1 stated examples"
    assert found(proposal.best, "generated tests") == "passes 1 of 3 generated tests"


def test_assertions_that_were_generated_twice_count_as_stated_before_others(make_world) -> None:
    more = f"{TESTS}\nassert total(5, 20) == 30"
    world = make_world([[TESTS, more], [MENDED] * LEAST_CANDIDATES], files=FILES)
    proposal, _ = run(world)
    detail = found(proposal.best, "stated examples")
    assert detail == "does 1 of 1 stated examples", "though the task has the numbers of both"
    assert found(proposal.best, "generated tests") == "passes 2 of 3 generated tests"


ZERO = WORDS + "Steps may be zero, too.\n"
STEADY = "def total(limit, step):\n    return sum(range(step, limit, step)) if step else 0\n"


def test_the_repair_prompt_names_the_edge_calls_that_end_with_an_error(make_world) -> None:
    """When the task mentions zero, a candidate that does the examples is called with zeros."""
    world = make_world(
        [[TESTS, TESTS], [MENDED] * LEAST_CANDIDATES, [STEADY] * MOST_REPAIRS], files=FILES
    )
    proposal, phases = run(world, ZERO)
    assert proposal.best.changes[0].new == STEADY.encode()
    assert not found(proposal.best, "edge calls")
    assert Phase.REPAIRING in phases
    said = world.engine.requests[-1].messages[-1].content
    error = "ValueError: range() arg 3 must not be zero"
    assert f"- `total(20, 0)` must give a value, but ends with `{error}`" in said
    assert MENDED.strip() in said
    (second,) = [each for each in proposal.candidates if each.found("edge calls")]
    assert second.evidence[-1].judge == "edge calls"
    assert second.evidence[-1].detail == f"total(20, 0) ends with {error}, and 1 more"


@pytest.mark.parametrize(
    ("repaired", "best"),
    [
        pytest.param("def total(limit, step):\n    return 0\n", MENDED, id="an example is missed"),
        pytest.param(MENDED.replace("sum(", "sum(  "), MENDED, id="nothing changes"),
        pytest.param("nonsense (", MENDED, id="not code"),
    ],
)
def test_a_candidate_with_edge_errors_stays_first_when_the_repair_is_worse(
    make_world, repaired, best
) -> None:
    world = make_world(
        [[TESTS, TESTS], [MENDED] * LEAST_CANDIDATES, [repaired] * MOST_REPAIRS], files=FILES
    )
    proposal, _ = run(world, ZERO)
    assert proposal.best.changes[0].new == best.encode()


def test_an_error_that_the_task_names_is_no_edge_error(make_world) -> None:
    world = make_world([[TESTS, TESTS], [MENDED] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world, ZERO + "No step is a ValueError.\n")
    assert not found(proposal.best, "edge calls")
    assert Phase.REPAIRING not in phases


def test_an_error_that_a_candidate_raises_on_request_is_no_edge_error(make_world) -> None:
    refusing = "def total(limit, step):\n    if step == 0:\n        raise ValueError(step)\n"
    answer = refusing + "    return sum(range(step, limit, step))\n"
    world = make_world([[TESTS, TESTS], [answer] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world, ZERO + "A total is refused where there is none.\n")
    assert proposal.best.changes[0].new == answer.encode()
    assert not found(proposal.best, "edge calls")
    assert Phase.REPAIRING not in phases


def test_an_error_that_was_not_asked_for_is_an_edge_error_even_when_it_is_raised(
    make_world,
) -> None:
    """A model that reads of an error may raise it instead of avoiding it."""
    refusing = "def total(limit, step):\n    if step == 0:\n        raise ValueError(step)\n"
    answer = refusing + "    return sum(range(step, limit, step))\n"
    world = make_world([[TESTS, TESTS], [MENDED] * LEAST_CANDIDATES, [answer, STEADY]], files=FILES)
    proposal, _ = run(world, ZERO)
    assert proposal.best.changes[0].new == STEADY.encode()
