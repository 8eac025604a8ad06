"""Owns the models on this machine: what a name leads to, and how it gets there and goes away.

Refuses to touch anything but what it made itself below `cache_dir/models`.
"""

from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import ModelError
from assistant.models.catalog import Weights
from assistant.models.installed import (
    InstalledModel,
    Layout,
    delete_folder,
    look_at,
    tree_bytes,
)
from assistant.models.names import LocalName, Reference, parse_name
from assistant.models.progress import CancelFlag, Report
from assistant.models.pull import pull
from assistant.models.record import MANIFEST, damage, manifest_problem, read_record
from assistant.models.sources import Services


class ModelStore:
    """The converted weights below one cache directory."""

    def __init__(
        self, cache_dir: Path, *, weights: Weights = "int8", services: Services | None = None
    ) -> None:
        """`weights` is the number format of the device in use: int8 for CPU, bf16 for CUDA."""
        self.layout = Layout(cache_dir / "models")
        self.weights: Weights = weights
        self._services = services or Services()

    def resolve(self, name: str, *, weights: Weights | None = None) -> Path:
        """The converted folder of a model.

        Raises ModelError when the name is unknown, not pulled in this number format, or damaged.
        """
        reference = self._reference(name)
        if isinstance(reference, LocalName) and (reference.path / MANIFEST).is_file():
            return _converted_elsewhere(reference.path)
        wanted = weights or self.weights
        matches = [look_at(folder) for folder in self.layout.folders_of(reference)]
        fitting = [m for m in matches if m.weights == wanted]
        intact = next((m for m in fitting if not m.problem), None)
        if intact is not None:
            return intact.path
        raise _not_ready(reference.canonical, wanted, fitting, matches)

    def installed(self) -> tuple[InstalledModel, ...]:
        """Every folder the store made, by name, the damaged ones with what is wrong."""
        return self.layout.installed()

    def pull(
        self,
        name: str,
        report: Report,
        cancel: CancelFlag,
        *,
        weights: Weights | None = None,
        source: Path | None = None,
    ) -> Path:
        """Fetches, verifies and converts a model; the converted folder, at once when it is there.

        `source` is a file, or a folder with the file, that the user has of a model of the catalog.
        Raises ModelError, having deleted nothing but its own work, and Cancelled; a later pull
        goes on where this one was.
        """
        return pull(
            self.layout,
            self._reference(name),
            report,
            cancel,
            weights=weights or self.weights,
            source=source,
            services=self._services,
        )

    def remove(self, name: str) -> int:
        """Deletes what the store made for a name, unfinished downloads included; bytes freed.

        A user's own files are never touched. Raises ModelError when there is nothing to remove, or
        when it is being pulled right now.
        """
        folders = [f for f in self.layout.folders() if f.name == name]
        canonical = look_at(folders[0]).name if folders else ""
        if not folders:
            reference = self._reference(name)
            canonical = reference.canonical
            downloads = self.layout.downloads(canonical)
            folders = [*self.layout.folders_of(reference), *([downloads] * downloads.is_dir())]
        if not folders:
            raise ModelError(
                f"Nothing of {name} is in {self.layout.root}.",
                hint="`assistant models list` shows what is there.",
            )
        freed = sum(tree_bytes(folder) for folder in folders)
        try:
            with FileLock(self.layout.lock(canonical), timeout=0):
                for folder in folders:
                    delete_folder(folder)
        except Timeout as error:
            raise ModelError(
                f"{name} is being pulled by another process.", hint="Wait for it, or stop it."
            ) from error
        return freed

    def _reference(self, name: str) -> Reference:
        own = self.layout.made_from(name) if name.strip() else None
        if own is not None and not own.exists():
            return LocalName(own)
        return parse_name(name, tuple(model.name for model in self.installed()))


def _converted_elsewhere(folder: Path) -> Path:
    record = read_record(folder)
    problem = damage(folder, record) if record else manifest_problem(folder)
    if problem:
        raise ModelError(
            f"The converted weights in {folder} are damaged: {problem}.",
            hint="Convert them again from their source, or name another model.",
        )
    return folder


def _not_ready(
    name: str, wanted: str, fitting: list[InstalledModel], matches: list[InstalledModel]
) -> ModelError:
    if fitting:
        damaged = fitting[0]
        return ModelError(
            f"The weights of {name} are damaged: {damaged.problem} (in {damaged.path}).",
            hint=f"Run `assistant models pull {name}` to make them again, or "
            f"`assistant models remove {name}`.",
        )
    device = "the CPU" if wanted == "int8" else "CUDA"
    have = f" It is there as {matches[0].weights} only." if matches else ""
    return ModelError(
        f"The weights of {name} are not there for {device} ({wanted}).{have}",
        hint=f"Run `assistant models pull {name}`.",
    )
