"""One hunk is drawn again with the user's reason, on a real repository."""

from collections.abc import Sequence

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Evidence, Status, Verdict
from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer
from assistant.errors import Cancelled, ProposalError, StaleFile, UsageError
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from assistant.solving.events import (
    CandidateDiscarded,
    CheckFinished,
    ProposalReady,
    UnitsChosen,
)
from assistant.solving.redrawing import SentBack
from assistant.solving.request import TaskRequest
from assistant.solving.values import Candidate, Proposal
from assistant.tasks.redraw import redraw
from tests.worlds import CALC

PROPOSED = CALC.replace("a - b", "b + a").replace(
    "    return sum(values) / len(values)\n",
    "    if not values:\n        return None\n    return sum(values) / len(values)\n",
)
MEAN = """def mean(values):
    if not values:
        return 0.0
    return sum(values) / len(values)
"""
REASON = "Return 0.0 for an empty list"


def sent_back(
    old: str | None = CALC,
    new: str = PROPOSED,
    number: int = 2,
    *,
    reason: str = REASON,
    path: str = "calc.py",
    decisions: Sequence[Decision] = (),
    evidence: tuple[Evidence, ...] = (),
) -> SentBack:
    change = Change(path, None if old is None else old.encode(), new.encode())
    candidate = Candidate(1, (change,), "rewrite", evidence=evidence)
    review = Review.of("Correct add and mean", (change,))
    for hunk, decision in zip(review.hunks, decisions, strict=False):
        review = review.decide(hunk.id, decision)
    proposal = Proposal("Correct add and mean", (candidate,), "named in the task")
    return SentBack(proposal, candidate, review, f"{path}#{number}", reason)


def run(world, back, request=None):
    request = request or TaskRequest("Correct add and mean", candidates=1)
    return list(redraw(world.workspace, request, back, Cancel()))


def proposal_of(events) -> Proposal:
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal


def test_only_the_hunk_that_was_sent_back_is_drawn_again(make_world) -> None:
    world = make_world([MEAN])
    back = sent_back(decisions=[Decision.ACCEPTED])
    events = run(world, back)
    chosen = next(each for each in events if isinstance(each, UnitsChosen))
    assert chosen.labels == ("calc.py::mean",)
    proposal = proposal_of(events)
    assert proposal.title == back.proposal.title
    assert proposal.candidates[1:] == back.proposal.candidates, "what was there can be chosen"
    assert proposal.best.id == 2
    expected = PROPOSED.replace("return None", "return 0.0").encode()
    assert proposal.best.changes == (Change("calc.py", CALC.encode(), expected),)
    assert {each.judge for each in proposal.best.evidence} >= {"syntax", "names"}
    review = back.review_of(proposal.best)
    assert list(review.decisions.values()) == [Decision.ACCEPTED, Decision.UNDECIDED]
    assert review.hunks[0] == back.review.hunks[0]
    assert b"        return 0.0\n" in review.hunks[1].new
    assert (world.root / "calc.py").read_text() == CALC, "nothing is written"


def test_the_prompt_has_the_reason_the_lines_and_the_code_with_what_stays(make_world) -> None:
    world = make_world([MEAN])
    run(world, sent_back())
    (request,) = world.engine.requests
    asked = request.messages[-1].content
    assert REASON in asked
    assert "Correct add and mean" in asked
    assert "    if not values:\n        return None\n" in asked
    assert "return b + a" in asked, "the context shows what stays"


def test_what_the_model_writes_elsewhere_is_left_out(make_world) -> None:
    both = PROPOSED.replace("b + a", "a + b + 0").replace("return None", "return 0.0")
    world = make_world([both])
    back = sent_back(new=PROPOSED.replace('"""Sums."""', '"""Sums and means."""'), number=3)
    proposal = proposal_of(run(world, back))
    new = proposal.best.changes[0].new
    assert b"return b + a\n" in new
    assert b"return 0.0\n" in new


