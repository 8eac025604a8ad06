"""What the context screen knows of a session: what will be sent, what was, and the selection."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.context.bundle import Context, Selected
from assistant.context.mentions import mentions
from assistant.errors import UsageError
from assistant.prompt.parts import Composition, common_tokens, with_cached
from assistant.repo.units import Unit
from assistant.sanitize import sanitize_line
from assistant.solving.events import ContextRead, PromptProgress
from assistant.ui.jobs import Job, TaskEvent
from assistant.ui.session import Session
from assistant.ui.widgets.files import FileList

if TYPE_CHECKING:
    from assistant.solving.request import TaskRequest


@dataclass(frozen=True, slots=True)
class Sent:
    """A prompt that was sent."""

    kind: str
    request: "TaskRequest"
    context: Context
    progress: PromptProgress | None = None
    """Of the first request of the task: its size, and what of it was cached."""


class LastSent:
    """Keeps what the last task sent first."""

    def __init__(self) -> None:
        self.value: Sent | None = None
        self._job = 0

    def event(self, job: Job, event: TaskEvent) -> None:
        """Takes an event of a running task."""
        match event:
            case ContextRead(context) if job.request is not None:
                self._job, self.value = job.id, Sent(job.kind, job.request, context)
            case PromptProgress() if self.value is not None and self._job == job.id:
                sent = self.value
                if sent.progress is None:
                    self.value = Sent(sent.kind, sent.request, sent.context, event)


class ContextAccess:
    """Reads in threads what the screen shows; the selection is that of the file list."""

    def __init__(
        self,
        session: Session,
        files: FileList,
        request: "Callable[[], tuple[str, TaskRequest]]",
        sent: LastSent,
        read_ahead: Callable[[], bool],
    ) -> None:
        """`request` gives the kind and the request of the task that is typed; `read_ahead` says
        whether the model has read the selection already."""
        self._session = session
        self._files = files
        self.request = request
        self._sent = sent
        self._read_ahead = read_ahead

    @property
    def selected(self) -> tuple[Selected, ...]:
        return tuple(self._files.file_tree.selection)

    @property
    def paths(self) -> Sequence[str]:
        return self._session.paths

    def units(self, path: str) -> Sequence[Unit]:
        """The units of a file; it is read if it was not before."""
        if path in self.paths and path not in self._session.units:
            self._session.units[path] = self._session.read_units(path)
        return self._session.units.get(path, ())

    def coming(self, kind: str, request: "TaskRequest") -> Composition:
        """What will be sent. Blocks; raises ContextError."""
        from assistant.tasks.previewing import preview

        found = preview(self._session.workspace, request, kind)
        stable = 0
        if self._read_ahead() and request.selection:
            kept = [each for each in found.parts if each.name not in ("task", "earlier question")]
            stable = sum(part.tokens for part in kept)
        return with_cached(found, max(stable, common_tokens(found, self.last())))

    def last(self) -> Composition | None:
        """What the last task sent; None if there was none. Blocks."""
        from dataclasses import replace

        from assistant.tasks.previewing import composition_of

        sent = self._sent.value
        if sent is None:
            return None
        found = composition_of(self._session.workspace, sent.request, sent.context, sent.kind)
        if sent.progress is None:
            return found
        return replace(with_cached(found, sent.progress.cached), sent=sent.progress.total)

    def toggle(self, item: Selected) -> None:
        """Selects something, or deselects it."""
        self._files.file_tree.toggle_all(item)
        self._files.select(())  # draws it, and says that it has changed

    def add(self, typed: str) -> Selected:
        """Selects a path or `path::unit`. Raises UsageError if there is none."""
        name = typed.strip().removeprefix("@").strip('"')
        found = mentions(f'@"{name}"', self.paths)
        if not found:
            raise UsageError(
                f"{sanitize_line(name) or 'Nothing'} is no file or folder of this repository.",
                hint="Type a part of a path and choose one; a folder ends with a slash.",
            )
        item = found[0]
        if item.unit and item.unit not in {unit.name for unit in self.units(item.path)}:
            raise UsageError(
                f"{sanitize_line(item.path)} has no {sanitize_line(item.unit)}.",
                hint="Type :: after a path to list its units.",
            )
        if item not in self.selected:
            self.toggle(item)
        return item
