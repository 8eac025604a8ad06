"""Walks through the real program with real weights, and records it.

    python -m tests.ui.walk REPOSITORY [--model qwen2.5-coder-1.5b] [--to screenshots]

REPOSITORY is a clone of github.com/python-humanize/humanize; the walk runs on a copy of it. Every
step waits for what the screen has to show. Writes walk.cast (asciicast v2; waits over two seconds
are cut to two) and walk.svg, the pictures of the steps one after the other.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.ui.walk.drawing import draw
from tests.ui.walk.recording import Recording, frames_of

ENTER, ESCAPE, DOWN, RIGHT, END, SHIFT_TAB = "\r", "\x1b", "\x1b[B", "\x1b[C", "\x1b[F", "\x1b[Z"
CTRL_F, CTRL_G, CTRL_Q, CTRL_S, CTRL_U, CTRL_Z = "\x06", "\x07", "\x11", "\x13", "\x15", "\x1a"
TASK = (
    "Add a keyword strip_zeros to naturalsize that drops trailing zeros after the decimal point; "
    "document it"
)
REASONS = (
    "Say in this line that the default is `False`",
    "Write one short sentence",
)
"""The model is asked again, with the next one, where it writes the same lines again."""
CHECK = "PYTHONPATH=src python -m pytest -q tests/test_filesize.py"


def look_around(walk: Recording) -> None:
    walk.until("● ready")
    walk.picture("launched in a repository that it has never seen")
    walk.press(CTRL_F, "naturalsize(")
    walk.until(" files")
    walk.picture("ctrl+f searches the repository")
    walk.press(DOWN, DOWN, DOWN, ENTER)
    walk.until("def naturalsize(", without="Search  ")
    walk.picture("enter opens a hit as a file")
    walk.press(ESCAPE, ESCAPE)
    walk.until("1 Files")


def select(walk: Recording) -> None:
    """Two files and a unit."""
    walk.press(ESCAPE, "1", "/", "filesize", ENTER, " ", "j", "j", " ", "k", RIGHT)
    walk.until("· naturalsize")
    walk.press(*"jjjjjj", " ")
    walk.until("Files 3 ●")
    walk.picture("space selects: two files, and one function of a third")
    walk.press(ESCAPE)


def plan(walk: Recording) -> None:
    walk.press("i", f"/check {CHECK}", ENTER)
    walk.until("Run a check command?")
    walk.picture("/check asks before a command of yours runs in the sandbox")
    walk.press(SHIFT_TAB, ENTER)  # the last button: Run once
    walk.until("● ready", without="Run a check command?")
    walk.press(TASK)
    walk.picture("the task")
    walk.press(ENTER)
    walk.until("accept and run step")
    walk.picture("a plan")
    while not re.search(r"1  edit src/humanize/filesize.py", walk.text):
        walk.press("d")
    walk.press("e", " Keep the default as it is.")
    walk.picture("e edits a step")
    walk.press(CTRL_S)
    walk.until("accepted")
    walk.picture("the edited plan")


def run_step(walk: Recording) -> None:
    walk.press(ENTER)
    walk.until("candidate 1 ·")
    walk.picture("enter runs the step: the model writes")
    if walk.until("show now", "1/3 undecided") == "show now":
        walk.until("candidate 1  complete", "1/3 undecided")
        walk.press(CTRL_G)
    walk.until("1/3 undecided")
    walk.picture("a proposal of three hunks; nothing is written yet")
    walk.press("|")
    walk.until("│  42")
    walk.picture("| shows it side by side")
    walk.press("|")


def review(walk: Recording) -> None:
    walk.press("a")
    walk.until("1/3 accepted")
    walk.picture("a accepts a hunk")
    send_back(walk)
    walk.press("a")
    walk.until("2/3 accepted")
    walk.press("v", "j", "v", "r")
    walk.until("rejected, ")
    walk.picture("v selects lines of a hunk; r rejects them")
    walk.press(ESCAPE, "e")
    walk.until("Accept as edited")
    walk.press(END, CTRL_U, "    if strip_zeros:", ENTER, '        ret = ret.replace(".0 ", " ")')
    walk.picture("e edits a hunk")
    walk.press(CTRL_S)
    walk.until("3/3 edited")
    walk.picture("all is decided")


def send_back(walk: Recording) -> None:
    for reason in REASONS:
        walk.press("s")
        walk.until("Send back")
        walk.press(reason)
        walk.picture("s sends a hunk back, with a reason")
        walk.press(CTRL_S)
        walk.until("esc stop")
        walk.until("● ready")
        walk.settle()
        if "Nothing usable" not in walk.text:
            walk.picture("only that hunk is written again")
            return
        walk.picture("the model has nothing else to offer, and the hunk stays")
        walk.press(ESCAPE)


def check(walk: Recording) -> None:
    walk.press("x")
    if walk.until("Accepted part", "Run a check command?", "Test edits") != "Accepted part":
        walk.press(SHIFT_TAB, ENTER)
        walk.until("Accepted part")
    walk.picture("x runs the tests on exactly what is accepted")


def write(walk: Recording) -> None:
    walk.press("3", "w")
    walk.until("applied src/humanize/filesize.py")
    walk.picture("w writes it")
    walk.press(ESCAPE, "i", "/commit naturalsize: strip_zeros", ENTER)
    walk.until("ommitted")
    walk.picture("/commit")
    walk.press(ESCAPE, "5", CTRL_Z)
    walk.until("ndone")
    walk.picture("ctrl+z takes the write back, byte for byte")


def leave(walk: Recording) -> None:
    walk.press(CTRL_Q)
    assert walk.end() == 0


def resume(walk: Recording) -> None:
    walk.until("● ready")
    walk.until("edit src/humanize/filesize.py")
    walk.picture("assistant --continue: the plan is there")
    walk.press(ESCAPE, "5")
    walk.until("Undone: ")
    walk.picture("and all that happened")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository", type=Path)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--to", type=Path, default=Path("screenshots"))
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[3]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository = folder / "humanize"
        git = ["git", "-c", "advice.detachedHead=false"]
        subprocess.run([*git, "clone", "-q", options.repository, repository], check=True)
        for key, value in (("user.name", "Walker"), ("user.email", "walker@example.org")):
            subprocess.run([*git, "-C", repository, "config", key, value], check=True)
        # Its build writes this file, and its tests do not load without it.
        (repository / "src/humanize/_version.py").write_text('__version__ = "0"\n')
        environment = {
            **os.environ, "PYTHONPATH": str(root), "TERM": "xterm-256color",
            "COLORTERM": "truecolor", "ASSISTANT_STATE_DIR": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"), "ASSISTANT_NOTIFY": "false",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }  # fmt: skip
        command = [sys.executable, "-P", "-m", "assistant", "--model", options.model]
        walk = Recording()
        try:
            walk.start(command, repository, environment)
            for part in (look_around, select, plan, run_step, review, check, write, leave):
                part(walk)
            walk.start([*command, "--continue"], repository, environment)
            resume(walk)
            leave(walk)
        finally:
            walk.kill()
            cast = options.to / "walk.cast"
            walk.write_cast(cast, "assistant: a walk")
            frames = tuple(frames_of(cast))
            (options.to / "walk.svg").write_text(draw(frames), encoding="utf-8")
    print(f"{len(frames)} pictures, {walk.took:.0f} s")


if __name__ == "__main__":
    main()