def test_a_rejected_hunk_is_not_in_what_is_judged_and_stays_rejected(make_world) -> None:
    world = make_world([MEAN])
    back = sent_back(decisions=[Decision.REJECTED])
    proposal = proposal_of(run(world, back))
    assert b"return a - b\n" in proposal.best.changes[0].new
    review = back.review_of(proposal.best)
    assert review.decisions["calc.py#1"] is Decision.REJECTED
    whole = review.decide("calc.py#1", Decision.ACCEPTED).decide_all(Decision.ACCEPTED)
    assert b"return b + a\n" in whole.reviewed().changes[0].new


def test_the_users_own_lines_stay(make_world) -> None:
    world = make_world([MEAN])
    back = sent_back()
    edited = back.review.edit("calc.py#1", (b"    return b + a  # mine\n",))
    back = SentBack(back.proposal, back.candidate, edited, back.hunk, back.reason)
    proposal = proposal_of(run(world, back))
    assert b"return b + a  # mine\n" in proposal.best.changes[0].new
    assert back.review_of(proposal.best).decisions["calc.py#1"] is Decision.EDITED


def test_the_check_runs_on_the_redrawn_hunk_with_those_that_stay(make_world) -> None:
    world = make_world([MEAN])
    check = parse_command("python -m unittest test_calc.py")
    request = TaskRequest("Correct add and mean", candidates=1, check=check)
    back = sent_back(decisions=[Decision.ACCEPTED])
    events = run(world, back, request)
    assert proposal_of(events).best.verdict is Verdict.VERIFIED
    back = sent_back(decisions=[Decision.REJECTED])
    world.engine.requests.clear()
    with pytest.raises(ProposalError) as caught:
        run(make_again(world, [MEAN, MEAN]), back, request)
    assert "it stays: a candidate fails: tests, fails now" in caught.value.message


def make_again(world, script):
    """The same world with other answers."""
    from dataclasses import replace

    from assistant.engine.scripted import ScriptedEngine

    engine = ScriptedEngine(script)
    return replace(world, workspace=replace(world.workspace, engine=engine), engine=engine)


def test_an_attempt_that_fails_may_take_the_place_of_one_that_failed(make_world) -> None:
    failed = Evidence("tests", Status.FAILED, "fails now (exit code 1)")
    world = make_world([MEAN, MEAN])
    check = parse_command("python -m unittest test_calc.py")
    request = TaskRequest("Correct add and mean", candidates=1, check=check)
    back = sent_back(decisions=[Decision.REJECTED], evidence=(failed,))
    proposal = proposal_of(run(world, back, request))
    assert len(proposal.candidates) == 2
    assert not proposal.stands


def test_where_nothing_usable_comes_the_error_says_why_and_the_hunk_stays(make_world) -> None:
    same = "def mean(values):\n    if not values:\n        return None\n"
    same += "    return sum(values) / len(values)\n"
    back_to_old = "def mean(values):\n    return sum(values) / len(values)\n"
    world = make_world([[same], [back_to_old]])
    with pytest.raises(ProposalError) as caught:
        run(world, sent_back())
    assert "The candidate writes the same lines again" in caught.value.message
    assert "takes the hunk back" in caught.value.message
    assert "reject it" in caught.value.hint


def test_a_copy_leads_to_the_task_without_the_lines(make_world) -> None:
    copy = PROPOSED[PROPOSED.index("def mean") :]
    world = make_world([[copy], [MEAN]])
    events = run(world, sent_back())
    assert proposal_of(events).best.source == "redraw from task"
    discarded = [each.reason for each in events if isinstance(each, CandidateDiscarded)]
    assert discarded == ["The candidate writes the same lines again."]
    first, second = (each.messages[-1].content for each in world.engine.requests)
    current = "The code now:\n\n```python\ndef mean(values):\n    return sum(values)"
    assert current not in first
    assert current in second
    assert REASON in second


def test_a_cut_answer_is_no_candidate(make_world) -> None:
    world = make_world([[Answer(MEAN, reason="length")], [MEAN]])
    events = run(world, sent_back())
    discarded = [each.reason for each in events if isinstance(each, CandidateDiscarded)]
    assert discarded == ["cut at the token limit"]
    assert proposal_of(events).best.source == "redraw from task"


