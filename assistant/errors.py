"""Every error this program raises on purpose.

    AssistantError                 exit code
    ├── UsageError                 2    the request is invalid: empty task, unknown option
    ├── RepositoryError            2    the repository is missing, bare or unreadable
    ├── ContextError               2    the selection cannot be sent: too large, binary, missing
    ├── ModelError                 3    the weights are unknown, missing, damaged or do not fit
    ├── EngineError                3    the worker died, ran out of memory or sent invalid output
    ├── ProposalError              1    the model produced no usable candidate
    ├── CheckError                 1    the check command cannot run or lacks the user's consent
    ├── ApplyError                 1    nothing was written: stale file, unsafe path, full disk
    │   ├── StaleFile              1    a file has changed since the change was prepared
    │   └── ProtectedFile          1    a file is read-only or has hard links: the user decides
    └── Cancelled                  130  the user stopped the task

An error carries a message (one line: what happened and why) and a hint (what to do next).
Front ends render both; code never parses the message.
"""

from typing import ClassVar


class AssistantError(Exception):
    """Base of all errors that are shown to the user without a traceback."""

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
    """The worker process died during a request; the next request starts a new one."""


class EngineUnreachable(EngineError):
    """No server answers, or it is not ready: further requests would fail as well."""


class OutOfMemory(EngineError):
    """The device ran out of memory during a request; the caches were dropped."""


class ProposalError(AssistantError):
    exit_code = 1


class CheckError(AssistantError):
    exit_code = 1


class ApplyError(AssistantError):
    exit_code = 1


class StaleFile(ApplyError):
    """A file has changed since; an undo can be retried as a merge, which keeps the later edits."""


class ProtectedFile(ApplyError):
    """A file is read-only or has hard links; it is written once the user has agreed to that."""


class Cancelled(AssistantError):
    exit_code = 130

    def __init__(self, message: str = "Cancelled.", *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
