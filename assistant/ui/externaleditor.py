"""The command line of the user's own editor, at a line of a file."""

import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UsageError
from assistant.repo.command import enclosing_work_tree, safe_path

_PLUS = ("vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "kak", "micro", "joe", "ne",
         "mg", "jed", "vis", "gvim", "gedit")  # fmt: skip
_GOTO = ("code", "code-insiders", "codium", "cursor", "windsurf")
_COLON = ("hx", "helix", "subl", "zed", "zeditor")
_WINDOWED = frozenset((*_GOTO, "subl", "zed", "zeditor", "gvim", "gedit"))
_HINT = "Set the variable VISUAL or EDITOR, for example `export VISUAL=nano`, and start again."


@dataclass(frozen=True, slots=True)
class EditorCommand:
    argv: tuple[str, ...]
    windowed: bool
    """True for a program with a window of its own, which does not need the terminal."""


def editor_command(
    file: Path, line: int, column: int, *, root: Path, environ: Mapping[str, str] = os.environ
) -> EditorCommand:
    """The command that opens a file at a 1-based line and column.

    An editor that is not known is given the path alone. Programs inside the repository at `root`
    are not run. Raises UsageError if there is no editor, or it is not installed.
    """
    chosen = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip()
    if not chosen:
        raise UsageError("No editor is set.", hint=_HINT)
    try:
        program, *options = shlex.split(chosen)
    except ValueError as error:
        raise UsageError(f"The editor cannot be read: {chosen}", hint=_HINT) from error
    path = safe_path(environ.get("PATH", os.defpath), enclosing_work_tree(root))
    found = shutil.which(program, path=path)
    if found is None:
        raise UsageError(f"The editor {program} is not installed.", hint=_HINT)
    name = Path(program).name
    return EditorCommand((found, *options, *_at(name, str(file), line, column)), name in _WINDOWED)


def _at(name: str, file: str, line: int, column: int) -> tuple[str, ...]:
    if name in _GOTO:
        return ("--goto", f"{file}:{line}:{column}")
    if name in _COLON:
        return (f"{file}:{line}:{column}",)
    return (f"+{line}", file) if name in _PLUS else (file,)