def test_a_file_that_is_created_is_written_again(make_world) -> None:
    world = make_world(["LIMIT = 20\n"])
    back = sent_back(None, "LIMIT = 10\n", 1, path="limits.py", reason="It must be 20")
    proposal = proposal_of(run(world, back))
    assert proposal.best.changes == (Change("limits.py", None, b"LIMIT = 20\n"),)


def test_a_function_that_the_hunk_adds_is_written_again(make_world) -> None:
    added = CALC + "\n\ndef median(values):\n    return sorted(values)[0]\n"
    world = make_world(["def median(values):\n    return sorted(values)[len(values) // 2]\n"])
    back = sent_back(CALC, added, 1, reason="That is the smallest value")
    events = run(world, back)
    assert next(e for e in events if isinstance(e, UnitsChosen)).labels == ("calc.py::median",)
    best = proposal_of(events).best
    assert best.changes[0].new == added.replace("[0]", "[len(values) // 2]").encode()


def test_other_files_of_the_proposal_stay(make_world) -> None:
    world = make_world([MEAN])
    one = sent_back()
    other = Change("notes.txt", None, b"see calc\n")
    changes = (other, *one.candidate.changes)
    candidate = Candidate(4, changes, "rewrite")
    review = Review.of("t", changes)
    back = SentBack(Proposal("t", (candidate,)), candidate, review, "calc.py#2", REASON)
    best = proposal_of(run(world, back)).best
    assert best.id == 5, "numbers are not used twice"
    assert other in best.changes
    without = SentBack(
        back.proposal,
        candidate,
        review.decide("notes.txt#1", Decision.REJECTED),
        back.hunk,
        REASON,
    )
    best = proposal_of(run(make_again(world, [MEAN]), without)).best
    assert [each.path for each in best.changes] == ["calc.py"]


def test_a_hunk_of_statements_in_a_long_file_is_written_with_the_code_around(make_world) -> None:
    long = "".join(f"def f{n}(value):\n    return value + {n}\n\n\n" for n in range(200))
    old, new = f"A = 1\n\n\n{long}", f"A = 2\n\n\n{long}"
    world = make_world(["A = 3\n"], files={"calc.py": old})
    best = proposal_of(run(world, sent_back(old, new, 1, reason="3"))).best
    assert best.changes[0].new == f"A = 3\n\n\n{long}".encode()


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_needed(make_world, reason) -> None:
    with pytest.raises(UsageError, match="no reason"):
        run(make_world([]), sent_back(reason=reason))


def test_a_file_that_changed_since_is_stale(make_world) -> None:
    world = make_world([])
    (world.root / "calc.py").write_text(CALC + "# later\n")
    with pytest.raises(StaleFile, match=r"calc\.py has changed since"):
        run(world, sent_back())
    (world.root / "calc.py").unlink()
    with pytest.raises(StaleFile):
        run(world, sent_back())


def test_a_file_that_exists_by_now_is_stale(make_world) -> None:
    world = make_world([])
    back = sent_back(None, "LIMIT = 10\n", 1, path="limits.py")
    (world.root / "limits.py").write_text("")
    with pytest.raises(StaleFile):
        run(world, back)


def test_a_cancelled_redraw_yields_no_proposal(make_world) -> None:
    cancel = Cancel()
    world = make_world([MEAN])
    request = TaskRequest("Correct add and mean", candidates=1)
    events = redraw(world.workspace, request, sent_back(), cancel)
    next(events)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)


def test_a_fix_without_a_task_takes_the_title(make_world) -> None:
    world = make_world([MEAN])
    run(world, sent_back(), TaskRequest("", candidates=1))
    assert "Correct add and mean" in world.engine.requests[0].messages[-1].content


def test_existing_tests_run_where_the_user_agreed(make_world) -> None:
    world = make_world([MEAN])
    if not world.workspace.runner.isolates:
        pytest.skip("no sandbox here")
    request = TaskRequest("Correct add and mean", candidates=1, tests=True)
    events = run(world, sent_back(), request)
    assert any(isinstance(each, CheckFinished) for each in events)
    assert proposal_of(events).best.found("covering tests") is not None
