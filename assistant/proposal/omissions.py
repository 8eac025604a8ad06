"""Detects code that a candidate leaves out.

A placeholder that the old text does not have rejects the candidate. A change that removes most of a
file needs a second confirmation. Removed definitions are reported, because the task may ask for
their removal.
"""

import re

from assistant.errors import ProposalError
from assistant.intent.values import NEUTRAL, Intent
from assistant.proposal.changes import Change, ChangeKind
from assistant.proposal.diff import hunks_of
from assistant.repo.files import split_lines
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind

_COMMENT = re.compile(
    r"^(?:#+|//+!?|/\*+|\*+|--+|<!--+|\{/\*|;+|%+|\(\*|'|\"{3}|REM\b|dnl\b)?\s*"  # opening
    r"(?P<words>.*?)"
    r"\s*(?:\*+/\}?|--+>|\*\)|\"{3})?\s*$",
    re.IGNORECASE,
)
_DOTS = r"(?:\.{3,}|…)"
_THING = (
    r"(?:code|implementation|function|method|class|file|logic|content|contents|lines|body|parts?"
    r"|imports|tests|functions|methods|classes|definitions|fields|cases|section|sections)"
)
_ELLIPSIS = re.compile(
    rf"^{_DOTS}\W*$|^{_DOTS}.*\b(?:rest|existing|remain\w*|unchanged|same|previous|other|code"
    rf"|omitted|before|above|here|more|original|continues?)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"^\W*(?:"
    rf"(?:the )?(?:rest|remainder) (?:of )?(?:the |your |this )?(?:\w+ )?{_THING}\b.*"
    rf"|(?:the |your |all )?(?:remaining|existing|other|previous|original|unchanged|same) {_THING}"
    r"(?: (?:here|above|below|unchanged|(?:goes|stays?|remains?|continues?|is)\b.*|as before))?"
    rf"|(?:{_THING} )?(?:remains? |is |stays? )?(?:unchanged|the same|omitted)"
    r"(?: (?:here|above|below|for brevity))?"
    rf"|(?:same|as) (?:as )?(?:before|above|the original|in the original)"
    r"|no changes?(?: needed| required)?(?: here| below| above)?"
    rf"|(?:keep|leave) (?:the )?(?:rest|existing|remaining)\b.*"
    rf"|(?:your|insert|add) (?:\w+ )?{_THING} here"
    rf"|{_THING} (?:goes )?here"
    r")\W*$",
    re.IGNORECASE,
)


def placeholder_in(old: str, new: str) -> str:
    """The first line of the new text that stands for omitted code; empty when there is none.

    Lines that the old text already has do not count.
    """
    known = {line.strip() for line in old.splitlines()}
    for line in new.splitlines():
        bare = line.strip()
        if bare and bare not in known and _is_placeholder(bare):
            return bare
    return ""


def refuse_placeholders(old: str, new: str, where: str) -> None:
    """Raises ProposalError with the line when the new text contains a placeholder."""
    if line := placeholder_in(old, new):
        raise ProposalError(
            f"The candidate for {where} leaves code out: {line!r} is a placeholder.",
            hint="Try again, or choose a smaller unit that the model can write in full.",
        )


def needs_confirmation(change: Change) -> bool:
    """Whether the change removes more than half of a file's lines without replacing them."""
    size = len(split_lines(change.old or b""))
    if change.kind is ChangeKind.CREATE or not size:
        return False
    if change.new is None or not change.new.strip():
        return True
    gone = sum(max(0, len(hunk.old) - len(hunk.new)) for hunk in hunks_of(change))
    return 2 * gone > size


def lost_definitions(change: Change, intent: Intent = NEUTRAL) -> tuple[str, ...]:
    """Labels of functions, methods and classes that the change removes and the task does not name.

    Deleting or renaming a whole file loses none.
    """
    if change.old is None or change.new is None:
        return ()
    left = {unit.name for unit in _definitions(change.path, change.new)}
    return tuple(
        unit.label
        for unit in _definitions(change.path, change.old)
        if not {unit.name, _renamed(unit.name, intent)} & left
        and not intent.mentions(unit.name.rpartition(".")[2])
    )


def _renamed(name: str, intent: Intent) -> str:
    """A qualified name after what the task renames."""
    names = {each.old.rpartition(".")[2]: each.new.rpartition(".")[2] for each in intent.renamings}
    return ".".join(names.get(part, part) for part in name.split("."))


def _definitions(path: str, data: bytes) -> list[Unit]:
    return [unit for unit in units_of(text_file(path, data)) if unit.kind in _DEFINITIONS]


_DEFINITIONS = (UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS)


def _is_placeholder(line: str) -> bool:
    match = _COMMENT.match(line)
    words = match["words"] if match else line
    if words == line:
        # Not a comment: `...` alone is code in some languages, and prose may say "the rest".
        return bool(_ELLIPSIS.match(line)) and any(character.isalpha() for character in line)
    return bool(_ELLIPSIS.match(words) or _WHOLE.match(words))
