"""Records of a session, and strategies that draw them."""

from hypothesis import strategies as st

from assistant.checks.results import Evidence, Failure, Frame, Status
from assistant.context.bundle import ContextFile, Selected
from assistant.proposal.changes import Change, Doubt
from assistant.repo.units import Unit, UnitKind
from assistant.review.comments import Comment
from assistant.review.decisions import Decision
from assistant.review.lines import LineDecisions
from assistant.sessions.records import (
    Answered,
    Checked,
    Commented,
    Decided,
    Failing,
    Logged,
    Planned,
    Proposed,
    ReviewClosed,
    Selection,
    TaskBegan,
    TaskEnded,
    Wrote,
)
from assistant.solving.events import Step, StepState, Verb
from assistant.solving.values import Attempt, Candidate, Proposal, Target, TargetKind, Tokens

OLD = b"def total(items):\n    return sum(items)\n" * 20
NEW = OLD.replace(b"sum(items)", b"round(sum(items), 2)")


def candidate(number: int = 1, new: bytes = NEW, old: bytes | None = OLD) -> Candidate:
    unit = Unit("totals.py", "total", UnitKind.FUNCTION, 1, 2, "def total(items):\n", "0" * 64)
    file = ContextFile("totals.py", OLD.decode(), (unit,), 12)
    evidence = (
        Evidence("syntax", Status.PASSED, "parses"),
        Evidence("pytest", Status.PASSED, "2 passed", "..\n", proves=True, covers=True),
    )
    return Candidate(
        number,
        (Change("totals.py", old, new),),
        "rewrite",
        Target(file, unit, "named in the task"),
        Tokens(20, -0.1, (("totals.py", 1, 0.9),), (Doubt("totals.py", 1, 4, 9, 0.3),)),
        evidence,
    )


def proposal(*candidates: Candidate) -> Proposal:
    return Proposal("Round the total", candidates or (candidate(), candidate(2, NEW + b"# 2\n")))


CHARACTERS = st.characters(exclude_categories=["Cs"])
ESCAPES = st.integers(0xDC80, 0xDCFF).map(chr)
"""Bytes of paths and output that are not UTF-8."""
TEXT = st.text(CHARACTERS | ESCAPES, max_size=40)
BYTES = st.binary(max_size=600)
NUMBERS = st.integers(0, 10_000)
SHARES = st.floats(0, 1)
EVIDENCE = st.builds(
    Evidence,
    TEXT,
    st.sampled_from(Status),
    TEXT,
    output=TEXT,
    proves=st.booleans(),
    rank=SHARES,
    about=st.lists(TEXT, max_size=2).map(tuple),
)
UNITS = st.builds(Unit, TEXT, TEXT, st.sampled_from(UnitKind), NUMBERS, NUMBERS, TEXT, TEXT)
FILES = st.builds(
    ContextFile, TEXT, TEXT, st.lists(UNITS, max_size=2).map(tuple), NUMBERS, whole=st.booleans()
)
TARGETS = st.builds(
    Target, FILES, st.none() | UNITS, TEXT, SHARES, st.sampled_from(TargetKind), st.booleans()
)
CHANGES = st.builds(Change, TEXT, st.none() | BYTES, st.none() | BYTES, TEXT)
TOKENS = st.builds(
    Tokens,
    NUMBERS,
    st.none() | SHARES,
    st.lists(st.tuples(TEXT, NUMBERS, SHARES), max_size=2).map(tuple),
    st.lists(st.builds(Doubt, TEXT, NUMBERS, NUMBERS, NUMBERS, SHARES), max_size=2).map(tuple),
)
CANDIDATES = st.builds(
    Candidate,
    NUMBERS,
    st.lists(CHANGES, max_size=2).map(tuple),
    TEXT,
    st.none() | TARGETS,
    TOKENS,
    st.lists(EVIDENCE, max_size=2).map(tuple),
    NUMBERS,
)
PROPOSALS = st.builds(
    Proposal,
    TEXT,
    st.lists(CANDIDATES, min_size=1, max_size=3).map(tuple),
    TEXT,
    st.lists(st.builds(Attempt, NUMBERS, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    st.lists(TEXT, max_size=2).map(tuple),
    st.booleans(),
)
STEPS = st.builds(
    Step, NUMBERS, st.sampled_from(Verb), TEXT, TEXT, TEXT, st.sampled_from(StepState), TEXT, TEXT
)
QUOTES = st.lists(TEXT, max_size=2).map(tuple)
COMMENTS = st.builds(Comment, TEXT, NUMBERS, st.booleans(), QUOTES, TEXT, TEXT, NUMBERS, TEXT)
LINES = st.lists(BYTES, max_size=3).map(tuple)
FAILURES = st.builds(
    Failure, TEXT, TEXT, st.lists(st.builds(Frame, TEXT, NUMBERS, TEXT), max_size=2).map(tuple)
)
LINE_DECISIONS = st.builds(
    LineDecisions, st.frozensets(NUMBERS, max_size=3), st.frozensets(NUMBERS, max_size=3)
)
BY_KIND = {
    TaskBegan: st.builds(TaskBegan, TEXT, TEXT, st.none() | STEPS),
    TaskEnded: st.builds(TaskEnded, TEXT),
    Answered: st.builds(Answered, TEXT, TEXT),
    Planned: st.builds(Planned, TEXT, st.lists(STEPS, max_size=3).map(tuple)),
    Proposed: st.builds(Proposed, PROPOSALS, st.frozensets(TEXT, max_size=3)),
    Decided: st.builds(
        Decided,
        NUMBERS,
        st.lists(st.tuples(TEXT, st.sampled_from(Decision)), max_size=3).map(tuple),
        st.lists(st.tuples(TEXT, LINES), max_size=2).map(tuple),
        st.lists(st.tuples(TEXT, LINE_DECISIONS), max_size=2).map(tuple),
    ),
    ReviewClosed: st.builds(ReviewClosed, TEXT),
    Checked: st.builds(Checked, EVIDENCE),
    Failing: st.builds(Failing, st.lists(FAILURES, max_size=2).map(tuple)),
    Wrote: st.builds(
        Wrote,
        st.sampled_from(("applied", "undone", "redone", "committed")),
        TEXT,
        st.lists(TEXT, max_size=2).map(tuple),
    ),
    Selection: st.builds(
        Selection, st.lists(st.builds(Selected, TEXT, TEXT), max_size=3).map(tuple)
    ),
    Commented: st.builds(Commented, st.lists(COMMENTS, max_size=2).map(tuple)),
    Logged: st.builds(Logged, TEXT, TEXT),
}
RECORDS = st.one_of(*BY_KIND.values())
