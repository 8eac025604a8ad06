"""Every write keeps where it came from, and a crash tells what was done about it."""

import json

from assistant.apply.journal import Image, Prepared, Step
from assistant.apply.origin import UNKNOWN, Origin
from assistant.apply.writer import Outcome, Recovery, Writer
from assistant.checks.results import Evidence, Status
from assistant.proposal.changes import Change
from assistant.review.decisions import Decision, Review
from assistant.solving.origins import origin_of
from assistant.solving.values import Candidate, Tokens

KEY = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"
OLD = b"a = 1\n\n\n\n\n\n\n\nb = 2\n"
NEW = b"a = 2\n\n\n\n\n\n\n\nb = 3\n"
CHANGE = Change("a.py", OLD, NEW)
PASSED = Evidence("pytest", Status.PASSED, "2 passed\nin 0.1s", proves=True)
DRAWN = Candidate(1, (CHANGE,), "rewrite", tokens=Tokens(9), evidence=(PASSED,))


def reviewed(review: Review) -> Review:
    return review.decide_all(Decision.ACCEPTED)


def test_what_was_written_whole_has_the_checks_of_its_candidate() -> None:
    review = reviewed(Review.of("Two", DRAWN.changes))
    other = Candidate(2, (Change("a.py", OLD, b"a = 9\n"),), "mutants")
    origin = origin_of(review, (other, DRAWN), "make it two", "small")
    line = "pytest: passed, 2 passed"
    assert origin == Origin("make it two", "small", DRAWN.verdict.value, (line,))
    assert origin.words == (f"checks: {DRAWN.verdict.value}", f"  {line}", "model: small")


def test_what_was_written_in_part_was_not_checked() -> None:
    review = Review.of("Two", DRAWN.changes)
    review = review.decide(review.hunks[0].id, Decision.ACCEPTED)
    origin = origin_of(review, (DRAWN,), "make it two", "small")
    assert (origin.verdict, origin.checks, origin.model) == ("", (), "small")
    assert origin.words[0] == "checks: what was written was not checked"
    assert UNKNOWN.words == ()


def test_a_mutant_was_written_by_no_model() -> None:
    mutant = Candidate(1, (CHANGE,), "mutants", evidence=(PASSED,))
    review = reviewed(Review.of("Two", mutant.changes))
    assert origin_of(review, (mutant,), "t", "small").model == ""


def test_the_origin_is_stored_without_keys_and_survives_undo(tmp_path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "a.py").write_bytes(OLD)
    writer = Writer(root, tmp_path / "state")
    origin = Origin(f"use {KEY}", "small", "tests pass", (f"pytest: passed, {KEY}",))
    review = reviewed(Review.of("Two", (CHANGE,)))
    writer.apply(review.reviewed(), origin)
    writer.undo()
    (entry,) = Writer(root, tmp_path / "state").entries()
    assert entry.origin.hunks == 2
    assert entry.origin.task == "use REDACTED_GITHUB_TOKEN"
    assert entry.origin.checks == ("pytest: passed, REDACTED_GITHUB_TOKEN",)
    (file,) = (tmp_path / "state").rglob("entries/*.json")
    record = json.loads(file.read_text())
    assert KEY not in file.read_text()
    del record["origin"]
    file.write_text(json.dumps(record))
    (entry,) = writer.entries()
    assert entry.origin == UNKNOWN, "as earlier versions wrote it"
    file.write_text(json.dumps(record | {"origin": 3}))
    assert writer.entries() == (), "a damaged record"


def test_the_history_is_limited_by_size(tmp_path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "a.py").write_bytes(b"0" * 100)
    writer = Writer(root, tmp_path / "state", limit=250)
    for number in range(4):
        old, new = b"%d" % number * 100, b"%d" % (number + 1) * 100
        writer.apply(reviewed(Review.of("x", (Change("a.py", old, new),))).reviewed())
    assert [entry.id for entry in writer.entries()] == ["000004"]


def test_a_crash_that_a_later_write_meets_is_told_once(tmp_path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "a.py").write_bytes(OLD)
    writer = Writer(root, tmp_path / "state")
    journal = writer._journal
    journal.open()
    images = (Image(journal.put(OLD), 0o644), Image(journal.put(NEW), 0o644))
    steps = (Step("a.py", *images),)
    journal.prepare(Prepared("0" * 16, steps, (), journal.next_entry("Two", steps, "")))
    review = reviewed(Review.of("New", (Change("b.py", None, b"b\n"),)))
    writer.apply(review.reviewed())
    (told,) = writer.taken_recoveries()
    assert (told.title, told.outcome, told.paths) == ("Two", Outcome.ROLLED_BACK, ("a.py",))
    assert writer.taken_recoveries() == ()


def test_a_recovery_says_what_is_where() -> None:
    back = Recovery("Two", Outcome.ROLLED_BACK, ("c.py",), ("a.py", "b.py"))
    assert back.text == (
        "An interrupted write was rolled back: Two. Now as before: a.py, b.py. "
        "Left as something else changed them: c.py."
    )
    done = Recovery("Two", Outcome.COMPLETED, (), ("a.py",))
    assert done.text == "An interrupted write was completed: Two. Now as written: a.py."
