"""How candidates are ranked, and how equal ones are merged."""

from dataclasses import replace

from assistant.checks.results import Evidence, Status
from assistant.context.bundle import ContextFile
from assistant.proposal.changes import Change
from assistant.solving import registry
from assistant.solving.pool import Pool, diff_size, difference, distinct, ranked
from assistant.solving.values import Candidate, Target, TargetKind, Tokens

registry.load()
JUDGES = tuple(kind.name for kind in sorted(registry.JUDGES.values(), key=lambda each: each.order))

_PASSED = Evidence("syntax", Status.PASSED, "parses")
_PROVED = Evidence("tests", Status.PASSED, "3 passed", proves=True, covers=True)
_FAILED = Evidence("tests", Status.FAILED, "1 failed")
_DISPUTED = Evidence("consensus", Status.DISPUTED, "another candidate passes too", rank=-1.0)
_LOST = Evidence("definitions", Status.HINT, "removes a.py::f", rank=1.0, about=("a.py::f",))
_UNWRITTEN = Evidence("bodies", Status.HINT, "no body for f", rank=1.0, about=("f",))
_UNCHANGED = Evidence("behaviour", Status.HINT, "behaves as before on 20 inputs", rank=1.0)
_MUTANT = Evidence("origin", Status.HINT, "made without the model", rank=1.0)
_OLD = b"a = 1\nb = 2\n"
_STUB = Target(ContextFile("a.py", "", (), 0), kind=TargetKind.STUB)


def _candidate(
    number: int,
    new: bytes | None = b"a = 2\nb = 2\n",
    *evidence: Evidence,
    votes: int = 1,
    logprob: float = -1.0,
    path: str = "a.py",
) -> Candidate:
    change = Change(path, _OLD, new)
    return Candidate(
        number, (change,), tokens=Tokens(10, logprob), evidence=tuple(evidence), votes=votes
    )


