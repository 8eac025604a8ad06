"""Diffs in two columns."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.proposal.changes import Change, Doubt
from assistant.proposal.rows import RowKind
from assistant.review.decisions import Decision, Review
from assistant.solving.values import Candidate, Proposal, Tokens
from assistant.ui.app import AssistantApp
from assistant.ui.diffcolumns import two_columns, wants_columns
from assistant.ui.diffmodel import CodeLine, DiffColours, DiffModel, HunkHead, PairLine, build_diff
from assistant.ui.diffpaint import DiffPainter
from assistant.ui.preparing import prepare
from assistant.ui.themes import load_themes, palette_of, theme_folders
from tests.ui.manyfiles import reviewed, three_files
from tests.ui.stage import make_services

OLD = b"def total(items):\n    return sum(items)\n\n\nx = 1\ny = 2\n"
NEW = b"def total(items):\n    # in cents\n    return round(sum(items), 2)\n\n\ny = 2\nz = 3\n"


def model_of(old: bytes, new: bytes, *, by_risk: bool = False) -> tuple[Review, DiffModel]:
    doubts = (Doubt("a.py", 2, 11, 16, 0.1),)
    change = Change("a.py", old, new)
    candidate = Candidate(1, (change,), tokens=Tokens(5, -0.1, (("a.py", 2, 0.5),), doubts))
    review = Review.of("t", candidate.changes, candidate.tokens.lines)
    return review, build_diff(review, candidate, (), by_risk=by_risk)


def texts(line: PairLine) -> tuple[str, str]:
    left, right = (side.row.text if side else "" for side in (line.old, line.new))
    return left, right


def test_old_and_new_lines_stand_beside_each_other() -> None:
    model = two_columns(model_of(OLD, NEW)[1])
    assert [texts(line) for line in model.lines if isinstance(line, PairLine)] == [
        ("", "    # in cents"),
        ("    return sum(items)", "    return round(sum(items), 2)"),
        ("x = 1", ""),
        ("", "z = 3"),
    ]
    assert model.in_columns


_LINES = st.lists(
    st.sampled_from([b"a = 1\n", b"a = 2\n", b"b\n", b"\n", b"return a\n"]), max_size=40
).map(b"".join)


@given(_LINES, _LINES, st.booleans())
def test_two_columns_have_the_same_lines_in_the_same_order(
    old: bytes, new: bytes, by_risk: bool
) -> None:
    plain = model_of(old, new, by_risk=by_risk)[1]
    model = two_columns(plain)
    assert list(model.starts) == list(plain.starts)
    for hunk, start in plain.starts.items():
        assert model.lines[model.starts[hunk]] is plain.lines[start]
        assert isinstance(model.lines[model.starts[hunk]], HunkHead)
        pairs = model.lines[model.starts[hunk] + 1 : model.ends[hunk]]
        one = plain.lines[start + 1 : plain.ends[hunk]]
        removed = [line for line in one if line.row.kind is RowKind.REMOVED]
        added = [line for line in one if line.row.kind is RowKind.ADDED]
        assert [pair.old for pair in pairs if pair.old] == removed
        assert [pair.new for pair in pairs if pair.new] == added
    changed = {id(line) for line in plain.lines if isinstance(line, CodeLine) and line.row.hunk}
    assert [line for line in model.lines if not isinstance(line, PairLine)] == [
        line for line in plain.lines if id(line) not in changed
    ]
    with pytest.raises(IndexError):
        model.lines[len(model.lines)]


@pytest.mark.parametrize(
    ("width", "chosen", "columns"),
    [(139, None, False), (140, None, True), (200, False, False), (60, True, True)],
)
def test_columns_follow_the_width_unless_they_were_chosen(width, chosen, columns) -> None:
    assert wants_columns(width, chosen) is columns


def painter(review: Review, model: DiffModel, chosen: range = range(0)) -> DiffPainter:
    theme = load_themes(theme_folders())[0][0]
    palette = palette_of({**theme.to_color_system().generate(), **theme.variables})
    return DiffPainter(palette, model, review, DiffColours({}, {}), "a.py#1", 0, chosen)


@pytest.mark.parametrize("width", [1, 2, 9, 40, 81, 160])
def test_a_row_is_as_wide_as_the_pane(width: int) -> None:
    review, plain = model_of(OLD, NEW)
    model = two_columns(plain)
    for row, line in enumerate(model.lines):
        if isinstance(line, CodeLine | PairLine) and width > 8:
            assert painter(review, model).paint(row, width).cell_length == width
        else:
            painter(review, model).paint(row, width)


def test_words_doubts_decisions_and_range_are_visible_in_both_columns() -> None:
    review, plain = model_of(OLD, NEW)
    model = two_columns(plain)
    row = next(n for n, line in enumerate(model.lines) if isinstance(line, PairLine) and line.old)

    def painted(review: Review, chosen: range = range(0)):
        strip = painter(review, model, chosen).paint(row, 100)
        return strip.text, {segment.text: segment.style for segment in strip}

    text, styles = painted(review)
    left, right = text[:49], text[50:]
    assert text[49] == "│"
    assert left.startswith("▌2  − ")
    assert right.startswith(" 3 ?+ "), "the doubt is marked on its side"
    assert styles["round"].underline
    assert styles["round"].bgcolor != styles["    return "].bgcolor, "changed words stand out"

    text, _ = painted(review, range(row, row + 1))
    assert "−│" in text
    assert "+│" in text
    part = review.decide_lines("a.py#1", {0}, Decision.ACCEPTED)
    part = part.decide_lines("a.py#1", {2}, Decision.REJECTED)
    text, styles = painted(part)
    assert "−✓" in text
    assert "+✗" in text
    assert not any(style and style.underline for style in styles.values()), "rejected lines fade"


def test_context_has_the_number_of_each_side() -> None:
    review, plain = model_of(OLD, b"first\n" + OLD)
    model = two_columns(plain)
    row = next(n for n, line in enumerate(model.lines) if isinstance(line, CodeLine))
    text = painter(review, model).paint(row, 60).text
    assert text.split() == ["1", "def", "total(items):", "│", "2", "def", "total(items):"]


async def test_a_key_switches_and_keeps_hunk_and_place(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(110, 16)) as pilot:
        diff = (await reviewed(pilot, until, three_files())).diff
        assert not diff._model.in_columns
        await pilot.press("n", "n")
        hunk = diff.current
        place = diff._model.starts[hunk] - diff.scroll_offset.y
        await pilot.press("vertical_line")
        assert diff._model.in_columns
        assert diff.current == hunk
        assert diff._model.starts[hunk] - diff.scroll_offset.y == place
        await pilot.press("a", "o")
        assert diff._model.in_columns, "a layout in another order keeps the columns"
        await pilot.press("vertical_line")
        assert not diff._model.in_columns


async def test_a_wide_pane_has_two_columns_until_it_is_narrow(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(280, 30)) as pilot:
        diff = (await reviewed(pilot, until, three_files())).diff
        await until(pilot, lambda: diff._model.in_columns)
        await pilot.resize_terminal(120, 30)
        await until(pilot, lambda: not diff._model.in_columns)


async def test_a_diff_of_100_000_lines_is_switched_and_scrolled_at_once(shop, state, until) -> None:
    old = b"".join(b"value_%d = %d\n" % (n, n) for n in range(50_000))
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 40)) as pilot:
        change = Change("big.py", old, old.replace(b" = ", b" = 1 + "))
        proposal = Proposal("big", (Candidate(1, (change,)),))
        diff = (await reviewed(pilot, until, prepare(proposal, frozenset()))).diff
        await until(pilot, lambda: diff.line_count > 100_000)
        slowest = 0.0
        for key in ("vertical_line", "pagedown", "v", "G", "a", "home", "vertical_line", "end"):
            began = time.process_time()
            await pilot.press(key)
            slowest = max(slowest, time.process_time() - began)
        assert slowest < 1.0
