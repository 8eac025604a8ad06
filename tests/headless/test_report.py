"""The text on stdout."""

import io
from dataclasses import replace

import pytest

from assistant.checks.results import Evidence, Failure, Frame, Status
from assistant.engine.base import Finish
from assistant.headless import report
from assistant.headless.outcome import Figures, Kind, Outcome, Written
from assistant.proposal.changes import Change
from assistant.solving.values import (
    Attempt,
    Candidate,
    Proposal,
    Tokens,
)
from tests.headless.fakes import FAILED, SYNTAX, TESTS, console_on, plan_of, proposal

EDIT = Outcome(Kind.EDIT, "Count from one", "tiny", 7)

EMPTY = " "
"""An unchanged empty line of a diff."""
PROPOSAL = f"""\
Proposal: Count from one
  the failing test goes there
diff --git a/numbers.py b/numbers.py
--- a/numbers.py
+++ b/numbers.py
@@ -1,6 +1,6 @@
 def one():
-    return 2
+    return 1
{EMPTY}
{EMPTY}
 def two():
-    return 3
+    return 2
Checks
  syntax: passed, parses
  tests: passed, 2 passed
Verdict: verified
"""


def shown(outcome, **kwargs) -> str:
    stream = io.StringIO()
    report.show(outcome, console_on(stream), **kwargs)
    return stream.getvalue()


def test_a_proposal():
    assert shown(replace(EDIT, proposal=proposal(SYNTAX, TESTS))) == PROPOSAL


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [((), "not tested"), ((SYNTAX,), "not tested"), ((SYNTAX, FAILED), "failed")],
)
def test_the_verdict_is_the_checks_own(checks, verdict):
    assert f"Verdict: {verdict}\n" in shown(replace(EDIT, proposal=proposal(*checks)))


def test_what_a_failed_check_printed_is_shown_and_shortened():
    output = "\n".join(f"line {number}" for number in range(30))
    check = Evidence("tests", Status.FAILED, "1 failed", output=output)
    text = shown(replace(EDIT, proposal=proposal(check)))
    assert "    ... 10 earlier lines\n    line 10\n" in text
    assert "line 9\n" not in text
    assert "line 29\n" in text


def test_a_file_outside_the_selection_is_flagged():
    outcome = replace(EDIT, proposal=proposal(SYNTAX))
    flag = "numbers.py is outside your selection"
    assert flag in shown(outcome, selection=("other.py",))
    assert flag not in shown(outcome, selection=("numbers.py",))
    assert flag not in shown(outcome)


def test_what_goes_unasked_is_named():
    made = proposal(SYNTAX)
    lost = Evidence(
        "definitions", Status.HINT, "removes numbers.py::two", rank=1.0, about=("numbers.py::two",)
    )
    best = replace(made.best, evidence=(*made.best.evidence, lost))
    text = shown(replace(EDIT, proposal=replace(made, candidates=(best,))))
    line = "  numbers.py::two is removed, but the task does not mention it\n"
    assert line in text
    assert line not in shown(replace(EDIT, proposal=made))


def test_a_plan():
    outcome = Outcome(Kind.PLAN, "Count", "tiny", 0, plan=plan_of(("a.py", "f"), ("b.py", "")))
    assert shown(outcome) == (
        "Plan: Count from one\n  1. edit a.py::f: Change f\n  2. edit b.py: Change \n"
    )


def test_failures_and_a_green_check():
    failure = Failure("test_one", "2 != 1\nsecond", (Frame("a.py", 3), Frame("b.py", 9, "two")))
    fix = replace(EDIT, kind=Kind.FIX)
    text = shown(replace(fix, failures=(failure,)))
    assert text == "Failing\n  test_one at b.py:9\n    2 != 1\n    second\n"
    assert shown(replace(fix, green=True)) == "Nothing to fix: the check passes.\n"


def test_escapes_and_markup_are_shown_not_obeyed():
    dirty = b"x = '\x1b]52;c;aGk=\x07 [bold]\xe2\x80\xae'\n"
    outcome = replace(EDIT, proposal=proposal(SYNTAX, path="a[/b].py", old=b"x = 1\n", new=dirty))
    text = shown(outcome)
    assert "\x1b" not in text
    assert "+x = '\\x1b]52;c;aGk=\\x07 [bold]\\u{202e}'" in text
    assert "a[/b].py" in text