def _ranked(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    return ranked(candidates, JUDGES)


def _is_settled(candidates: list[Candidate], left: int) -> bool:
    return Pool(JUDGES, candidates).is_settled(left)


def test_the_verdict_comes_first() -> None:
    failed = _candidate(0, b"f", _PASSED, _FAILED, votes=9, logprob=0)
    untested = _candidate(1, b"u", _PASSED, votes=5)
    tested = _candidate(2, b"p", _PASSED, replace(_PROVED, proves=False))
    verified = _candidate(3, b"v", _PASSED, _PROVED, logprob=-9)
    order = [verified, tested, untested, failed]
    assert list(_ranked([failed, untested, tested, verified])) == order


def test_then_votes_then_logprob_then_the_smaller_diff_then_the_order_of_drawing() -> None:
    voted = _candidate(5, votes=2, logprob=-9)
    likely = _candidate(4, logprob=-0.5)
    small = _candidate(3)
    large = _candidate(1, b"c = 1\nd = 2\n")
    later = _candidate(2, b"c = 1\nd = 2\n")
    assert _ranked([later, large, small, likely, voted]) == (voted, likely, small, large, later)
    assert diff_size(small) == 2
    assert diff_size(large) == 4


def test_candidates_from_words_alone_keep_the_order_of_drawing_after_the_judges() -> None:
    first, second, third = (
        replace(_candidate(n, b"%d" % n, votes=n, logprob=-1 / (n + 1)), target=_STUB)
        for n in range(3)
    )
    assert _ranked([third, second, first]) == (first, second, third)
    passing = Evidence("generated tests", Status.HINT, "passes 1 of 2 generated tests", rank=-1.0)
    tried = replace(second, evidence=(passing,))
    assert _ranked([third, tried, first]) == (tried, first, third)
    failed = replace(first, evidence=(_FAILED,))
    assert _ranked([third, second, failed]) == (second, third, failed)


def test_a_candidate_that_behaves_as_before_comes_after_those_that_do_not() -> None:
    idle = _candidate(0, b"i", _PASSED, _UNCHANGED, votes=9)
    other = _candidate(1, b"o", _PASSED, logprob=-9)
    lost = _candidate(2, b"l", _PASSED, _LOST)
    assert _ranked([lost, idle, other]) == (other, idle, lost)
    assert not _is_settled([idle], 0)
    assert _is_settled([other], 0)


def test_a_candidate_that_removes_definitions_comes_after_those_that_do_not() -> None:
    lost = _candidate(0, b"l", _PASSED, _LOST, votes=9)
    kept = _candidate(1, b"k", _PASSED)
    failed = _candidate(2, b"f", _FAILED)
    assert _ranked([lost, failed, kept]) == (kept, lost, failed)
    assert not _is_settled([lost], 1), "another draft may keep them"


def test_a_candidate_without_a_body_comes_after_those_that_have_all_and_settles_nothing() -> None:
    left_out, whole = (
        _candidate(0, b"l", _PASSED, _UNWRITTEN, votes=9),
        _candidate(1, b"w", _PASSED),
    )
    assert _ranked([left_out, whole]) == (whole, left_out)
    assert not _is_settled([left_out], 0)


def test_it_is_settled_when_what_is_left_cannot_outvote_the_best() -> None:
    best, rival = _candidate(0, b"b", _PASSED), _candidate(1, b"r", _PASSED)
    assert not _is_settled([], 0)
    assert not _is_settled([best], 1)
    assert _is_settled([best, best], 1)
    assert not _is_settled([best, rival, best], 1), "a tie is decided by more than votes"
    assert _is_settled([best, rival, best, best], 1)


def test_it_is_not_settled_while_a_check_speaks_against_the_best() -> None:
    failed = _candidate(0, b"f", _FAILED)
    assert not _is_settled([failed, failed], 1)


def test_of_verified_candidates_the_smaller_diff_counts_before_the_logprob() -> None:
    small = _candidate(1, b"c = 1\nb = 2\n", _PROVED)
    large = _candidate(0, b"c = 1\nd = 2\n", _PROVED, logprob=-0.1)
    voted = _candidate(2, b"c = 2\nd = 2\n", _PROVED, votes=2)
    assert _ranked([large, small, voted]) == (voted, small, large)


def test_of_proved_candidates_that_are_disputed_the_smaller_diff_comes_first() -> None:
    small = _candidate(1, b"c = 1\nb = 2\n", _PASSED)
    large = _candidate(0, b"c = 1\nd = 2\n", _PASSED, logprob=-0.1)
    assert _ranked([small, large]) == (large, small)
    small, large = (replace(e, evidence=(_PROVED, _DISPUTED)) for e in (small, large))
    assert _ranked([large, small]) == (small, large)


def test_python_candidates_are_equal_by_syntax_tree() -> None:
    first = _candidate(0, b"a = 2\n")
    same = _candidate(1, b"a  =  2  # comment\n")
    other = _candidate(2, b"a = 3\n")
    kept = distinct([first, same, other])
    assert [(candidate.id, candidate.votes) for candidate in kept] == [(0, 2), (2, 1)]
    assert Pool(JUDGES, [first]).twin(same) is first
    assert Pool(JUDGES, [first]).twin(other) is None


def test_other_candidates_are_equal_by_bytes() -> None:
    texts = [b"a = 2\n", b"a  = 2\n", b"a = 2\n"]
    kept = distinct([_candidate(n, text, path="a.js") for n, text in enumerate(texts)])
    assert [candidate.votes for candidate in kept] == [2, 1]
    broken = distinct([_candidate(0, b"def ("), _candidate(1, b"def  (")])
    assert len(broken) == 2


def test_an_empty_file_and_a_deletion_are_two_candidates() -> None:
    assert len(distinct([_candidate(0, b""), _candidate(1, None), _candidate(2, b"#\n")])) == 2


def test_of_equal_candidates_the_one_with_the_better_verdict_stays() -> None:
    (kept,) = distinct([_candidate(0, b"a = 2"), _candidate(1, b"a = 2", _PROVED)])
    assert (kept.id, kept.votes) == (1, 2)


def test_candidates_with_another_path_or_a_rename_differ() -> None:
    moved = Candidate(1, (Change("a.py", _OLD, b"a = 2\nb = 2\n", renamed_from="b.py"),))
    assert len(distinct([_candidate(0), moved, _candidate(2, path="c.py")])) == 3


def test_what_the_model_wrote_comes_before_an_equal_mutant() -> None:
    change = Change("a.py", _OLD, b"a = 2\nb = 2\n")
    mutant = Candidate(0, (change,), evidence=(_PROVED, _MUTANT))
    other = _candidate(1, b"a = 3\nb = 2\n", _PROVED, logprob=-2.0)
    assert _ranked([mutant, other]) == (other, mutant)
    same = replace(other, changes=mutant.changes)
    (one,) = distinct([mutant, same])
    assert (one.by_model, one.votes, one.id) == (True, 2, 1)


def test_the_difference_between_two_candidates_is_the_first_criterion_that_separates_them() -> None:
    verified, partly = _candidate(0, b"v", _PROVED), _candidate(1, b"p", _PASSED)
    assert difference(verified, partly, JUDGES) == "verified before not tested"
    lost = _candidate(2, b"l", _PASSED, _LOST, votes=9)
    assert difference(partly, lost, JUDGES) == "definitions: removes a.py::f"
    voted = replace(partly, votes=2)
    assert difference(voted, partly, JUDGES) == "votes: 2 against 1"
    assert difference(partly, replace(partly, id=9), JUDGES) == "order of drawing"
