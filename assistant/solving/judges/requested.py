"""Looks whether what the task adds by name exists afterwards."""

import re

from assistant.checks.results import Evidence, Status
from assistant.proposal.changes import Change
from assistant.repo.files import decode_text
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.solving.registry import Judge, judge
from assistant.solving.state import State
from assistant.solving.values import Candidate


@judge
class Requested(Judge):
    name = "requested"
    order = 15

    def judge(self, state: State, candidate: Candidate) -> Evidence | None:
        """A hint against a candidate that lacks a definition; nothing when all are there."""
        added = [each.name for each in state.job.intent.additions]
        lacking = tuple(name for name in added if not _adds(candidate.changes, name))
        if not lacking or len(lacking) == len(added) > 1:
            return None  # nothing is there under these names: more likely they were misread
        detail = f"does not add {', '.join(lacking)}, which the task asks for"
        return Evidence(self.name, Status.HINT, detail, rank=float(len(lacking)), about=lacking)


def _adds(changes: tuple[Change, ...], name: str) -> bool:
    """Whether a definition of the name is there after the changes, or a line that has it is new."""
    for change in changes:
        new = text_file(change.path, change.new or b"")
        if any(unit.name.rpartition(".")[2] == name for unit in units_of(new)):
            return True
        old = set(decode_text(change.old or b"").splitlines())
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        if any(word.search(line) for line in new.text.splitlines() if line not in old):
            return True
    return False
