"""Hostile text on its way to the terminal: visible, harmless and complete."""

import re
import subprocess
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.engine.scripted import ScriptedEngine
from assistant.errors import OutOfMemory
from assistant.sanitize import sanitize, sanitize_line
from assistant.ui.app import AssistantApp
from tests.ui.stage import Player, make_services, real_tasks
from tests.ui.test_hostile_display import screen_text

_LIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
SEQUENCES = {
    "CSI": "\x1b[2J",
    "colour": "\x1b[31m",
    "OSC 8": "\x1b]8;;http://192.0.2.1/\x1b\\link\x1b]8;;\x1b\\",
    "OSC 52": "\x1b]52;c;aGk=\x07",
    "unterminated OSC": "\x1b]0;title",
    "unterminated CSI": "\x1b[38;5",
    "lone escape": "\x1b",
    "C1 CSI": "\x9b31m",
    "C1 OSC": "\x9d52;c;aGk=\x9c",
    "DCS": "\x1bP+q544e\x1b\\",
    "APC": "\x1b_G\x1b\\",
    "backspaces": "good\b\b\b\bevil",
    "carriage return": "good\revil",
    "delete": "a\x7f",
    "bidi": "\u202eevil\u2066",
    "zero width": "a\u200b\u2060\ufeffb",
    "tags": "\U000e0041\U000e007f",
    "surrogate": "\udc9b31m",
}


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_a_sequence_is_shown_escaped_and_the_text_after_it_kept(sequence: str) -> None:
    for clean in (sanitize, sanitize_line):
        shown = clean(f"before{sequence}after")
        assert not _LIVE.search(shown)
        assert shown.startswith("before")
        assert shown.endswith("after")
        assert "\\" in shown, "it can be seen that something is there"
        plain = [c for c in sequence if c.isascii() and c.isprintable()]
        assert len(shown) >= len("beforeafter") + len(plain), "nothing is dropped"


@given(st.text())
def test_no_text_has_a_live_character_left(text: str) -> None:
    assert not _LIVE.search(sanitize(text))
    assert "\n" not in sanitize_line(text)
    assert sanitize(sanitize(text)) == sanitize(text)


async def test_a_branch_cannot_turn_the_head_line_around(shop, state, until) -> None:
    subprocess.run(["git", "checkout", "-qb", "fix-\u202eevil\u200b"], cwd=shop, check=True)
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: app.screen.session)
        await until(pilot, lambda: "fix-" in screen_text(app))
        text = screen_text(app)
        assert "fix-\\u{202e}evil\\u{200b}" in text
        assert not _LIVE.search(text.replace("\n", ""))


async def test_after_out_of_memory_the_next_question_is_answered(shop, state, until) -> None:
    full = OutOfMemory("The GPU has not enough memory.", hint="Select less, or use the CPU.")
    engine = ScriptedEngine([full, "It sells pens."])
    services = make_services(shop, state, tasks=real_tasks(), engine=engine)
    app = AssistantApp(services)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.prompt.set_text("/ask what is it")
        await pilot.press("enter")
        await until(pilot, lambda: screen.problem.error is not None)
        assert screen.problem.error.hint == full.hint
        await until(pilot, lambda: screen.phase == "idle")
        screen.action_prompt()
        screen.prompt.set_text("/ask what is it")
        await pilot.press("enter")
        await until(pilot, lambda: any("sells pens" in text for _, text in screen.log_view.entries))


async def test_an_answer_that_is_stopped_stays_and_is_marked(shop, state, until) -> None:
    player = Player(shop, hold=threading.Event())
    app = AssistantApp(make_services(shop, state, tasks=player.tasks()))
    async with app.run_test(size=(120, 30)) as pilot:
        screen = app.screen
        await until(pilot, lambda: screen.session)
        screen.prompt.set_text("/ask what is wrong")
        await pilot.press("enter")
        await until(pilot, lambda: any("forgets" in text for _, text in screen.log_view.entries))
        await pilot.press("escape")
        await until(pilot, lambda: screen.phase == "idle")
        entries = list(screen.log_view.entries)
        assert any("forgets" in text for _, text in entries)
        assert entries[-1] == ("note", "Cancelled.")
