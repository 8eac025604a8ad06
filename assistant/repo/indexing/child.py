"""The process that updates a search index: `python -m assistant.repo.indexing.child ROOT STATE`.

It has the lowest priority, so that it takes only what the model and the interface leave. Progress
is written to stdout, one JSON object per line. Ends when stdin is closed.
"""

import contextlib
import json
import multiprocessing
import os
import sqlite3
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from assistant.errors import AssistantError
from assistant.repo.git import Repository
from assistant.repo.indexing.database import database_file
from assistant.repo.indexing.updating import update

_PROCESSES = 2
_FAILED = 1


def main() -> int:
    root, state_dir = Path(sys.argv[1]), Path(sys.argv[2])
    _lower_priority()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        repository = Repository.open(root)
        file = database_file(state_dir, repository.root)
        with ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn")) as pool:
            update(file, repository.git, repository.git_dir, pool=pool, report=_report)
    except (AssistantError, OSError, sqlite3.Error) as error:
        print(error, file=sys.stderr)
        return _FAILED
    return 0


def _report(done: int, total: int) -> None:
    print(json.dumps({"done": done, "total": total}), flush=True)


def _lower_priority() -> None:
    with contextlib.suppress(AttributeError, OSError):  # not on every system
        os.nice(19)


def _end_with_parent() -> None:
    """What is written so far stays; the rest of the work ends with the pipes of the pool."""
    while os.read(sys.stdin.fileno(), 1 << 10):
        pass
    for child in multiprocessing.active_children():
        child.terminate()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
