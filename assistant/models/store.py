"""The model store: resolves, lists, pulls and removes converted models.

Changes only what it created itself in `cache_dir/models`.
"""

from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import ModelError
from assistant.models.catalog import GIB, Weights
from assistant.models.found.places import Places, usual_places
from assistant.models.found.search import Found, find_file, find_models, is_foreign
from assistant.models.installed import (
    InstalledModel,
    Layout,
    delete_folder,
    inspect_folder,
    tree_bytes,
)
from assistant.models.names import CatalogName, FoundName, LocalName, Reference, parse_name
from assistant.models.progress import CancelFlag, Report
from assistant.models.pull import pull
from assistant.models.record import CONFIG, MANIFEST, damage, manifest_problem, read_record
from assistant.models.sources import Services


class ModelStore:
    """The converted weights in a cache directory."""

    def __init__(
        self,
        cache_dir: Path,
        *,
        weights: Weights = "int8",
        services: Services | None = None,
        places: Places | None = None,
    ) -> None:
        """`weights` is the number format of the device in use: int8 for CPU, bf16 for CUDA.
        `places` are the folders of other programs, by default the usual ones.
        """
        self.layout = Layout(cache_dir / "models")
        self.weights: Weights = weights
        self._services = services or Services()
        self._places = usual_places() if places is None else places

    def resolve(self, name: str, *, weights: Weights | None = None) -> Path:
        """The converted folder of a model.

        Raises ModelError if the name is unknown, or the model is damaged or not installed in this
        number format.
        """
        reference = self._reference(name)
        if isinstance(reference, LocalName) and (reference.path / MANIFEST).is_file():
            return _check_converted(reference.path)
        wanted = weights or self.weights
        matches = [inspect_folder(folder) for folder in self.layout.folders_of(reference)]
        fitting = [m for m in matches if m.weights == wanted]
        intact = next((m for m in fitting if not m.problem), None)
        if intact is not None:
            return intact.path
        error = _unavailable(reference.canonical, wanted, fitting, matches)
        if isinstance(reference, LocalName | FoundName) and not fitting:
            error.hint = f"{error.hint} {self._cost(reference.path, wanted)}".strip()
        raise error

    def cost(self, name: str) -> str:
        """What a pull would write, as a sentence; empty if nothing, or if it is not a file here.

        Raises ModelError for a name that means nothing.
        """
        reference = self._reference(name)
        if not isinstance(reference, LocalName | FoundName):
            return ""
        try:
            self.resolve(name)
        except ModelError:
            return self._cost(reference.path, self.weights)
        return ""

    def described_by(self, name: str) -> Path | None:
        """A config.json or a GGUF file that describes a model; None if there is none here.

        Raises ModelError for a name that means nothing.
        """
        reference = self._reference(name)
        if isinstance(reference, LocalName | FoundName):
            path = reference.path
            return path / CONFIG if path.is_dir() else path
        folders = self.layout.folders_of(reference)
        kept = next((folder / CONFIG for folder in folders if (folder / CONFIG).is_file()), None)
        if kept is not None:
            return kept
        if isinstance(reference, CatalogName):
            return self._services.cached(reference.entry.repo, reference.entry.file)
        return self._services.cached(reference.repo, reference.file or CONFIG)

    def found(self) -> Found:
        """Model files of other programs on this machine, usable or not. Never raises."""
        return find_models(self._places, self.weights)

    def converted(self, path: Path) -> bool:
        """Whether this file is converted for the device in use."""
        folders = self.layout.folders_of(LocalName(path))
        models = (inspect_folder(folder) for folder in folders)
        return any(m.weights == self.weights and not m.problem for m in models)

    def installed(self) -> tuple[InstalledModel, ...]:
        """Every model in the store, sorted by name; damaged ones have a `problem`."""
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
        """Fetch, verify and convert a model, and return its converted folder.

        Returns at once if the model is installed. `source` is the user's copy of a catalog file, or
        a folder that contains it. Raises ModelError and Cancelled; a later pull resumes.
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
        """Delete a model and its unfinished downloads, and return the number of bytes freed.

        The user's own files are never touched. Raises ModelError if there is nothing to remove, or
        the model is being pulled.
        """
        folders = [f for f in self.layout.folders() if f.name == name]
        canonical = inspect_folder(folders[0]).name if folders else ""
        if not folders:
            reference = self._reference(name)
            canonical = reference.canonical
            downloads = self.layout.downloads(canonical)
            folders = [*self.layout.folders_of(reference), *([downloads] * downloads.is_dir())]
        if not folders:
            raise ModelError(
                f"{name} is not installed in {self.layout.root}.",
                hint="Run `assistant models list` to see the installed models.",
            )
        freed = sum(tree_bytes(folder) for folder in folders)
        try:
            with FileLock(self.layout.lock(canonical), timeout=0):
                for folder in folders:
                    delete_folder(folder)
        except Timeout as error:
            raise ModelError(
                f"Another process is pulling {name}.", hint="Wait for it to finish, or stop it."
            ) from error
        return freed

    def _cost(self, path: Path, weights: Weights) -> str:
        try:
            size = self._services.needed(path, weights)
        except (ModelError, OSError):
            return ""  # the pull says why it cannot be converted
        return (
            f"It is converted once, which takes {size / GIB:.1f} GiB in {self.layout.root}; "
            f"{path} is not changed."
        )

    def _reference(self, name: str) -> Reference:
        if is_foreign(name):
            return self._foreign(name.strip())
        own = self.layout.made_from(name) if name.strip() else None
        if own is not None and not own.exists():
            return LocalName(own)
        return parse_name(name, tuple(model.name for model in self.installed()))

    def _foreign(self, name: str) -> Reference:
        try:
            file = find_file(name, self._places)
        except ModelError:
            record = self.layout.named(name)
            if record is None or not record.sources:
                raise
            return LocalName(record.sources[0].file)  # deleted there, but converted here
        return FoundName(file.id, file.path.resolve())


def _check_converted(folder: Path) -> Path:
    record = read_record(folder)
    problem = damage(folder, record) if record else manifest_problem(folder)
    if problem:
        raise ModelError(
            f"The converted weights in {folder} are damaged: {problem}.",
            hint="Convert them again from their source, or choose another model.",
        )
    return folder


def _unavailable(
    name: str, wanted: str, fitting: list[InstalledModel], matches: list[InstalledModel]
) -> ModelError:
    if fitting:
        damaged = fitting[0]
        return ModelError(
            f"The weights of {name} are damaged: {damaged.problem} (in {damaged.path}).",
            hint=f"Run `assistant models pull {name}` to replace them, or "
            f"`assistant models remove {name}`.",
        )
    device = "the CPU" if wanted == "int8" else "CUDA"
    other = f", only as {matches[0].weights}" if matches else ""
    return ModelError(
        f"The weights of {name} are not installed for {device} ({wanted}){other}.",
        hint=f"Run `assistant models pull {name}`.",
    )