def test_the_line_end_of_windows_is_shown_only_where_it_changes():
    same = Change("a.txt", b"one\r\ntwo\r\n", b"one\r\n2\r\n")
    changed = Change("a.txt", b"one\r\ntwo\r\n", b"one\r\ntwo\n")
    assert "\\x0d" not in "".join(line.plain for line in report.diff_lines(same))
    lines = [line.plain for line in report.diff_lines(changed)]
    assert "-two\\x0d" in lines
    assert "+two" in lines


def test_a_terminal_gets_colours_and_a_file_does_not():
    stream = io.StringIO()
    console = console_on(stream, force_terminal=True, color_system="standard", no_color=False)
    outcome = replace(EDIT, proposal=proposal(SYNTAX))
    report.show(outcome, console)
    assert "\x1b[32m+    return 1" in stream.getvalue()
    assert "\x1b[" not in shown(outcome)


def test_the_length_of_reasoning_is_one_of_the_figures():
    finishes = [Finish(at, "stop", 100, 20, 1.0, thought=1200) for at in (0, 1)]
    figures = Figures.of(finishes, 3.0)
    assert figures.thought == 1200  # both candidates share it
    assert (
        report.figures_line(figures)
        == "100 tokens read, 40 written after 1,200 of reasoning, 3.0 s"
    )


def test_what_was_written_and_the_figures():
    stream = io.StringIO()
    figures = Figures(1256, 40, 12, 2, 3.25)
    outcome = replace(EDIT, proposal=proposal(TESTS), figures=figures)
    report.show_written(outcome, console_on(stream))
    assert stream.getvalue() == (
        "Nothing was written.\n1,256 tokens read, 40 written, 12 of them drafted, 3.2 s\n"
    )
    stream = io.StringIO()
    report.show_written(
        replace(outcome, written=Written("7", ("a.py", "b.py"))), console_on(stream)
    )
    assert stream.getvalue().startswith("Written: a.py, b.py. Undo with `assistant undo`.\n")


def test_what_became_of_a_plans_steps():
    stream = io.StringIO()
    step = replace(EDIT, problem="No candidate parses.")
    outcome = Outcome(Kind.PLAN, "t", "m", 0, plan=plan_of(("a.py", "f")), steps=(step,))
    report.show_steps(outcome, console_on(stream))
    assert stream.getvalue() == "Steps\n  1. proposed: edit a.py::f\nNo candidate parses.\n"


def test_no_probability_is_told() -> None:
    made = proposal(SYNTAX)
    told = shown(replace(EDIT, proposal=replace(made, candidates=(made.best, made.best))))
    assert "Verdict: not tested (best of 2 distinct candidates)\n" in told
    assert "%" not in told
    assert "agree" not in told


def test_a_change_that_the_model_did_not_write_is_named() -> None:
    made = replace(proposal(TESTS).best, tokens=Tokens())
    told = shown(replace(EDIT, proposal=replace(proposal(), candidates=(made,))))
    assert "Verdict: verified (made without the model)\n" in told


def test_a_fix_without_a_result_says_so_first_and_shows_an_attempt() -> None:
    made = replace(proposal(FAILED), fixing=True)
    failure = Failure("test_one", "2 != 1")
    text = shown(replace(EDIT, kind=Kind.FIX, failures=(failure,), proposal=made))
    assert text.startswith("No fix found: the attempt fails a check.\nFailing\n")
    assert "Attempt: Count from one\n" in text
    assert "Proposal" not in text
    several = replace(made, candidates=(made.best, made.best))
    assert shown(replace(EDIT, proposal=several)).startswith("No fix found: none of 2 attempts")
    edited = replace(made, fixing=False)
    assert shown(replace(EDIT, proposal=edited)).startswith("Nothing usable found: ")
    stream = io.StringIO()
    report.show_written(replace(EDIT, proposal=made), console_on(stream))
    assert stream.getvalue().startswith("Nothing was written. Say in words what is wrong")
    assert "--yes --accept-failing" in stream.getvalue()


