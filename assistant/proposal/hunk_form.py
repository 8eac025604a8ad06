"""The edit form: search and replace blocks whose old lines are verbatim lines of the code.

A grammar constrains the model token by token to copy whole lines that stand in the code exactly
once, so every block applies. The new lines are free.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from assistant.engine.grammar import quoted
from assistant.errors import ProposalError

OPENING = "<<<<<<< SEARCH\n"
_MIDDLE = "=======\n"
_CLOSING = ">>>>>>> REPLACE\n"
_MARKS = ("<<<<<<<", "=======", ">>>>>>>")


def can_be_edited(code: str) -> bool:
    """Whether the form can say every change of the code: no line looks like a mark of the form."""
    return bool(code.strip()) and not any(line.startswith(_MARKS) for line in code.split("\n"))


def edit_grammar(code: str) -> str:
    """A Lark grammar for llguidance of the blocks for some code, after the first OPENING.

    The old lines of a block are the shortest run from some line that occurs once in the code, or a
    longer one; blocks follow each other in the order of the code, and the closing fence ends them.
    """
    lines = code.rstrip("\n").split("\n")
    end = len(lines)
    rules = ["start: o0", "FENCE: /`{3,}/", "NEW: /([^>\\n][^\\n]*)?\\n/"]
    rules.append(f"new: {quoted(_MIDDLE)} NEW* {quoted(_CLOSING)}")
    # o: a block that begins at a line or later; t: the rest of the old lines; n: what follows one.
    rules += [f"t{end}: new n{end}", f"n{end}: FENCE"]
    possible = False
    for at in reversed(range(end)):
        line = quoted(f"{lines[at]}\n")
        length = _unique_length(lines, at) if lines[at].strip() else 0
        head = " ".join(quoted(f"{each}\n") for each in lines[at : at + length])
        begins = [f"{head} t{at + length}"] if length else []
        begins += [f"o{at + 1}"] if possible else []
        possible = bool(begins)
        more = f" | {quoted(OPENING)} o{at}" if possible else ""
        rules += [f"o{at}: {' | '.join(begins)}"] if possible else []
        rules += [f"t{at}: {line} t{at + 1} | new n{at}", f"n{at}: FENCE{more}"]
    return "\n".join(rules) + "\n"


def edited(code: str, blocks: str) -> str:
    """The code with the blocks applied; `blocks` begins after the first OPENING.

    Raises ProposalError for blocks that are cut off, overlap, or do not stand in the code once.
    """
    lines = code.split("\n")
    changes = []
    for old, new in _parsed(blocks):
        found = [at for at in range(len(lines)) if lines[at : at + len(old)] == old]
        if len(found) != 1:
            raise ProposalError("A block does not say which lines it replaces.", hint="Try again.")
        changes.append((found[0], found[0] + len(old), new))
    changes.sort(key=lambda each: each[0])
    for (_, end, _), (start, _, _) in pairwise(changes):
        if start < end:
            raise ProposalError("Two blocks replace the same line.", hint="Try again.")
    for start, end, new in reversed(changes):
        lines[start:end] = new
    return "\n".join(lines)


def _parsed(blocks: str) -> Iterator[tuple[list[str], list[str]]]:
    for part in f"\n{blocks}".split(f"\n{OPENING}"):
        old, middle, rest = part.removeprefix("\n").partition(_MIDDLE)
        new, closing, _ = f"\n{rest}".partition(f"\n{_CLOSING.rstrip()}")
        if not (old and middle and closing):
            raise ProposalError("A block is cut off.", hint="Try again.")
        yield old.removesuffix("\n").split("\n"), new[1:].split("\n") if new else []


def _unique_length(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` on occur nowhere else; 0 where even all the rest do."""
    others = [other for other in range(len(lines)) if other != at]
    for length in range(1, len(lines) - at + 1):
        run = lines[at : at + length]
        others = [other for other in others if lines[other : other + length] == run]
        if not others:
            return length
    return 0
