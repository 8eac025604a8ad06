"""Exports: what they tell, and that nothing in them is markup, script or an escape sequence."""

import re
import stat
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.checks.results import Evidence, Failure, Status
from assistant.errors import UsageError
from assistant.review.comments import Comment
from assistant.review.decisions import Decision, Review
from assistant.sanitize import sanitize
from assistant.sessions.export import plain, render, write_new
from assistant.sessions.file import Entry
from assistant.sessions.records import (
    Answered,
    Checked,
    Commented,
    Decided,
    Failing,
    Planned,
    Proposed,
    ReviewClosed,
    TaskBegan,
    TaskEnded,
    Wrote,
)
from assistant.sessions.story import story
from assistant.sessions.summary import Summary
from assistant.solving.events import Step, StepState, Verb
from tests.sessions.kit import RECORDS, proposal

SUMMARY = Summary("20260101-120000-abcd", "round <b>it</b>", 1.0, 2.0, 1, "", 10)
STEP = Step(1, Verb.EDIT, "totals.py", "total", "round it", StepState.DONE)


def told(*records) -> list[tuple[str, str]]:
    return [(b.kind, b.text) for b in story(Entry(1.0, record) for record in records)]


def test_a_session_is_told_in_order() -> None:
    review = Review.of("t", proposal().best.changes)
    first, second = list(review.decisions)[:2]
    review = review.decide(first, Decision.ACCEPTED).edit(second, (b"    mine\n",))
    blocks = told(
        TaskBegan("why?", "ask"),
        Answered("why?", "Because `x`."),
        TaskEnded(),
        TaskBegan("round it", "fix"),
        Checked(Evidence("pytest", Status.FAILED, "exit code 1", "E  boom\n")),
        Failing((Failure("test_x", "assert 1\nmore"),)),
        Planned("round it", (Step(1, Verb.EDIT, "totals.py", "total", "round it"),)),
        Planned("round it", (STEP,)),
        Proposed(proposal()),
        Decided(0, ((first, Decision.ACCEPTED),)),
        Decided.of(0, review),
        Wrote("applied", "Round the total", ("totals.py",)),
        TaskBegan("another", "edit", STEP),
        TaskEnded("The model has no idea."),
    )
    kinds = [kind for kind, _ in blocks]
    assert kinds == [
        *("task", "text", "task", "note", "output", "list"),
        *("note", "diff", "list", "note", "diff", "note", "diff", "note", "list"),
        *("task", "note"),
    ]
    texts = [text for _, text in blocks]
    assert texts[:6] == [
        "/ask why?",
        "Because `x`.",
        "/fix round it",
        "pytest: failed, exit code 1",
        "E  boom\n",
        "test_x: assert 1",
    ]
    assert texts[6] == "Proposal: Round the total (verified)" or "tests pass" in texts[6]
    assert "+    return round(sum(items), 2)" in texts[7]
    assert texts[11].startswith("Candidate 1: 2 of ")
    assert texts[11].endswith("0 rejected, 1 edited.")
    assert "+    mine" in texts[12]
    assert texts[13] == "Applied: Round the total (totals.py)"
    assert texts[14] == "1. edit totals.py::total: round it (done)"
    assert texts[15] == "/edit edit totals.py::total: round it"
    assert texts[16] == "The model has no idea."


def test_a_review_that_is_still_open_is_told_with_its_decisions() -> None:
    decided = Decided(1, (("a", Decision.REJECTED), ("b", Decision.UNDECIDED)))
    assert told(Proposed(proposal()), decided)[-1] == (
        "note",
        "Candidate 2: 0 of 2 hunks accepted, 1 rejected, 0 edited.",
    )
    assert told(Proposed(proposal()), ReviewClosed())[-1] == ("note", "Nothing was written.")


