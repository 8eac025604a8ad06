"""What is seen while a task runs, on a terminal and elsewhere."""

import io

import pytest

from assistant.checks.results import Failure
from assistant.context.bundle import Context, ContextFile
from assistant.engine.reconnecting import Reconnected, Reconnecting
from assistant.headless.progress import Progress, lines_of
from assistant.solving.events import (
    CandidateDiscarded,
    CandidateStarted,
    CheckFinished,
    ContextRead,
    FailuresFound,
    NamesMissing,
    Phase,
    PhaseStarted,
    PromptProgress,
    TextStreamed,
    ThoughtStreamed,
    UnitsChosen,
)
from tests.headless.fakes import (
    FAILED,
    SYNTAX,
    Terminal,
    console_on,
    proposal,
    proposal_events,
)


def test_without_a_terminal_there_are_plain_lines_only():
    stream = io.StringIO()
    with Progress(console_on(stream)) as progress:
        for event in proposal_events(proposal(SYNTAX)):
            progress.show(event)
    assert stream.getvalue().splitlines() == [
        "choosing the target",
        "chosen: numbers.py::one (named in the task)",
        "reading the prompt",
        "writing",
        "candidate 1 is complete",
        "candidate 1: syntax passed, parses",
    ]


def test_on_a_terminal_the_live_line_is_taken_away_at_the_end():
    stream = Terminal()
    console = console_on(stream, force_terminal=True, legacy_windows=False, color_system=None)
    with Progress(console) as progress:
        progress.show(PhaseStarted(Phase.WRITING))
        progress.show(CandidateDiscarded(1, "it does not parse"))
    text = stream.getvalue()
    assert "writing\n" not in text
    assert "candidate 1 discarded: it does not parse" in text
    assert text.endswith("\x1b[2K"), "the line is erased"


def test_a_dumb_terminal_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with Progress(console_on(stream)) as progress:
        progress.show(PhaseStarted(Phase.WRITING, "numbers.py"))
    assert stream.getvalue() == "writing: numbers.py\n"


def test_the_live_line_says_phase_detail_tokens_rate_and_time():
    now = [0.0]
    progress = Progress(console_on(io.StringIO()), clock=lambda: now[0])
    progress.show(PhaseStarted(Phase.PREFILL))
    progress.show(PromptProgress(1024, 4096, 512))
    assert (
        progress.status().plain
        == "reading the prompt · 1,024 of 4,096 tokens read, 512 from the cache · 0 s"
    )
    progress.show(PhaseStarted(Phase.WRITING))
    progress.show(CandidateStarted(1))
    now[0] = 2.0
    for _ in range(20):
        now[0] += 0.1
        progress.show(TextStreamed(1, "x", -0.1))
    assert progress.status().plain == ("writing · candidate 1 · 20 tokens, 10.0/s · 4 s")


def test_the_live_line_says_how_much_is_expected_and_the_time_left():
    now = [0.0]
    progress = Progress(console_on(io.StringIO()), clock=lambda: now[0])
    progress.show(PhaseStarted(Phase.PREFILL))
    progress.show(PromptProgress(0, 4000, 0))
    now[0] = 1.0
    progress.show(PromptProgress(1000, 4000, 0))
    read = "1,000 of 4,000 tokens read"
    assert progress.status().plain == f"reading the prompt · {read} · 1 s · about 3 s left"
    progress.show(PhaseStarted(Phase.WRITING))
    progress.show(CandidateStarted(1, expected=31))
    for _ in range(11):
        now[0] += 0.1
        progress.show(TextStreamed(1, "x", -0.1))
    told = "11 of about 31 tokens, 10.0/s · 2 s · about 2 s left"
    assert progress.status().plain == f"writing · candidate 1 · {told}"
    for _ in range(21):
        now[0] += 0.1
        progress.show(TextStreamed(1, "x", -0.1))
    assert progress.status().plain == "writing · candidate 1 · 32 tokens, 10.0/s · 4 s"


def test_a_candidate_that_goes_on_after_an_interruption_is_counted_once():
    progress = Progress(console_on(io.StringIO()), clock=lambda: 0.0)
    progress.show(PhaseStarted(Phase.WRITING))
    for _ in range(2):
        progress.show(CandidateStarted(1))
        progress.show(TextStreamed(1, "x", -0.1))
    assert progress.status().plain == "writing · candidate 1 · 2 tokens · 0 s"


def test_candidates_are_named_by_their_id():
    progress = Progress(console_on(io.StringIO()), clock=lambda: 0.0)
    progress.show(PhaseStarted(Phase.WRITING))
    for number in (1, 12, 2):
        progress.show(CandidateStarted(number))
        assert progress.status().plain == f"writing · candidate {number} · 0 s"


