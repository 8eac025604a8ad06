"""The order of candidates, and equal answers counted as one."""

from dataclasses import replace

from assistant.checks.results import Check, Status
from assistant.proposal.changes import Candidate, Change
from assistant.proposal.ranking import diff_size, distinct, ranked, settled

_PASSED = Check("syntax", Status.PASSED, "parses")
_PROVED = Check("tests", Status.PASSED, "3 passed", proves=True)
_FAILED = Check("tests", Status.FAILED, "1 failed")
_OLD = b"a = 1\nb = 2\n"


def _candidate(
    index: int,
    new: bytes | None = b"a = 2\nb = 2\n",
    *checks: Check,
    votes: int = 1,
    logprob: float = -1.0,
    path: str = "a.py",
) -> Candidate:
    change = Change(path, _OLD, new)
    return Candidate(index, (change,), logprob, 10, tuple(checks), votes)


def test_the_verdict_comes_first() -> None:
    failed = _candidate(0, b"f", _PASSED, _FAILED, votes=9, logprob=0)
    unverified = _candidate(1, b"u", votes=5)
    partly = _candidate(2, b"p", _PASSED)
    verified = _candidate(3, b"v", _PASSED, _PROVED, logprob=-9)
    order = [verified, partly, unverified, failed]
    assert list(ranked([failed, unverified, partly, verified])) == order


def test_then_votes_then_logprob_then_the_smaller_diff_then_the_index() -> None:
    voted = _candidate(5, votes=2, logprob=-9)
    likely = _candidate(4, logprob=-0.5)
    small = _candidate(3)
    large = _candidate(1, b"c = 1\nd = 2\n")
    later = _candidate(2, b"c = 1\nd = 2\n")
    assert ranked([later, large, small, likely, voted]) == (voted, likely, small, large, later)
    assert diff_size(small) == 2
    assert diff_size(large) == 4


def test_answers_from_words_alone_stand_as_they_were_drawn_once_own_tests_have_spoken() -> None:
    first, second, third = (
        replace(_candidate(n, b"%d" % n, votes=n, logprob=-1 / (n + 1)), from_text=True)
        for n in range(3)
    )
    assert ranked([third, second, first]) == (first, second, third)
    tried = replace(second, tried=(True, False))
    assert ranked([third, tried, first]) == (tried, first, third)
    failed = replace(first, checks=(_FAILED,))
    assert ranked([third, second, failed]) == (second, third, failed)


def test_an_answer_that_does_what_the_code_did_comes_after_those_that_do_not() -> None:
    idle = replace(_candidate(0, b"i", _PASSED, votes=9), unchanged=True)
    other = _candidate(1, b"o", _PASSED, logprob=-9)
    lost = replace(_candidate(2, b"l", _PASSED), lost=("a.py::f",))
    assert ranked([lost, idle, other]) == (other, idle, lost)
    assert not settled([idle], 0)
    assert settled([other], 0)


def test_an_answer_that_lost_definitions_comes_after_those_that_did_not() -> None:
    lost = replace(_candidate(0, b"l", _PASSED, votes=9), lost=("a.py::f",))
    kept = _candidate(1, b"k", _PASSED)
    failed = _candidate(2, b"f", _FAILED)
    assert ranked([lost, failed, kept]) == (kept, lost, failed)
    assert not settled([lost], 1), "another answer may keep them"


def test_it_is_settled_when_what_is_left_cannot_outvote_the_best() -> None:
    best, rival = _candidate(0, b"b", _PASSED), _candidate(1, b"r", _PASSED)
    assert not settled([], 0)
    assert not settled([best], 1)
    assert settled([best, best], 1)
    assert not settled([best, rival, best], 1), "a tie is decided by more than votes"
    assert settled([best, rival, best, best], 1)


def test_it_is_not_settled_while_a_check_speaks_against_the_best() -> None:
    failed = _candidate(0, b"f", _FAILED)
    assert not settled([failed, failed], 1)


def test_of_verified_answers_the_smaller_diff_counts_before_the_logprob() -> None:
    small = _candidate(1, b"c = 1\nb = 2\n", _PROVED)
    large = _candidate(0, b"c = 1\nd = 2\n", _PROVED, logprob=-0.1)
    voted = _candidate(2, b"c = 2\nd = 2\n", _PROVED, votes=2)
    assert ranked([large, small, voted]) == (voted, small, large)


def test_of_proved_answers_that_contradict_each_other_the_smaller_diff_comes_first() -> None:
    small = _candidate(1, b"c = 1\nb = 2\n", _PASSED)
    large = _candidate(0, b"c = 1\nd = 2\n", _PASSED, logprob=-0.1)
    assert ranked([small, large]) == (large, small)
    small, large = replace(small, contradicted=True), replace(large, contradicted=True)
    assert ranked([large, small]) == (small, large)


def test_python_answers_are_equal_by_syntax_tree() -> None:
    first = _candidate(0, b"a = 2\n")
    same = _candidate(1, b"a  =  2  # comment\n")
    other = _candidate(2, b"a = 3\n")
    kept = distinct([first, same, other])
    assert [(candidate.index, candidate.votes) for candidate in kept] == [(0, 2), (2, 1)]


def test_other_answers_are_equal_by_bytes() -> None:
    texts = [b"a = 2\n", b"a  = 2\n", b"a = 2\n"]
    kept = distinct([_candidate(n, text, path="a.js") for n, text in enumerate(texts)])
    assert [candidate.votes for candidate in kept] == [2, 1]
    broken = distinct([_candidate(0, b"def ("), _candidate(1, b"def  (")])
    assert len(broken) == 2


def test_an_empty_file_and_a_deletion_are_two_answers() -> None:
    assert len(distinct([_candidate(0, b""), _candidate(1, None), _candidate(2, b"#\n")])) == 2


def test_of_equal_answers_the_better_checked_stays() -> None:
    (kept,) = distinct([_candidate(0, b"a = 2"), _candidate(1, b"a = 2", _PROVED)])
    assert (kept.index, kept.votes) == (1, 2)


def test_the_path_and_a_rename_tell_answers_apart() -> None:
    moved = Candidate(1, (Change("a.py", _OLD, b"a = 2\nb = 2\n", renamed_from="b.py"),), -1, 1)
    assert len(distinct([_candidate(0), moved, _candidate(2, path="c.py")])) == 3


def test_what_the_model_wrote_comes_before_an_equal_change_made_without_it() -> None:
    mutant = replace(_candidate(0, b"a = 2\nb = 2\n", _PROVED, logprob=0.0), mutant=True)
    other = _candidate(1, b"a = 3\nb = 2\n", _PROVED, logprob=-2.0)
    assert ranked([mutant, other]) == (other, mutant)
    same = replace(other, changes=mutant.changes)
    (one,) = distinct([mutant, same])
    assert (one.mutant, one.votes, one.index) == (False, 2, 1)
