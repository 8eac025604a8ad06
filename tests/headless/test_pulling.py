"""What is seen while weights are fetched."""

import io

import pytest

from assistant.headless.pulling import PullDisplay, describe, duration
from assistant.models.progress import PullProgress
from tests.headless.fakes import Terminal, console_on

MB = 1_000_000


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (PullProgress("waiting", detail="another pull"), "waiting · another pull"),
        (PullProgress("converting", 3, 12, 1.0, 9.0, "weights"),
         "converting · 25% · 9 s left · weights"),
        (PullProgress("downloading", 100 * MB, 400 * MB, 2.0 * MB, 150.0, "part\x1b 2"),
         "downloading · 25% · 100.0 MB of 400.0 MB · 2.0 MB/s · 2 min 30 s left · part\\x1b 2"),
    ],
)  # fmt: skip
def test_one_line_says_stage_amount_rate_and_time(progress, text):
    assert describe(progress) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_without_a_terminal_there_is_a_line_for_each_tenth():
    stream = io.StringIO()
    with PullDisplay(console_on(stream)) as display:
        for done in range(0, 401):
            display.report(PullProgress("downloading", done * MB, 400 * MB))
        display.report(PullProgress("verifying", 0, 400 * MB))
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("downloading · 0%")
    assert lines[-1].startswith("verifying")
    assert 10 <= len(lines) <= 13


def test_on_a_terminal_there_is_a_bar_that_goes_away():
    stream = Terminal()
    console = console_on(stream, force_terminal=True, color_system=None)
    with PullDisplay(console) as display:
        display.report(PullProgress("downloading", 200 * MB, 400 * MB))
    text = stream.getvalue()
    assert "█" * 12 + "░" * 12 + " downloading · 50%" in text
    assert text.endswith("\x1b[2K")