def test_generated_tests_are_not_called_candidates():
    progress = Progress(console_on(io.StringIO()), clock=lambda: 0.0)
    progress.show(PhaseStarted(Phase.TESTING, "calc.py"))
    progress.show(CandidateStarted(0))
    assert progress.status().plain == "generating tests · calc.py · 0 s"


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (UnitsChosen(("a.py", "b.py::f"), ("named", "a frame")),
         ["chosen: a.py (named)", "chosen: b.py::f (a frame)"]),
        (FailuresFound(None, (Failure("test_one", "2 != 1"),)), ["failing: test_one"]),
        (CheckFinished(-1, FAILED), ["before: tests failed, 1 failed"]),
        (CheckFinished(2, SYNTAX), ["candidate 2: syntax passed, parses"]),
        (PhaseStarted(Phase.WRITING), []),
    ],
)  # fmt: skip
def test_lasting_lines(event, lines):
    assert lines_of(event) == lines


def test_an_answer_is_written_as_it_comes_and_made_harmless():
    answers = io.StringIO()
    progress = Progress(console_on(io.StringIO()), answers=console_on(answers))
    with progress:
        progress.show(PhaseStarted(Phase.ANSWERING))
        progress.show(TextStreamed(1, "It counts [b]from[/b] ", -0.1))
        progress.show(TextStreamed(1, "one.\x1b]52;c;aGk=\x07", -0.1))
    assert answers.getvalue() == "It counts [b]from[/b] one.\\x1b]52;c;aGk=\\x07\n"


def reasoned(stream: io.StringIO, **options) -> Progress:
    """A task that reasoned in three tokens, with secret text, before its first candidate."""
    with Progress(console_on(stream, **options), clock=lambda: 0.0) as progress:
        progress.show(PhaseStarted(Phase.WRITING, "a.py"))
        for _ in range(3):
            progress.show(ThoughtStreamed("secret "))
        if not options:
            assert progress.status().plain == "writing · a.py · reasoning: 3 tokens · 0 s"
        progress.show(CandidateStarted(1))
        assert progress.status().plain == "writing · candidate 1 · 0 s"
    return progress


def test_reasoning_leaves_its_length_on_a_terminal():
    stream = Terminal()
    reasoned(stream, force_terminal=True, legacy_windows=False, color_system=None)
    assert stream.getvalue().count("reasoning: 3 tokens\n") == 1
    assert "secret" not in stream.getvalue()


def test_reasoning_leaves_nothing_elsewhere():
    stream = io.StringIO()
    reasoned(stream)
    assert stream.getvalue() == "writing: a.py\n"


def test_reasoning_before_an_answer_is_no_part_of_it():
    stream, answers = Terminal(), io.StringIO()
    console = console_on(stream, force_terminal=True, legacy_windows=False, color_system=None)
    with Progress(console, answers=console_on(answers)) as progress:
        progress.show(PhaseStarted(Phase.ANSWERING))
        progress.show(ThoughtStreamed("secret", 1))
        progress.show(CandidateStarted(1))
        progress.show(TextStreamed(1, "One.", -0.1))
    assert answers.getvalue() == "One.\n"
    assert "reasoning: 1 token\n" in stream.getvalue()


def test_a_connection_that_is_made_again_is_one_line():
    stream = io.StringIO()
    with Progress(console_on(stream), clock=lambda: 0.0) as progress:
        progress.show(PhaseStarted(Phase.WRITING, "a.py"))
        for attempt in (1, 2, 3):
            progress.show(Reconnecting("box", attempt))
        assert progress.status().plain == "writing · reconnecting to box, attempt 3 · 0 s"
        progress.show(Reconnected())
        assert progress.status().plain == "writing · a.py · 0 s"
    assert stream.getvalue() == "writing: a.py\nthe line to box dropped: reconnecting\n"


def test_foreign_text_in_lines_is_made_harmless():
    stream = io.StringIO()
    with Progress(console_on(stream)) as progress:
        progress.show(UnitsChosen(("a\x1b[2J.py",), ("named\nin the task",)))
    assert stream.getvalue() == "chosen: a\\x1b[2J.py (named\\nin the task)\n"


def test_what_is_read_is_told():
    whole = ContextFile("a.py", "a = 1\n", (), 1234)
    context = Context((whole,), "c.py", 30, 1264, 6000, ("d.py", "e.py", "f.py", "g.py"))
    assert lines_of(ContextRead(context)) == [
        "read a.py: whole · 1,234 tokens",
        "read an outline of other code · 30 tokens",
        "not read: d.py, e.py, f.py and 1 more",
    ]


def test_names_that_no_file_has_are_said() -> None:
    missing = NamesMissing(("fn_9_9", "old_name"))
    assert lines_of(missing) == ["in no file of the repository: fn_9_9, old_name"]
