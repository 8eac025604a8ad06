"""Candidates that behave as the code did: how they are found, and where they rank."""

import re

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Status, Verdict
from assistant.checks.sandbox import detect, isolates
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import ProposalReady
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

CODE = """\
def count(text, part):
    times = 0
    for i in range(len(text) - len(part) + 1):
        if text[i:i+len(part)] == part:
            times += 1
    return times
"""
IDLE = CODE.replace("times += 1\n", "times += 1\n            i += len(part)\n")
OTHER_IDLE = CODE.replace("times += 1\n", "times = times + 1\n")
RIGHT = "def count(text, part):\n    return text.count(part)\n"
FILES = {"words.py": CODE}
SELECTION = (Selected("words.py"),)
TASK = "Count without overlapping"

pytestmark = pytest.mark.skipif(not isolates(detect()), reason="no full sandbox on this machine")


def run(world, task=TASK, **options):
    request = TaskRequest(task, SELECTION, **{"generated_tests": True, "candidates": 3} | options)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal


def best(proposal) -> str:
    return proposal.best.changes[0].new.decode()


def test_a_candidate_without_effect_ranks_after_one_that_has_an_effect(make_world) -> None:
    """Even with more votes, and even as the likeliest."""
    proposal = run(make_world([[IDLE, IDLE, RIGHT]], files=FILES))
    assert best(proposal) == RIGHT
    idle = proposal.candidates[-1]
    assert idle.votes == 2
    said = idle.evidence[-1]
    assert (said.judge, said.status) == ("behaviour", Status.HINT)
    assert re.fullmatch(r"behaves as before on \d{3,4} inputs", said.detail)
    assert idle.verdict is Verdict.NOT_TESTED
    assert proposal.best.found("behaviour") is None


def test_more_candidates_are_drawn_when_none_has_an_effect(make_world) -> None:
    world = make_world([[IDLE, IDLE, OTHER_IDLE], [IDLE, IDLE, RIGHT, IDLE]], files=FILES)
    assert best(run(world)) == RIGHT
    usual, further = world.engine.requests
    assert further.messages == usual.messages
    assert further.wants_all
    seeds = [each.seed for each in (*usual.samplings, *further.samplings)]
    assert len(seeds) == len(set(seeds)) == 7
    assert min(each.temperature for each in further.samplings) > 0


def test_prompt_variants_are_drawn_when_none_of_those_has_an_effect_either(make_world) -> None:
    world = make_world(
        [[IDLE, IDLE, OTHER_IDLE], [IDLE] * 4, "It must skip the part.", IDLE, RIGHT], files=FILES
    )
    assert best(run(world)) == RIGHT
    _, _, thinks, reasoned, alone = world.engine.requests
    assert "First say" in thinks.messages[-1].content
    assert reasoned.opening.startswith("It must skip the part.")
    assert "Code Before" in alone.messages[-1].content


def test_a_candidate_without_effect_is_proposed_when_there_is_no_other(make_world) -> None:
    answers = [[IDLE] * 3, [IDLE] * 4, "It must skip.", IDLE, IDLE]
    proposal = run(make_world(answers, files=FILES))
    assert best(proposal) == IDLE
    assert proposal.best.found("behaviour")


def test_prompt_variants_are_drawn_once_for_a_copy(make_world) -> None:
    world = make_world([CODE, "It must skip.", IDLE, IDLE, [IDLE] * 4], files=FILES)
    assert best(run(world)) == IDLE
    assert len(world.engine.requests) == 5


@pytest.mark.parametrize(
    "task", ["Refactor `count`", "Make count faster", "Simplify it, with the same results"]
)
def test_a_task_that_asks_for_the_same_behaviour_is_not_judged(make_world, task) -> None:
    proposal = run(make_world([[IDLE, IDLE, RIGHT]], files=FILES), task)
    assert best(proposal) == IDLE
    assert not any(each.found("behaviour") for each in proposal.candidates)


def test_nothing_runs_without_consent(make_world) -> None:
    proposal = run(make_world([[IDLE, IDLE, RIGHT]], files=FILES), generated_tests=False)
    assert best(proposal) == IDLE


@pytest.mark.parametrize(
    ("check", "first"), [("python -c pass", RIGHT), ("python -m py_compile words.py", IDLE)]
)
def test_a_check_that_runs_python_is_consent_too(make_world, check, first) -> None:
    world = make_world([[IDLE, IDLE, RIGHT]], files=FILES)
    assert best(run(world, generated_tests=False, check=parse_command(check))) == first


