"""The interface with much to do: `python -m tests.benchmarks.latency_stage CASE FOLDER`.

CASE is `diff`, `tree` or `check`. FOLDER gets a repository and a state of its own.
"""

import sys
from pathlib import Path

from assistant.proposal.changes import Change
from assistant.solving.events import Event, ProposalReady
from assistant.solving.request import TaskRequest
from assistant.solving.values import Candidate, Proposal, Tokens
from assistant.ui.app import AssistantApp
from tests.ui import shop
from tests.ui.stage import Player, make_services, real_tasks

HUNKS, LINES = 1000, 50
"""Of the diff: each line of a hunk is replaced, so it has 2 * HUNKS * LINES lines."""
FILES = 50_000
OUTPUT_BYTES = 10**9
CHECK = f"python -c \"for _ in range({OUTPUT_BYTES // 10}): print('123456789')\""
"""Prints so many bytes."""


class LargeProposal(Player):
    """Proposes to replace most lines of a large file."""

    def edit(self, request: TaskRequest) -> list[Event]:
        old, new = _large(), _large("new")
        change = Change("large.py", old, new)
        candidate = Candidate(1, (change,), "rewrite", tokens=Tokens(9, -0.1))
        return [ProposalReady(Proposal("large", (candidate,)))]


def _large(word: str = "old") -> bytes:
    lines = []
    for hunk in range(HUNKS):
        lines += [f"kept_{hunk}_{line} = {line}" for line in range(10)]
        lines += [f"{word}_{hunk}_{line} = function({line})" for line in range(LINES)]
    return ("\n".join(lines) + "\n").encode()


def main(case: str, folder: Path) -> None:
    files = dict(shop.FILES)
    if case == "diff":
        files["large.py"] = _large().decode()
    if case == "tree":
        files = {f"module_{number:05}.py": "" for number in range(FILES)}
    repository = shop.make_repository(folder / "repository", files)
    tasks = real_tasks() if case == "check" else LargeProposal(repository).tasks()
    services = make_services(repository, folder / "state", tasks=tasks)
    AssistantApp(services).run()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
