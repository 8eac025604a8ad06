"""A conversation in lines: reads a task or a command, carries it out, and asks for the next."""

from typing import Protocol

from assistant.errors import AssistantError, Cancelled
from assistant.headless.outcome import Kind
from assistant.headless.spoken import Voice

_HELP = (
    "Type a task in your own words. A plan is made, and you are asked about each of its steps.",
    "edit, then a task: change code right away.",
    "fix, then a command or a description: run the command, and repair what fails.",
    "traceback: paste an error message, and repair what it is about.",
    "ask, then a question: ask about the code.",
    "undo, redo: take back the last write, or write it again.",
    "help: these lines. quit: leave.",
    "Name a file with an at sign before its path. Control C stops a task.",
)
_TASKS = {kind.value: kind for kind in Kind}
_COMMANDS = (*_TASKS, "traceback", "undo", "redo", "help", "quit")
_NEEDS_TEXT = (Kind.PLAN, Kind.EDIT, Kind.ASK)


class Deeds(Protocol):
    """What a conversation can do. Every method may raise AssistantError."""

    def run(self, kind: Kind, text: str, pasted: str) -> None:
        """Runs a task, says what comes of it, and asks what of it to write."""
        ...

    def undo(self) -> str:
        """Undoes the last write, and says what was undone."""
        ...

    def redo(self) -> str:
        """Redoes the last undone write, and says what was redone."""
        ...


class Conversation:
    """Talks with the user until they leave."""

    def __init__(self, voice: Voice, deeds: Deeds) -> None:
        self._voice = voice
        self._deeds = deeds

    def run(self) -> int:
        """Returns the exit code once the user has left."""
        self._voice.say("Type a task, or help.")
        while (line := self._voice.ask("Task:")) is not None:
            if not line:
                continue
            name, text = parse_line(line)
            if name == "quit":
                break
            try:
                self._carry_out(name, text)
            except Cancelled:
                self._voice.say("Stopped. Nothing was written.")
            except AssistantError as error:
                self._voice.say(f"Error: {error.message}")
                if error.hint:
                    self._voice.say(f"What to do: {error.hint}")
        return 0

    def _carry_out(self, name: str, text: str) -> None:
        match name:
            case "undo":
                self._voice.say(self._deeds.undo())
            case "redo":
                self._voice.say(self._deeds.redo())
            case "help":
                for line in _HELP:
                    self._voice.say(line)
            case "traceback":
                if pasted := self._read_pasted():
                    self._deeds.run(Kind.FIX, "", pasted)
            case _:
                self._run(_TASKS[name], text)

    def _run(self, kind: Kind, text: str) -> None:
        if not text and kind in _NEEDS_TEXT:
            self._voice.say(f"Type it after the word {kind.value}.")
            return
        self._deeds.run(kind, text, "")

    def _read_pasted(self) -> str:
        self._voice.say("Paste it. End with a line that has only a full stop.")
        lines: list[str] = []
        while (line := self._voice.read_line()) and line.strip() != ".":
            lines.append(line)
        return "".join(lines)


def parse_line(line: str) -> tuple[str, str]:
    """Splits a line into a command and its text. Anything else is a task to plan.

    A slash before a command is allowed, as in the interface. A single word that is a command is
    one; of several words, the first is one only before a task, as in "fix the parser".
    """
    first, _, rest = line.strip().partition(" ")
    name = first.removeprefix("/").lower()
    if name in _COMMANDS and (first.startswith("/") or name in _TASKS or not rest):
        return name, rest.strip()
    return "plan", line.strip()