def test_a_change_without_effect_says_so_first() -> None:
    idle = Evidence("behaviour", Status.HINT, "behaves as before on 40 inputs", rank=1.0)
    text = shown(replace(EDIT, proposal=proposal(SYNTAX, idle)))
    assert text.startswith("The code behaves as before on 40 inputs: this does not do what ")


DRAWN = (
    Attempt(1, "rewrite", "numbers.py::one", ""),
    Attempt(2, "rewrite", "numbers.py::one", "The answer changes nothing"),
    Attempt(3, "hidden body", "numbers.py::one", "cut\x1b[31m at the token limit"),
    Attempt(4, "mutants", "numbers.py::one", ""),
    Attempt(5, "infill", "", ""),
)
JUDGES = ("syntax", "tests", "definitions", "consensus")


def explained(*candidates: Candidate, attempts=()) -> list[str]:
    shown = Proposal("Count from one", candidates, attempts=attempts, judges=JUDGES)
    stream = io.StringIO()
    report.show_explanation(replace(EDIT, proposal=shown), console_on(stream))
    return stream.getvalue().splitlines()


def drawn(number: int, source: str, *evidence: Evidence, **fields) -> Candidate:
    return replace(proposal(*evidence).best, id=number, source=source, **fields)


def test_an_explanation_names_the_source_and_the_criterion_of_every_candidate():
    removes = Evidence("definitions", Status.HINT, "removes two", rank=1.0)
    lines = explained(
        drawn(4, "mutants", SYNTAX, TESTS),
        drawn(1, "rewrite", SYNTAX, votes=3),
        drawn(6, "prompt variants", SYNTAX, votes=1),
        drawn(5, "infill", SYNTAX, removes, votes=9),
        drawn(7, "infill", SYNTAX, FAILED),
        attempts=DRAWN,
    )
    assert lines == [
        "Candidates, best first",
        "  1. candidate 4, mutants: verified",
        "     syntax: passed, parses",
        "     tests: passed, 2 passed",
        "  2. candidate 1, rewrite: not tested",
        "     syntax: passed, parses",
        "     after candidate 4 by verified before not tested",
        "  3. candidate 6, prompt variants: not tested",
        "     syntax: passed, parses",
        "     after candidate 1 by votes: 3 against 1",
        "  4. candidate 5, infill: not tested",
        "     syntax: passed, parses",
        "     definitions: hint, removes two (rank 1)",
        "     after candidate 6 by definitions: removes two",
        "  5. candidate 7, infill: failed",
        "     syntax: passed, parses",
        "     tests: failed, 1 failed",
        "     after candidate 5 by not tested before failed",
        "Drafts, in order",
        "  1. rewrite of numbers.py::one: candidate",
        "  2. rewrite of numbers.py::one: discarded: The answer changes nothing",
        "  3. hidden body of numbers.py::one: discarded: cut\\x1b[31m at the token limit",
        "  4. mutants of numbers.py::one: candidate",
        "  5. infill: candidate",
    ]


@pytest.mark.parametrize(
    ("better", "worse", "criterion"),
    [
        pytest.param({}, {"tokens": Tokens(20, -0.5)}, "log-probability", id="less likely"),
        pytest.param(
            {}, {"changes": (Change("a.py", b"", b"1\n2\n3\n4\n5\n"),)}, "size", id="larger"
        ),
        pytest.param({}, {}, "order of drawing", id="drawn later"),
        pytest.param(
            {"evidence": (TESTS,)},
            {"evidence": (TESTS,), "changes": (Change("a.py", b"", b"1\n2\n3\n4\n5\n"),)},
            "size of a proved change",
            id="larger, and both proved",
        ),
    ],
)
def test_an_explanation_names_what_decides_between_equal_evidence(better, worse, criterion):
    lines = explained(drawn(1, "rewrite", **better), drawn(2, "rewrite", **worse))
    assert f"     after candidate 1 by {criterion}" in lines


def test_without_a_proposal_there_is_nothing_to_explain():
    stream = io.StringIO()
    report.show_explanation(EDIT, console_on(stream))
    assert stream.getvalue() == ""
