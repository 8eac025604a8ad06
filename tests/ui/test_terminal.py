"""What the terminal says about its background, and the theme that follows."""

import os
import pty
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.color import Color

from assistant.ui.app import AssistantApp
from assistant.ui.terminal import Answer, ask_background, parse_answer, suitable_theme
from tests.ui.stage import make_services

ATTRIBUTES = b"\x1b[?62;22c"
XTERM = {"TERM": "xterm-256color"}


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo-terminal: the program's file descriptor and the other one."""
    other, ours = pty.openpty()
    yield ours, other
    os.close(other)
    os.close(ours)


def asked(terminal: tuple[int, int], reply: bytes, **options) -> tuple[Answer, bytes]:
    """Asks a terminal that replies; returns the answer and what the terminal was asked."""
    ours, other = terminal
    question: list[bytes] = []

    def play() -> None:
        question.append(os.read(other, 1024))
        os.write(other, reply)

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    with (
        os.fdopen(ours, "r", closefd=False) as stdin,
        os.fdopen(ours, "w", closefd=False) as output,
    ):
        answer = ask_background(XTERM, stdin=stdin, output=output, **options)
    thread.join()
    return answer, b"".join(question)


@pytest.mark.parametrize(
    ("reply", "colour"),
    [
        (b"\x1b]11;rgb:1414/1717/1d1d\x1b\\", Color(0x14, 0x17, 0x1D)),
        (b"\x1b]11;rgb:fa/f8/f4\x07", Color(0xFA, 0xF8, 0xF4)),
        (b"\x1b]11;rgba:f/f/f/8\x1b\\", Color(255, 255, 255)),
        (b"\x1b]11;unknown\x1b\\", None),
        (b"", None),
    ],
)
def test_the_background_is_read_from_the_answer(terminal, reply, colour) -> None:
    answer, question = asked(terminal, reply + ATTRIBUTES, patience=20)
    assert answer == Answer(colour)
    assert question == b"\x1b]11;?\x1b\\\x1b[c"


def test_keys_that_were_typed_meanwhile_are_kept(terminal) -> None:
    reply = b"fix\x1b]11;rgb:00/00/00\x1b\\ it\r" + ATTRIBUTES
    assert asked(terminal, reply, patience=20)[0] == Answer(Color(0, 0, 0), "fix it\n")
    assert parse_answer(b"ab\x1b[A").typed == "ab"


def test_a_terminal_that_answers_nothing_costs_little_time(terminal) -> None:
    started = time.monotonic()
    assert asked(terminal, b"", patience=0.05)[0] == Answer(None)
    assert time.monotonic() - started < 5


def test_the_terminal_is_as_before_and_shows_nothing_of_the_answer(terminal) -> None:
    import termios

    before = termios.tcgetattr(terminal[0])
    asked(terminal, b"\x1b]11;rgb:00/00/00\x1b\\" + ATTRIBUTES, patience=20)
    assert termios.tcgetattr(terminal[0]) == before
    os.set_blocking(terminal[1], False)
    with pytest.raises(BlockingIOError):
        os.read(terminal[1], 100)


def test_terminals_that_would_show_the_question_are_not_asked(terminal) -> None:
    ours, other = terminal
    os.set_blocking(other, False)
    with Path(os.devnull).open() as none:
        assert ask_background(XTERM, stdin=none, output=none) == Answer(None)
    with os.fdopen(ours, "r", closefd=False) as stdin:
        for name in ("", "dumb", "linux"):
            assert ask_background({"TERM": name}, stdin=stdin, output=stdin) == Answer(None)
    with pytest.raises(BlockingIOError):
        os.read(other, 100)


@pytest.mark.parametrize(
    ("background", "environ", "colours", "theme"),
    [
        ("#101418", {}, "truecolor", "assistant-dark"),
        ("#fdf6e3", {}, "256", "assistant-light"),
        (None, {}, "truecolor", "assistant-dark"),
        ("#ffffff", {}, "standard", "assistant-terminal"),
        ("#ffffff", {}, None, "assistant-terminal"),
        ("#ffffff", {"NO_COLOR": "1"}, "truecolor", "assistant-terminal"),
    ],
)
def test_the_theme_suits_the_terminal(background, environ, colours, theme) -> None:
    answer = Answer(Color.parse(background) if background else None)
    assert suitable_theme(answer, environ, colours) == theme


async def test_the_app_takes_the_theme_and_the_keys(shop, state, until) -> None:
    services = make_services(shop, state, theme="")
    app = AssistantApp(services, theme="assistant-light", typed="a b")
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await until(pilot, lambda: app.screen.prompt.input.text == "a b")
        assert app.theme == "assistant-light"
