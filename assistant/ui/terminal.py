"""Asks the terminal for its background, chooses the theme that suits it, and notices its end.

The question is OSC 11, followed by a request for the device attributes (DA1), which every terminal
answers: after that answer none to the first question will come, so the program stops waiting.
"""

import os
import re
import select
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from textual.color import Color

from assistant.ui.contrast import contrast
from assistant.ui.themes import DEFAULT, FALLBACKS, TERMINAL

PATIENCE = 0.5
"""Seconds to wait. Only a terminal that answers nothing at all takes them."""
_QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
_BACKGROUND = re.compile(
    rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})[^\x07\x1b]*"
    rb"(?:\x07|\x1b\\)"
)
_ATTRIBUTES = re.compile(rb"\x1b\[\?[0-9;]*c")
_SILENT = ("", "dumb", "linux", "emacs", "eterm", "cons25", "ansi", "vt52", "vt100", "vt220")
"""Terminals that show the question instead of answering it, or do neither."""


@dataclass(frozen=True, slots=True)
class Answer:
    background: Color | None
    """None if the terminal did not tell."""
    typed: str = ""
    """Keys that the user pressed meanwhile; a line end stands for Enter."""


def suitable_theme(answer: Answer, environ: Mapping[str, str], colours: str | None) -> str:
    """Returns the name of the theme for a user who has chosen none.

    `colours` is the colour system of the terminal as Rich names it, such as "256" or "standard".
    """
    if environ.get("NO_COLOR") or colours in (None, "standard", "windows"):
        return TERMINAL
    if answer.background is None:
        return DEFAULT
    white, black = Color(255, 255, 255), Color(0, 0, 0)
    dark = contrast(answer.background, white) > contrast(answer.background, black)
    return FALLBACKS[dark]


def ask_background(
    environ: Mapping[str, str],
    *,
    stdin: TextIO = sys.stdin,
    output: TextIO = sys.stderr,
    patience: float = PATIENCE,
) -> Answer:
    """Asks the terminal for its background, and returns within `patience` seconds.

    The answer is never shown, and what the user types meanwhile is kept. Asks nothing if one of
    the streams is not a terminal, or the terminal is known not to answer.
    """
    name = environ.get("TERM", "")
    if name in _SILENT or not (stdin.isatty() and output.isatty()):
        return Answer(None)
    try:
        import termios
        import tty
    except ImportError:  # Windows
        return Answer(None)
    try:
        source, target = stdin.fileno(), output.fileno()
        before = termios.tcgetattr(source)
        try:
            tty.setcbreak(source, termios.TCSANOW)
            os.write(target, _QUESTION)
            received = _receive(source, time.monotonic() + patience)
        finally:
            termios.tcsetattr(source, termios.TCSANOW, before)
    except (OSError, termios.error):
        return Answer(None)
    return parse_answer(received)


def _receive(source: int, until: float) -> bytes:
    """Reads until the device attributes have arrived, or the time is over."""
    received = b""
    while not _ATTRIBUTES.search(received):
        left = until - time.monotonic()
        if left <= 0 or not select.select([source], [], [], left)[0]:
            break
        if not (piece := os.read(source, 1024)):
            break
        received += piece
    return received


def end_with_terminal(stdin: TextIO = sys.stdin) -> None:
    """Ends the process when its terminal goes away, with the signal of a hangup.

    Also where no such signal comes: under nohup, or in a terminal that is not the controlling one.
    What is being written is recovered at the next start.
    """
    if sys.platform != "linux" or not stdin.isatty():
        return
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    poll = select.poll()
    poll.register(stdin.fileno(), 0)  # nothing but hangups and errors

    def wait() -> None:
        poll.poll()
        os.kill(os.getpid(), signal.SIGHUP)

    threading.Thread(target=wait, name="hangup", daemon=True).start()


def parse_answer(received: bytes) -> Answer:
    """Takes the background out of what the terminal sent; the rest was typed."""
    found = _BACKGROUND.search(received)
    rest = _ATTRIBUTES.sub(b"", _BACKGROUND.sub(b"", received)).decode(errors="ignore")
    typed = "".join(c for c in rest.partition("\x1b")[0] if c.isprintable() or c == "\n")
    if found is None:
        return Answer(None, typed)
    red, green, blue = (int(part, 16) * 255 // (16 ** len(part) - 1) for part in found.groups())
    return Answer(Color(red, green, blue), typed)
