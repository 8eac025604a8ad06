"""Reduces an answer to the definitions that a file does not have yet."""

import textwrap

from assistant.intent.values import Intent
from assistant.proposal.omissions import refuse_placeholders
from assistant.repo.files import TextFile, encode_text
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import UnitKind, unit_text

_DEFINITIONS = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)


def only_new(file: TextFile, code: str, intent: Intent) -> str:
    """The code without the definitions that the file has, and that the task does not mention.

    An answer that repeats what is there would change it in silence, or have it twice. Code without
    any definition is left as it is. Raises ProposalError for a placeholder.
    """
    refuse_placeholders(file.text, code, file.path)
    text = textwrap.dedent(code.strip("\n"))
    there = {unit.name for unit in units_of(file)}
    python = file.path.endswith((".py", ".pyi"))
    units = units_of(text_file(file.path, encode_text(f"{text}\n")))
    defined = [unit for unit in units if unit.kind in _DEFINITIONS and "." not in unit.name]
    defined += [unit for unit in units if unit.kind is UnitKind.METHOD and "." in unit.name]
    old = [u for u in defined if u.name in there and not (python and intent.mentions(u.name))]
    if not old or len(old) == len(defined):
        return text
    gone = {row for unit in old for row in range(unit.start, unit.end + 1)}
    if not python:
        repeated = set(file.text.splitlines())
        others = [unit for unit in units if unit.kind not in _DEFINITIONS]
        gone |= {
            row
            for unit in others
            for row in range(unit.start, unit.end + 1)
            if set(unit_text(text, unit).split("\n")) <= {*repeated, ""}
        }
    kept = [line for row, line in enumerate(text.split("\n"), start=1) if row not in gone]
    return "\n".join(kept).strip("\n")
