"""Exports what a task adds, where it says so; needs no model."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from assistant.intent.exports import asks_export
from assistant.intent.values import AdditionKind
from assistant.proposal.changes import Change
from assistant.refactoring.exports import exported
from assistant.refactoring.sources import Sources
from assistant.solving.state import Job
from assistant.solving.values import Target, TargetKind
from assistant.tasks.paths import is_said

_KINDS = (AdditionKind.FUNCTION, AdditionKind.TYPE)
_PACKAGE = "__init__.py"


def exporting(job: Job, targets: Sequence[Target]) -> Change | None:
    """The change of the package's file that exports what the task adds; None where it is not asked
    for, or where it is not clear what is exported from where.

    A step of a plan changes its own file only. The package is the one whose file the task names,
    else the one that gets the addition.
    """
    request = job.request
    homes = [
        each.path for each in targets if each.kind in (TargetKind.ADDITION, TargetKind.NEW_FILE)
    ]
    names = [each.name for each in job.intent.additions if each.kind in _KINDS]
    homes = [path for path in dict.fromkeys(homes) if PurePosixPath(path).name != _PACKAGE]
    asked = request.step is None and asks_export(request.wanted)
    if not names or len(homes) != 1 or not asked:
        return None
    home = homes[0]
    sources = Sources(job.workspace.repository)
    packages = [path for path in sources.paths if PurePosixPath(path).name == _PACKAGE]
    said = [path for path in packages if is_said(path, request.wanted)]
    own = str(PurePosixPath(home).with_name(_PACKAGE))
    path = said[0] if said else own
    file = sources.file(path) if path in packages and home.endswith(".py") else None
    new = exported(sources, path, home, names) if file is not None else None
    return Change(path, file.data, new) if file is not None and new is not None else None
