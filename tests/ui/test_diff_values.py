"""Diffs, hunks and the bars above a diff, without widgets."""

from collections import defaultdict

import pytest
from rich.style import Style

from assistant.checks.results import Evidence, Status
from assistant.errors import UsageError
from assistant.proposal.changes import Change, Doubt, Hunk
from assistant.review.decisions import Review
from assistant.solving.values import Candidate, Proposal, Tokens
from assistant.ui.diffmodel import CodeLine, FileHead, HunkHead, build_diff
from assistant.ui.screens.hunk import lines_of, text_of
from assistant.ui.standing import Standing
from assistant.ui.themes import Palette
from assistant.ui.widgets.bars import TitleBar
from assistant.ui.widgets.reviewbars import title_parts


def review_of(old: bytes, new: bytes) -> tuple[Review, Candidate]:
    doubts = (Doubt("a.py", 1, 0, 4, 0.3),)
    candidate = Candidate(1, (Change("a.py", old, new),), tokens=Tokens(5, -0.1, doubts=doubts))
    return Review.of("t", candidate.changes), candidate


def test_the_diff_has_a_header_for_every_file_and_hunk() -> None:
    old = b"".join(b"line %d\n" % n for n in range(40))
    new = old.replace(b"line 1\n", b"LINE 1\n").replace(b"line 30\n", b"")
    review, candidate = review_of(old, new)
    model = build_diff(review, candidate, {"other.py"})
    heads = [line for line in model.lines if isinstance(line, FileHead | HunkHead)]
    assert [type(head).__name__ for head in heads] == ["FileHead", "HunkHead", "HunkHead"]
    assert heads[0].outside
    assert (heads[0].added, heads[0].removed) == (1, 2)
    unsure = [x for x in model.lines if isinstance(x, CodeLine) and x.doubts]
    assert [(x.row.text, x.doubts[0].probability) for x in unsure] == [("LINE 1", 0.3)]
    for hunk in review.hunks:
        assert isinstance(model.lines[model.starts[hunk.id]], HunkHead)
        assert model.ends[hunk.id] > model.starts[hunk.id]


def test_an_empty_new_file_still_has_a_hunk_to_decide() -> None:
    candidate = Candidate(1, (Change("pkg/__init__.py", None, b""),))
    review = Review.of("t", candidate.changes)
    model = build_diff(review, candidate, ())
    assert set(model.starts) == {hunk.id for hunk in review.hunks}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_unchanged_hunk_keeps_its_bytes(end: bytes) -> None:
    hunk = Hunk("a#1", "a", 0, (b"x" + end,), (b"one" + end, b"two" + end))
    assert lines_of(text_of(hunk), hunk) == hunk.new
    open_ended = Hunk("a#1", "a", 0, (b"x",), (b"one" + end, b"two"))
    assert lines_of(text_of(open_ended), open_ended) == open_ended.new
    assert lines_of("", hunk) == ()


def test_a_hunk_that_is_not_utf_8_cannot_be_edited() -> None:
    with pytest.raises(UsageError, match="not valid UTF-8"):
        text_of(Hunk("a#1", "a", 0, (), (b"caf\xe9\n",)))


def bar_of(style: Palette, proposal: Proposal, at: int = 0, stale: tuple[str, ...] = ()):
    """The title of a proposal whose checks hold."""
    state = Standing(proposal.candidates[at].verdict, whole=True)
    return title_parts(style, proposal, at, state, stale)


def test_the_bar_marks_mutants() -> None:
    change = Change("a.py", b"a = 1\n", b"a = 2\n")
    written = Candidate(1, (change,), tokens=Tokens(5, -0.1))
    proposal = Proposal("Fix", (written, Candidate(2, (change,), "mutants")))
    style = Palette(defaultdict(lambda: "#ffffff"))
    rights = ["".join(text for text, _ in bar_of(style, proposal, n)[1]) for n in (0, 1)]
    assert rights == ["alternative 1/2 ", "alternative 2/2 · mutant "]


@pytest.mark.parametrize(
    ("judge", "about", "said"),
    [
        ("stated examples", ("assert f(1) == 2",), "fails 1 of the examples in the task "),
        ("stated examples", (), ""),
        ("generated tests", (), ""),
        ("bodies", ("Box.put",), "no body for Box.put "),
        ("bodies", ("a", "b", "c", "d"), "no body for a, b and 2 more "),
        ("parameters", ("limit",), "never reads limit "),
        ("linters", ("a.py:1", "a.py:2"), "brings 2 linter complaints "),
        ("linters", (), ""),
        ("definitions", ("a.py::Box.put", "a.py::total"), "removes Box.put, total "),
    ],
)
def test_the_bar_shows_what_judges_found(judge: str, about: tuple[str, ...], said: str) -> None:
    change = Change("a.py", b"a = 1\n", b"a = 2\n")
    found = Evidence(judge, Status.HINT, "", about=about)
    candidate = Candidate(1, (change,), tokens=Tokens(5, -0.1), evidence=(found,))
    style = Palette(defaultdict(lambda: "#ffffff"))
    _, right = bar_of(style, Proposal("Edit", (candidate,)))
    assert "".join(text for text, _ in right) == said


def test_the_bar_names_files_that_changed_since() -> None:
    candidate = Candidate(1, (Change("a.py", b"a = 1\n", b"a = 2\n"),))
    style = Palette(defaultdict(lambda: "#ffffff"))
    proposal = Proposal("Edit", (candidate,))
    _, right = bar_of(style, proposal, stale=("a.py", "other.py"))
    assert "".join(text for text, _ in right) == "stale: a.py changed since "
    assert bar_of(style, proposal, stale=("other.py",))[1] == []


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (
            Evidence("behaviour", Status.HINT, "behaves as before on 9 inputs"),
            " ○ not tested  does what the old code does  Edit",
        ),
        (Evidence("tests", Status.FAILED, "1 failed"), " ✗ failed  attempt: Edit"),
        (Evidence("tests", Status.PASSED, "", covers=True), " ◐ tests pass  Edit"),
    ],
)
def test_the_bar_begins_with_what_speaks_against_a_candidate(evidence, said) -> None:
    change = Change("a.py", b"a = 1\n", b"a = 2\n")
    candidate = Candidate(1, (change,), tokens=Tokens(5, -0.1), evidence=(evidence,))
    style = Palette(defaultdict(lambda: "#ffffff"))
    left, _ = bar_of(style, Proposal("Edit", (candidate,)))
    assert "".join(text for text, _ in left) == said


@pytest.mark.parametrize(
    ("title", "right", "width", "lines"),
    [
        ("Fix it", "1/2 ", 30, [" ✓ verified  Fix it", "1/2 "]),
        ("Fix it", "1/2 ", 20, [" ✓ verified  Fix it", "", "", "1/2 "]),
        ("Fix it", "", 20, [" ✓ verified  Fix it", ""]),
        ("Fix all of it", "", 22, [" ✓ verified  Fix all", "", "             of it", ""]),
    ],
)
def test_a_long_title_is_wrapped_instead_of_cropped(title, right, width, lines) -> None:
    bar = TitleBar()
    plain = Style()
    bar._left = [(" ✓ verified  ", plain), (title, plain)]
    bar._right = [(right, plain)] if right else []
    shown = ["".join(text for text, _ in side) for line in bar.lines_for(width) for side in line]
    assert shown == lines