@pytest.mark.parametrize(
    "code",
    [
        "def count(text, part):\n    import random\n    return random.random()\n",
        "def count(text, part):\n    print(text, part)\n",
        "def count(text, part):\n    return text.lines(part)\n",
        "def count():\n    return 1\n",
        "count = 1 +\n",
        "class Count:\n    def __call__(self, text):\n        return text\n",
        "import missing_module\n\n\ndef count(text):\n    return text\n",
    ],
)
def test_code_that_cannot_be_compared_is_not_judged(make_world, code) -> None:
    changed = code.replace("count", "counted") + "\n\nother = 1\n"
    if "1 +" in code:
        changed = "count = 2\n"
    proposal = run(make_world([[changed] * 3], files={"words.py": code}))
    assert not any(each.found("behaviour") for each in proposal.candidates)


def test_an_error_that_no_longer_occurs_is_an_effect(make_world) -> None:
    code = "def first(items: list[int]):\n    return items[0]\n"
    mended = "def first(items: list[int]):\n    return items[0] if items else None\n"
    world = make_world([[mended] * 3], files={"words.py": code})
    assert not run(world, "Return None for no items").best.found("behaviour")


@pytest.mark.parametrize(
    ("task", "code", "changed"),
    [
        ("Count without overlapping", CODE,
         ("times += 1\n", "times += 1\n            text = text[:i] + text[i+len(part):]\n")),
        ("Add `last`", "def f(a: int):\n    return a\n", "\n\ndef last(a):\n    return a\n"),
        ("Make it bigger", "LIMIT = 1\n\n\ndef f(a: int):\n    return a\n", ("= 1", "= 2")),
        ("Take a sign", "def f(a: int):\n    return a\n", ("a: int", "a: int, sign=1")),
        ("Treat N/A as 0", "def f(a: str):\n    return a\n",
         ("    return", "    if a == 'N/A':\n        return 0\n    return")),
        ("Cut what is long", "def f(a: str):\n    return a\n", ("return a", "return a[:30]")),
        ("Refuse texts", "def f(a: int):\n    return a\n",
         ("    return", "    if type(a) is str:\n        raise TypeError\n    return")),
        ("Keep the list that is given", "def f(a: list[int]):\n    a.sort()\n    return a[:1]\n",
         ("a.sort()", "a = sorted(a)")),
    ],
)  # fmt: skip
def test_changes_that_few_inputs_reveal_are_effects(make_world, task, code, changed) -> None:
    new = code.replace(*changed) if isinstance(changed, tuple) else code + changed
    proposal = run(make_world([[new] * 3], files={"words.py": code}), task)
    assert proposal.best.changes[0].new == new.encode()
    assert not proposal.best.found("behaviour")


SORTED = "def ordered(l: list):\n    return l == sorted(l) or l == sorted(l, reverse=True)\n"
PAIRS = """\
def ordered(l: list):
    pairs = list(zip(l, list(l)[1:]))
    return all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)
"""
STRICT = PAIRS.replace("<=", "<").replace(">=", ">")
GUARDED = SORTED.replace("    return", "    if l == '':\n        raise TypeError\n    return")


@pytest.mark.parametrize(("answer", "idle"), [(PAIRS, True), (STRICT, False), (GUARDED, False)])
def test_results_for_arguments_that_contradict_the_annotations_are_no_effect(
    make_world, answer, idle
) -> None:
    """The first candidate calls an empty text ordered, which the code did not."""
    script = [[answer] * 3, [answer] * 4, "It must be strict.", answer, answer]
    world = make_world(script, files={"words.py": SORTED})
    best = run(world, "Check for a strict order").best
    assert (best.found("behaviour") is not None) is idle


TESTS = """\
import pytest

from words import count


@pytest.mark.parametrize("text", ["a", "ab", "aab", "aaab", "ba", "bba", "aba", "abab", "b"])
def test_count(text):
    assert count(text, "a") == text.count("a")
"""


@pytest.mark.parametrize(
    ("tests", "said"),
    [({"tests/test_words.py": TESTS}, "behaves as before on 9 inputs"), ({}, None)],
)
def test_with_consent_to_existing_tests_only_their_inputs_are_tried(
    make_world, tests, said
) -> None:
    config = {"pytest.ini": "[pytest]\npythonpath = .\n"}
    world = make_world([IDLE] * 9, files=FILES | config | tests)
    found = run(world, generated_tests=False, tests=True, candidates=1).best.found("behaviour")
    assert (found.detail if found else None) == said
