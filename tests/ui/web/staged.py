"""The interface with a scripted model: `python -m tests.ui.web.staged REPOSITORY STATE`."""

import sys
from pathlib import Path

from assistant.ui.app import AssistantApp
from tests.ui.stage import make_services

if __name__ == "__main__":
    repository, state = map(Path, sys.argv[1:3])
    AssistantApp(make_services(repository, state), reopen="".join(sys.argv[4:5])).run()
