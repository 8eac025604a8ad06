"""Named sets of selected files and units, one file per repository in the private state folder."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from assistant.context.bundle import Selected
from assistant.errors import UsageError
from assistant.private import name_of, write_private
from assistant.sanitize import sanitize_line

FORMAT = 1
RESERVED = ("save", "delete")
"""Words of the command that no set may have as its name."""
_NAME = re.compile(r"[^\W_][\w.-]{0,39}")


class SelectionSets:
    """The sets of one repository. Every method may raise UsageError if they cannot be read."""

    def __init__(self, state_dir: Path, root: Path) -> None:
        self._file = state_dir / "selections" / f"{name_of(root)}.json"

    @property
    def names(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted(self._read()))

    def load(self, name: str) -> tuple[Selected, ...]:
        """The items of a set, in the order of selection. Raises UsageError for an unknown name."""
        return self._known(name)[name]

    def save(self, name: str, items: Sequence[Selected]) -> None:
        """Stores a set, in the place of one with the same name.

        Raises UsageError for a bad name, an empty set, or if it cannot be written.
        """
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise UsageError(
                f"{sanitize_line(name) or 'Nothing'} cannot be the name of a selection.",
                hint="Use letters, digits, dots and dashes, 40 at most; not save or delete.",
            )
        if not items:
            raise UsageError("Nothing is selected.", hint="Select files or units first.")
        self._write({**self._read(), name: tuple(items)})

    def delete(self, name: str) -> None:
        """Deletes a set. Raises UsageError for an unknown name."""
        found = self._known(name)
        del found[name]
        self._write(found)

    def _known(self, name: str) -> dict[str, tuple[Selected, ...]]:
        found = self._read()
        if name not in found:
            raise UsageError(
                f"There is no selection {sanitize_line(name)}.",
                hint=f"Saved are: {', '.join(sorted(found))}."
                if found
                else "Save the selection with /select save NAME.",
            )
        return found

    def _read(self) -> dict[str, tuple[Selected, ...]]:
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self._unusable("read", error) from error
        try:
            record = json.loads(text)
            if record["format"] > FORMAT:
                raise UsageError(
                    f"The saved selections {self._file} are of a later version.",
                    hint="Update the program.",
                )
            return {
                str(name): tuple(Selected(str(path), str(unit)) for path, unit in items)
                for name, items in record["sets"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._unusable("read", error) from error

    def _write(self, sets: dict[str, tuple[Selected, ...]]) -> None:
        record = {
            "format": FORMAT,
            "sets": {
                name: [[item.path, item.unit] for item in items] for name, items in sets.items()
            },
        }
        try:
            write_private(self._file, json.dumps(record).encode())
        except OSError as error:
            raise self._unusable("write", error) from error

    def _unusable(self, what: str, error: Exception) -> UsageError:
        return UsageError(
            f"Cannot {what} the saved selections: {type(error).__name__}: {error}",
            hint=f"Look at {self._file}, or delete it to begin again.",
        )
