"""Reads, searches, explains and saves files of the open repository. Every method blocks."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import ApplyError, ContextError, StaleFile, UsageError
from assistant.repo.reading import read_bytes, text_file
from assistant.repo.searchoutput import Hit, hit_of
from assistant.repo.textsearch import Query, TextSearch
from assistant.repo.units import Unit
from assistant.ui.filetext import MOST_BYTES, OpenedFile, edited, opened
from assistant.ui.results import Result
from assistant.ui.session import Session

if TYPE_CHECKING:
    from assistant.apply.journal import Entry
    from assistant.refactoring.navigation import Navigator, Position
    from assistant.refactoring.sources import Sources
    from assistant.refactoring.values import Definition
    from assistant.ui.controllers.completions import Completions

Check = Callable[[], None]
"""Is called often during long work, and raises Cancelled to end it."""


class FileAccess:
    """What the file and search screens need of a session."""

    def __init__(
        self, session: Session, saved: "Callable[[Entry], object]", completions: "Completions"
    ) -> None:
        """`saved` is called, in the thread that saves, after each save."""
        self.completions = completions
        self._session = session
        self._saved = saved

    @property
    def root(self) -> Path:
        return self._session.workspace.repository.root

    def read(self, path: str) -> OpenedFile:
        """The file as it is on disk. Raises UsageError for what is no text file."""
        try:
            data = read_bytes(self.root, path, MOST_BYTES + 1)
        except ContextError as error:
            raise UsageError(
                error.message, hint="Only regular files inside the repository can be opened."
            ) from error
        return opened(path, data)

    def stamp(self, path: str) -> tuple[int, int]:
        """Changes when the file on disk does; zeros if there is none."""
        try:
            info = (self.root / path).lstat()
        except OSError:
            return 0, 0
        return info.st_mtime_ns, info.st_size

    def head(self, path: str) -> bytes | None:
        """The file in HEAD; None if HEAD has none. May raise RepositoryError."""
        return self._session.workspace.repository.head(path)

    def units(self, path: str, data: bytes) -> tuple[Unit, ...]:
        from assistant.repo.parsing import units_of

        return units_of(text_file(path, data))

    def search(self, query: Query) -> TextSearch:
        return TextSearch(self._session.workspace.repository.git, query)

    def save(self, file: OpenedFile, text: str) -> OpenedFile:
        """Writes an edited text as a proposal is written, so that it can be undone.

        Raises StaleFile if the file has changed on disk since it was read, ApplyError if it
        cannot be written.
        """
        from assistant.proposal.changes import Change
        from assistant.review.decisions import Decision, Review

        data = edited(file, text)
        if data == file.data:
            return OpenedFile(file.path, data, text)
        change = Change(file.path, file.data, data)
        review = Review.of(f"Edit {file.path}", (change,)).decide_all(Decision.ACCEPTED)
        try:
            entry = self._session.writer.apply(review.reviewed())
        except StaleFile as error:
            raise StaleFile(
                f"{file.path} has changed on disk since it was read.",
                hint="Nothing was overwritten. Copy what you need, close without saving, and open "
                "it again.",
            ) from error
        except ApplyError as error:
            raise ApplyError(
                error.message, hint=f"{error.hint} Your text is still here.".strip()
            ) from error
        self._saved(entry)
        return OpenedFile(file.path, data, text)

    def definitions(self, at: "Position", data: bytes, check: Check) -> "tuple[Definition, ...]":
        """Where the name at a position is defined. Raises UsageError if it is not known.

        `data` is the file as it is in the editor.
        """
        return self._navigator(at.path, data, check)[0].definitions(at)

    def definition_results(self, found: "tuple[Definition, ...]") -> tuple[Result, ...]:
        """Several definitions as a list to choose from."""
        results = []
        for each in found:
            name = each.name.rpartition(".")[2]
            results.append(Result(self._hit(each.path, each.line, name), each.kind.value))
        return tuple(results)

    def _hit(self, path: str, line: int, word: str) -> Hit:
        from assistant.repo.files import decode_text

        lines = self.read(path).lines()
        text = decode_text(lines[line - 1]) if 0 < line <= len(lines) else ""
        start = text.find(word)
        return hit_of(path, line, text, [(start, start + len(word))] if start >= 0 else [])

    def references(
        self, at: "Position", data: bytes, check: Check
    ) -> tuple[str, tuple[Result, ...]]:
        """The definition's label, and the places that mean it. Raises like `definitions`."""
        from assistant.refactoring.python_references import word_of
        from assistant.refactoring.values import Sense

        notes = {Sense.UNCERTAIN: "may be meant", Sense.MENTION: "in text"}
        navigator, sources = self._navigator(at.path, data, check)
        found = navigator.references(at)
        word = word_of(found.definition)
        results = []
        for place in found.places:
            file = sources.file(place.path)
            text = file.text if file is not None else ""
            begin = max(text.rfind("\n", 0, place.start), text.rfind("\r", 0, place.start)) + 1
            line = text[begin:].splitlines()[0] if text[begin:] else ""
            span = (place.start - begin, place.start - begin + len(word))
            hit = hit_of(place.path, place.line, line, [span])
            results.append(Result(hit, notes.get(place.sense, "")))
        return found.definition.label, tuple(results)

    def _navigator(self, path: str, data: bytes, check: Check) -> "tuple[Navigator, Sources]":
        from assistant.refactoring.navigation import Navigator
        from assistant.refactoring.sources import Sources

        workspace = self._session.workspace
        sources = Sources(workspace.repository, {path: data})
        return Navigator(sources, workspace.settings.cache_dir, check), sources
