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
"""Answers that are drawn where none so far does the examples."""
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


def test_a_small_change_that_does_what_the_words_say_comes_first(make_world) -> None:
    world = make_world([[TESTS, TESTS], [NEAR] * LEAST_CANDIDATES, [NEAR] * AGAIN], files=FILES)
    proposal, phases = run(world)
    assert not proposal.best.by_model
    assert proposal.best.changes[0].new is not None
    assert found(proposal.best, "stated examples") == "does 1 of 1 stated examples"
    assert found(proposal.best, "generated tests") == "passes 2 of 2 generated tests"
    assert Phase.MUTATING in phases
    assert Phase.REPAIRING not in phases, "nothing is left to repair"
    assert len(proposal.candidates) > 1, "what the model wrote is there to choose"


def test_the_model_sees_what_its_answer_gives_in_a_prompt_of_its_own(make_world) -> None:
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
    assert len(asked.messages) == 2, "nothing of the first conversation comes along"


def test_single_lines_are_filled_with_the_examples_in_view(make_world) -> None:
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


def test_what_does_not_fit_is_not_repaired_and_nothing_is_lost(make_world) -> None:
    """The prompt of the repair holds the answer, and then it is written once more."""
    long = FAR + "".join(f"# {number} words of a long answer\n" for number in range(100))
    world = make_world(
        [[TESTS, TESTS], [long] * LEAST_CANDIDATES, [long] * AGAIN, [ELSEWHERE] * MOST_REPAIRS],
        files=FILES,
        settings=Settings(context_tokens=1600),
    )
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == long.encode()
    assert len(world.engine.requests) == 3


def test_a_repair_that_is_no_better_comes_behind(make_world) -> None:
    world = make_world(
        [[TESTS, TESTS], [FAR] * LEAST_CANDIDATES, [FAR] * AGAIN, ["nonsense ("] * MOST_REPAIRS],
        files=FILES,
    )
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == FAR.encode()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        pytest.param(WORDS, MENDED, id="it does what the words say"),
        pytest.param("Implement total.", NEAR, id="the words give no example"),
    ],
)
def test_nothing_is_repaired_where(make_world, words, answer) -> None:
    world = make_world([[TESTS, TESTS], [answer] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world, words)
    assert proposal.best.changes[0].new == answer.encode()
    assert not {Phase.MUTATING, Phase.REPAIRING} & set(phases)


def test_tests_that_no_answer_passes_are_not_followed(make_world) -> None:
    """They are wrong in kind more often than all the answers are."""
    tests = "20, step=5) == 30"
    world = make_world([[tests, tests], [NEAR] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world)
    assert proposal.best.changes[0].new == NEAR.encode()
    assert not {Phase.MUTATING, Phase.REPAIRING} & set(phases)


def test_examples_of_the_words_count_before_other_tests(make_world) -> None:
    """The first of the model's own tests holds by luck for an answer that misses the example."""
    tests = "20, step=5) == 30\nassert total(limit=4, step=9) == 7\nassert total(9, 9) == 7"
    lucky = "def total(limit, step):\n    return 7\n"
    world = make_world([[tests, tests], [lucky, lucky, lucky, MENDED]], files=FILES)
    proposal, _ = run(world)
    assert proposal.best.changes[0].new == MENDED.encode()
    assert found(proposal.best, "stated examples") == "does 1 of 1 stated examples"
    assert found(proposal.best, "generated tests") == "passes 1 of 3 generated tests"


def test_examples_that_were_written_twice_count_before_those_written_once(make_world) -> None:
    more = f"{TESTS}\nassert total(5, 20) == 30"
    world = make_world([[TESTS, more], [MENDED] * LEAST_CANDIDATES], files=FILES)
    proposal, _ = run(world)
    detail = found(proposal.best, "stated examples")
    assert detail == "does 1 of 1 stated examples", "though the task has the numbers of both"
    assert found(proposal.best, "generated tests") == "passes 2 of 3 generated tests"


ZERO = WORDS + "Steps may be zero, too.\n"
STEADY = "def total(limit, step):\n    return sum(range(step, limit, step)) if step else 0\n"


def test_the_model_sees_where_an_answer_ends_with_an_error(make_world) -> None:
    """Where the words speak of zero, an answer that does the examples is called with zeros."""
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
        pytest.param("def total(limit, step):\n    return 0\n", MENDED, id="it loses an example"),
        pytest.param(MENDED.replace("sum(", "sum(  "), MENDED, id="it says the same"),
        pytest.param("nonsense (", MENDED, id="it is no code"),
    ],
)
def test_an_answer_that_stumbles_stays_first_where_the_other_is_worse(
    make_world, repaired, best
) -> None:
    world = make_world(
        [[TESTS, TESTS], [MENDED] * LEAST_CANDIDATES, [repaired] * MOST_REPAIRS], files=FILES
    )
    proposal, _ = run(world, ZERO)
    assert proposal.best.changes[0].new == best.encode()


def test_an_error_that_the_words_name_may_come_from_elsewhere(make_world) -> None:
    world = make_world([[TESTS, TESTS], [MENDED] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world, ZERO + "No step is a ValueError.\n")
    assert not found(proposal.best, "edge calls")
    assert Phase.REPAIRING not in phases


def test_errors_that_an_answer_raises_itself_are_no_stumbling(make_world) -> None:
    refusing = "def total(limit, step):\n    if step == 0:\n        raise ValueError(step)\n"
    answer = refusing + "    return sum(range(step, limit, step))\n"
    world = make_world([[TESTS, TESTS], [answer] * LEAST_CANDIDATES], files=FILES)
    proposal, phases = run(world, ZERO + "A total is refused where there is none.\n")
    assert proposal.best.changes[0].new == answer.encode()
    assert not found(proposal.best, "edge calls")
    assert Phase.REPAIRING not in phases


def test_an_error_that_nobody_asked_for_is_stumbling_also_where_the_answer_raises_it(
    make_world,
) -> None:
    """A model that is told of an error may raise it instead of doing without it."""
    refusing = "def total(limit, step):\n    if step == 0:\n        raise ValueError(step)\n"
    answer = refusing + "    return sum(range(step, limit, step))\n"
    world = make_world([[TESTS, TESTS], [MENDED] * LEAST_CANDIDATES, [answer, STEADY]], files=FILES)
    proposal, _ = run(world, ZERO)
    assert proposal.best.changes[0].new == STEADY.encode()