def test_comments_are_told_once_and_notes_with_their_steps() -> None:
    one = Comment("a.py", 3, False, ("x = 1",), "why?", "a.py#1", 1, "x = 1")
    other = replace(one, line=9, text="no")
    step = Step(1, Verb.EDIT, "a.py", "", "round it", StepState.ACCEPTED, "in cents")
    assert told(
        Planned("t", (step,)), Commented((one,)), Commented((one, other)), Commented(())
    ) == [
        ("note", "Comment on a.py, line 3: why?"),
        ("note", "Comment on a.py, line 9: no"),
        ("list", "1. edit a.py: round it (note: in cents) (accepted)"),
    ]


def test_a_hunk_that_was_decided_by_lines_is_told_with_what_it_writes() -> None:
    one = proposal()
    review = Review.of(one.title, one.candidates[0].changes)
    hunk = review.hunks[0]
    review = review.decide_lines(hunk.id, {0}, Decision.ACCEPTED)
    (note, diff) = told(Proposed(one), Decided.of(0, review))[-2:]
    assert note[1].endswith("0 rejected, 0 edited, 1 decided by lines.")
    assert "-" + hunk.old[0].decode().rstrip() in diff[1]


HOSTILE = '</pre><script>alert(1)</script> **b** <img src=x onerror="x"> \x1b[31m ``` &amp; \u202e'


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attributes):
        self.found.add(tag)

    def handle_data(self, data):
        self.text += data


def hostile_blocks():
    change = proposal()
    return story(
        Entry(1.0, record)
        for record in (
            TaskBegan(HOSTILE, "ask"),
            Answered("q", HOSTILE),
            Checked(Evidence(HOSTILE, Status.FAILED, HOSTILE, HOSTILE)),
            Failing((Failure(HOSTILE, HOSTILE),)),
            Planned(HOSTILE, (Step(1, Verb.EDIT, HOSTILE, "", HOSTILE),)),
            Proposed(change),
            TaskEnded(HOSTILE),
        )
    )


def test_html_escapes_everything_and_loads_nothing() -> None:
    page = render(SUMMARY, hostile_blocks(), "html")
    tags = Tags()
    tags.feed(page)
    allowed = {"html", "head", "meta", "title", "style", "body"}
    assert tags.found == allowed | {"h1", "h2", "p", "ul", "li", "pre", "span"}
    assert "script-src" not in page
    assert "default-src 'none'" in page
    assert "<b>" not in page
    assert sanitize(HOSTILE) in tags.text
    assert "+    return round(sum(items), 2)" in tags.text


def test_markdown_means_what_was_said() -> None:
    text = render(SUMMARY, hostile_blocks(), "md")
    assert text.startswith("# round \\<b\\>it\\</b\\>\n")
    assert "\x1b" not in text
    assert "\u202e" not in text
    outside = re.sub(r"^(`{3,})\w*\n.*?\n\1$", "", text, flags=re.M | re.S)
    outside = outside.replace(sanitize(HOSTILE), "")  # the answer is Markdown already
    assert "<script" not in outside.replace("\\<", "")
    assert "**b**" not in outside
    assert "````" in text, "the fence is longer than any inside"
    assert "```diff\n" in text


@settings(max_examples=40)
@given(st.lists(RECORDS, max_size=6))
def test_no_session_breaks_a_rendering_and_no_control_character_is_left(records) -> None:
    entries = [Entry(1.0, record) for record in records]
    for text in (
        render(SUMMARY, story(entries), "html"),
        render(SUMMARY, story(entries), "md"),
        "\n".join(plain(story(entries))),
    ):
        assert sanitize(text) == text
        text.encode("utf-8")


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(UsageError, match="no format 'pdf'"):
        render(SUMMARY, (), "pdf")


def test_an_export_is_private_and_replaces_nothing(tmp_path) -> None:
    path = tmp_path / "a.md"
    write_new(path, "text\n")
    assert path.read_text() == "text\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists already"):
        write_new(path, "other")
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        write_new(tmp_path / "none/a.md", "x")
    assert path.read_text() == "text\n"
