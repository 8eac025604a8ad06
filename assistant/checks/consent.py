"""Records the user's consent to run a command, per repository, exact command and confinement, and
to send code of a repository to a server on another machine.

The record is private to the user and stored outside of all repositories.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from assistant.checks.commands import CheckCommand
from assistant.errors import CheckError

_DECLINED = "declined"
"""Stands in the place of a confinement for a no."""

_SENDING = "send to"
"""Stands in the place of a confinement for an address."""


class Consents:
    """The consents of one user, stored in one file per repository."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "consents"

    def granted(self, root: Path, command: CheckCommand, *, confinement: str = "") -> bool:
        """True when the user consented to exactly this command, here, with this confinement.

        A damaged or unreadable record counts as no consent.
        """
        return _key(command, confinement) in self._read(root)

    def grant(self, root: Path, command: CheckCommand, *, confinement: str = "") -> None:
        """Stores the consent. Raises CheckError when it cannot be written."""
        keys = self._read(root) | {_key(command, confinement)}
        self._write(root, keys)

    def declined(self, root: Path, command: CheckCommand) -> bool:
        """True when the user said no to this command where it was offered unasked."""
        return _key(command, _DECLINED) in self._read(root)

    def decline(self, root: Path, command: CheckCommand) -> None:
        """Stores a no, so that it is asked for once. Raises CheckError when it cannot be written.

        A later consent counts all the same.
        """
        self.grant(root, command, confinement=_DECLINED)

    def may_send(self, root: Path, address: str) -> bool:
        """True when the user consented to send code of this repository to this address."""
        return json.dumps([_SENDING, address]) in self._read(root)

    def allow_sending(self, root: Path, address: str) -> None:
        """Stores that consent. Raises CheckError when it cannot be written."""
        self._write(root, self._read(root) | {json.dumps([_SENDING, address])})

    def revoke(self, root: Path) -> None:
        """Deletes every answer for this repository."""
        try:
            self._file(root).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def _file(self, root: Path) -> Path:
        name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]
        return self._folder / f"{name}.json"

    def _read(self, root: Path) -> frozenset[str]:
        try:
            record = json.loads(self._file(root).read_text(encoding="utf-8"))
            if record["root"] != os.fsencode(root.resolve()).hex():
                return frozenset()
            return frozenset(key for key in record["consents"] if isinstance(key, str))
        except (OSError, ValueError, KeyError, TypeError):
            return frozenset()

    def _write(self, root: Path, keys: frozenset[str]) -> None:
        record = {"root": os.fsencode(root.resolve()).hex(), "consents": sorted(keys)}
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.chmod(0o700)
            # mkstemp creates the file with mode 0600, and the rename is atomic.
            handle, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(record, file)
            Path(name).replace(self._file(root))
        except OSError as error:
            raise _unwritable(self._folder, error) from error


def _key(command: CheckCommand, confinement: str) -> str:
    return json.dumps([confinement, *command.argv])


def _unwritable(folder: Path, error: OSError) -> CheckError:
    return CheckError(
        f"The consent cannot be written to {folder}: {error.strerror}.",
        hint="Make that folder writable, or run without a check command.",
    )
