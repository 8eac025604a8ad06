"""Records the user's consent to run a command, per repository, exact command and confinement, and
to send code of a repository to a server on another machine.

Consent to a command that the repository's configuration suggested ends when that changes. The
record is private to the user and stored outside of all repositories.
"""

import json
import os
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.checks.commands import CheckCommand
from assistant.checks.configuration import suggestion_digest
from assistant.checks.shell import script_of
from assistant.errors import CheckError
from assistant.private import name_of, write_private

_DECLINED = "declined"
"""Stands in the place of a confinement for a no."""

_SENDING = "send to"
"""Stands in the place of a confinement for an address."""


@dataclass(frozen=True, slots=True)
class About:
    """What is kept about an answer beside the answer itself."""

    time: float = 0.0
    """Seconds since the epoch; 0 if it was not recorded."""
    source: str = ""
    """The file of the repository that suggested the command; empty if the user gave it."""
    digest: str = ""
    """Of what that file said; empty where nothing in it can change the command."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One answer of the user, for people."""

    root: Path
    key: str
    """Identifies it among those of its repository."""
    about: About

    @property
    def what(self) -> str:
        """What was agreed to, or declined."""
        confinement, *argv = json.loads(self.key)
        if confinement == _SENDING:
            return f"send code to {argv[0]}"
        command = script_of(tuple(argv)) or shlex.join(argv)
        if confinement == _DECLINED:
            return f"do not run unasked: {command}"
        return f"run: {command}" + (f" ({confinement})" if confinement else "")


class Consents:
    """The consents of one user, stored in one file per repository."""

    def __init__(self, state_dir: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = state_dir / "consents"
        self._clock = clock

    def granted(self, root: Path, command: CheckCommand, *, confinement: str = "") -> bool:
        """True when the user consented to exactly this command, here, with this confinement, and
        what suggested it is as it was.

        A damaged or unreadable record counts as no consent.
        """
        about = self._read(root).get(_key(command, confinement))
        if about is None:
            return False
        return not about.digest or about.digest == suggestion_digest(
            root, about.source, command.words
        )

    def grant(self, root: Path, command: CheckCommand, *, confinement: str = "") -> None:
        """Stores the consent. Raises CheckError when it cannot be written."""
        source = "" if command.source == "given" else command.source
        digest = suggestion_digest(root, source, command.words)
        self._add(root, _key(command, confinement), About(self._clock(), source, digest))

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
        self._add(root, json.dumps([_SENDING, address]), About(self._clock()))

    def revoke(self, root: Path) -> None:
        """Deletes every answer for this repository."""
        try:
            self._file(root).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def agreements(self) -> tuple[Agreement, ...]:
        """Every answer for every repository, by repository and time. Damaged records have none."""
        found: list[Agreement] = []
        for file in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            root = _root_of(file)
            if root is not None and file == self._file(root):
                found += [Agreement(root, *each) for each in self._read(root).items()]
        return tuple(sorted(found, key=lambda each: (each.root, each.about.time, each.key)))

    def take_back(self, agreements: Iterable[Agreement]) -> None:
        """Deletes these answers: the next time, the program asks. Raises CheckError when it cannot
        be written."""
        for each in agreements:
            answers = self._read(each.root)
            answers.pop(each.key, None)
            if answers:
                self._write(each.root, answers)
            else:
                self.revoke(each.root)

    def _file(self, root: Path) -> Path:
        return self._folder / f"{name_of(root)}.json"

    def _read(self, root: Path) -> dict[str, About]:
        try:
            record = json.loads(self._file(root).read_text(encoding="utf-8"))
            if record["root"] != os.fsencode(root.resolve()).hex():
                return {}
            about = record.get("about", {})
            return {key: _about(about.get(key)) for key in _keys(record["consents"])}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _add(self, root: Path, key: str, about: About) -> None:
        self._write(root, {**self._read(root), key: about})

    def _write(self, root: Path, answers: dict[str, About]) -> None:
        record = {
            "root": os.fsencode(root.resolve()).hex(),
            "consents": sorted(answers),
            "about": {key: asdict(about) for key, about in answers.items()},
        }
        try:
            write_private(self._file(root), json.dumps(record).encode())
        except OSError as error:
            raise _unwritable(self._folder, error) from error


def _keys(values: Any) -> Iterator[str]:
    """The keys among the stored values that can be read."""
    for value in values:
        parts = json.loads(value)
        if isinstance(parts, list) and len(parts) > 1 and all(isinstance(p, str) for p in parts):
            yield value


def _about(record: Any) -> About:
    """Answers of earlier versions have no record of their own."""
    return About(**record) if isinstance(record, dict) else About()


def _root_of(file: Path) -> Path | None:
    try:
        name = bytes.fromhex(json.loads(file.read_text(encoding="utf-8"))["root"])
        return Path(os.fsdecode(name)) if b"\0" not in name else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _key(command: CheckCommand, confinement: str) -> str:
    return json.dumps([confinement, *command.argv])


def _unwritable(folder: Path, error: OSError) -> CheckError:
    return CheckError(
        f"The consent cannot be written to {folder}: {error.strerror}.",
        hint="Make that folder writable, or run without a check command.",
    )
