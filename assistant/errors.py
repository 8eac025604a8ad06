"""Every error this program raises on purpose.

    AssistantError                 exit code
    ├── UsageError                 2    what was asked makes no sense: empty task, bad option
    ├── RepositoryError            2    git or the working tree refuses: no repo, bare, unreadable
    ├── ContextError               2    what was selected cannot be sent: too large, binary, gone
    ├── ModelError                 3    weights are unknown, absent, damaged or do not fit
    ├── EngineError                3    the worker died, ran out of memory, gave nonsense
    ├── ProposalError              1    no usable answer came out of the model
    ├── CheckError                 1    the check command cannot be run or was not consented to
    ├── ApplyError                 1    nothing was written: stale file, unsafe path, full disk
    │   └── StaleFile              1    a file is no longer what the change was made from
    └── Cancelled                  130  the user stopped it

An error is a message (what and why, one line) and a hint (what to do next).
Front ends render both; nobody parses the message.
"""

from typing import ClassVar


class AssistantError(Exception):
    """The root: anything the user can be told about without a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AssistantError):
    exit_code = 2


class RepositoryError(AssistantError):
    exit_code = 2


class ContextError(AssistantError):
    exit_code = 2


class ModelError(AssistantError):
    exit_code = 3


class EngineError(AssistantError):
    exit_code = 3


class WorkerDied(EngineError):
    """The worker process ended in the middle of a request; the next request starts another."""


class OutOfMemory(EngineError):
    """The device had no room for the request; caches were dropped."""


class ProposalError(AssistantError):
    exit_code = 1


class CheckError(AssistantError):
    exit_code = 1


class ApplyError(AssistantError):
    exit_code = 1


class StaleFile(ApplyError):
    """An undo that meets this can be tried again as a merge, which keeps the later edits."""


class Cancelled(AssistantError):
    exit_code = 130

    def __init__(self, message: str = "Cancelled.", *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
