"""How the diff shows doubtful tokens, and sorts hunks by risk."""

from dataclasses import replace

import pytest
from rich.style import Style

from assistant.context.bundle import ContextFile
from assistant.proposal.changes import Change, Doubt
from assistant.review.decisions import Review
from assistant.solving.values import Candidate, Target, TargetKind, Tokens
from assistant.ui.app import AssistantApp
from assistant.ui.diffmodel import CodeLine, DiffColours, HunkHead, build_diff
from assistant.ui.diffpaint import DiffPainter, certainty_of
from assistant.ui.themes import load_themes, palette_of, theme_folders
from tests.ui.stage import make_services

OLD = b"".join(b"line %d\n" % n for n in range(60))
NEW = (
    OLD.replace(b"line 5\n", b"first = one(1)\nfirst += 1\n")
    .replace(b"line 30\n", b"second = two(2)\n")
    .replace(b"line 50\n", b"")
)
DOUBTS = (
    Doubt("a.py", 5, 8, 11, 0.45),
    Doubt("a.py", 6, 9, 10, 0.7),
    Doubt("a.py", 31, 9, 12, 0.05),
)
LINES = (("a.py", 5, 0.8), ("a.py", 6, 0.9), ("a.py", 31, 0.4))

STUB = Target(ContextFile("a.py", "", (), 0), kind=TargetKind.STUB)


def candidate() -> Candidate:
    return Candidate(1, (Change("a.py", OLD, NEW),), tokens=Tokens(9, -0.1, LINES, DOUBTS))


def added(model) -> list[CodeLine]:
    return [line for line in model.lines if isinstance(line, CodeLine) and line.doubts]


def heads(model) -> list[HunkHead]:
    return [line for line in model.lines if isinstance(line, HunkHead)]


def test_doubts_mark_the_right_tokens() -> None:
    review = Review.of("t", candidate().changes, LINES)
    found = [
        line.row.text[doubt.start : doubt.end]
        for line in added(build_diff(review, candidate(), ()))
        for doubt in line.doubts
    ]
    assert found == ["one", "1", "two"]


def test_doubts_stay_on_their_tokens_after_an_earlier_hunk_is_edited() -> None:
    review = Review.of("t", candidate().changes, LINES)
    review = review.edit(review.hunks[0].id, (b"mine\n",) * 7)
    (line,) = added(build_diff(review, candidate(), ()))
    assert line.row.text == "second = two(2)"
    assert line.row.new_number == 37


def test_hesitation_is_named_and_certainty_is_not() -> None:
    review = Review.of("t", candidate().changes, LINES)
    edited = review.edit(review.hunks[1].id, (b"mine\n",))
    first, second, third = heads(build_diff(review, candidate(), ()))
    assert certainty_of(first) == (
        "  ? 45%",
        "  the model hesitated: lowest token probability 45%",
    )
    assert certainty_of(second)[1] == "  the model hesitated: lowest token probability 5%"
    assert certainty_of(replace(first, lowest=None)) == ("", "")
    capped = heads(build_diff(review, replace(candidate(), target=STUB), ()))
    assert certainty_of(capped[0]) == ("  from words", "  written from the task alone")
    assert certainty_of(third) == ("", ""), "removed lines were not written by the model"
    assert certainty_of(heads(build_diff(edited, candidate(), ()))[1]) == ("", "")


def test_unknown_probability_comes_first_by_risk_then_the_lowest() -> None:
    review = Review.of("t", candidate().changes, LINES)
    model = build_diff(review, candidate(), (), by_risk=True)
    assert [head.number for head in heads(model)] == [3, 2, 1]
    assert list(model.starts) == [head.hunk.id for head in heads(model)]
    texts = [line.row.text for line in model.lines if isinstance(line, CodeLine)]
    assert texts[:7] == [f"line {n}" for n in (47, 48, 49, 50, 51, 52, 53)]
    place = build_diff(review, candidate(), ())
    shown = {line.row.text for line in model.lines if isinstance(line, CodeLine) and line.row.hunk}
    assert shown == {line.row.text for line in place.lines if isinstance(line, CodeLine)
                     and line.row.hunk}  # fmt: skip


@pytest.mark.parametrize("theme", [t.name for t in load_themes(theme_folders())[0]])
def test_doubt_is_visible_without_colour_in_every_theme(theme) -> None:
    named = next(t for t in load_themes(theme_folders())[0] if t.name == theme)
    palette = palette_of({**named.to_color_system().generate(), **named.variables})
    review = Review.of("t", candidate().changes, LINES)
    model = build_diff(review, candidate(), ())
    painter = DiffPainter(palette, model, review, DiffColours({}, {}), "", 0)

    def segments(text: str) -> dict[str, Style]:
        at = next(n for n, line in enumerate(model.lines)
                  if isinstance(line, CodeLine) and line.row.text == text)  # fmt: skip
        return {segment.text: segment.style or Style() for segment in painter.paint(at, 80)}

    unsure = segments("first = one(1)")
    assert unsure["one"].underline
    assert not unsure["one"].bold
    assert "?" in unsure, "the margin marks it too"
    assert not any(style.underline for text, style in unsure.items() if text != "one")
    very = segments("second = two(2)")
    assert very["two"].underline
    assert very["two"].bold
    likely = segments("first += 1")
    assert not any(style.underline for style in likely.values())
    assert "?" not in likely


async def test_the_order_can_be_switched_and_keeps_decisions(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        review = screen.review
        ids = [hunk.id for hunk in review.review.hunks]
        by_risk = sorted(review.review.hunks, key=lambda h: h.confidence)
        await pilot.press("o")
        assert review.diff.current == by_risk[0].id != ids[0]
        await pilot.press("a")
        assert review.diff.current == by_risk[1].id
        assert review.undecided == len(ids) - 1
        await pilot.press("o")
        assert review.diff.current == ids[0]
        assert review.undecided == len(ids) - 1, "decisions are kept"


async def test_the_log_says_why_a_target_was_chosen(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        await pilot.press(*"/edit totals", "enter")
        await until(pilot, lambda: screen.review.proposal is not None)
        assert ("note", "shop/cart.py::Cart.total: named in the task") in screen.log_view.entries
