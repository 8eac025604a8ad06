"""Every setting with its value, its source and its meaning; and storing one in the config file.

The file belongs to the user: comments, order and line ends stay as they are.
"""

import ast
import inspect
import os
import shutil
import tempfile
import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import UsageError
from assistant.settings import (
    CHOICES,
    FORMER,
    Settings,
    config_file,
    defaults,
    of_environment,
    read_file,
    resolve,
)

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

LIVE = (
    "theme", "candidates", "seed", "time_budget", "check", "generated_tests", "tests", "completion",
)  # fmt: skip
"""Settings that a running program can take over. Others are read when it starts."""


class Source(Enum):
    """Where the value of a setting comes from, from lowest to highest precedence."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    OPTION = "option"


@dataclass(frozen=True, slots=True)
class Preference:
    """One setting."""

    name: str
    value: Any
    default: Any
    source: Source
    meaning: str
    """In one or two sentences."""
    choices: tuple[str, ...] = ()
    """All values it can have; empty if there are many."""

    @property
    def text(self) -> str:
        """The value as a user writes it."""
        return text_of(self.value)

    @property
    def default_text(self) -> str:
        return text_of(self.default)

    @property
    def is_live(self) -> bool:
        return self.name in LIVE


@dataclass(frozen=True, slots=True)
class Preferences:
    """The settings of this run, and the file in which the user keeps them."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Options of the command line; None means not given."""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    file: Path = field(default_factory=config_file)

    def settings(self) -> Settings:
        """The settings that follow from all sources now. Raises UsageError as `load` does."""
        return resolve(
            read_file(self.file), self.overrides, environ=self.environ, source=str(self.file)
        )

    def entries(self) -> tuple[Preference, ...]:
        """All settings in their order. Raises UsageError as `load` does."""
        stored, settings, basic = read_file(self.file), self.settings(), defaults()
        return tuple(
            Preference(
                name=name,
                value=getattr(settings, name),
                default=getattr(basic, name),
                source=self._source(name, stored),
                meaning=meaning,
                choices=_choices(getattr(basic, name), name),
            )
            for name, meaning in meanings().items()
        )

    def _source(self, name: str, stored: Mapping[str, Any]) -> Source:
        if self.overrides.get(name) is not None:
            return Source.OPTION
        if name in of_environment(self.environ):
            return Source.ENVIRONMENT
        if name in {FORMER.get(given, given) for given in stored}:
            return Source.FILE
        return Source.DEFAULT

    def store(self, name: str, text: str) -> Settings:
        """Writes a value to the file, or removes it if the text is empty; returns the settings.

        Nothing is written unless the program could start with it. Raises UsageError for a value
        that is not possible, and if the file cannot be read or written.
        """
        document = self._document()
        value = self._value(name, text) if text else None
        for former in [given for given, now in FORMER.items() if now == name]:
            document.pop(former, None)
        if value is None:
            document.pop(name, None)
        else:
            document[name] = value
        content = document.as_string()
        settings = resolve(
            tomllib.loads(content), self.overrides, environ=self.environ, source=str(self.file)
        )
        self._write(content.encode())
        return settings

    def _value(self, name: str, text: str) -> Any:
        """The value as TOML has it. Raises UsageError for an unknown name or an invalid value."""
        settings = resolve({name: text}, environ={}, source="what you typed")
        value = getattr(settings, name)
        return str(value) if isinstance(value, Path) else value

    def _document(self) -> "TOMLDocument":
        import tomlkit

        read_file(self.file)  # reports what is wrong with it
        try:
            text = self.file.read_bytes().decode()
        except FileNotFoundError:
            text = ""
        return tomlkit.parse(text)

    def _write(self, content: bytes) -> None:
        target = self.file.resolve()  # a link, such as one to a folder of dotfiles, stays one
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
                file.write(content)
            try:
                if target.exists():
                    shutil.copymode(target, file.name)
                Path(file.name).replace(target)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise UsageError(
                f"The settings file {self.file} cannot be written: {error}",
                hint="Check the permissions of the file and its folder, and the free disk space.",
            ) from error


def text_of(value: Any) -> str:
    """A value as a user writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _choices(value: Any, name: str) -> tuple[str, ...]:
    return ("true", "false") if isinstance(value, bool) else CHOICES.get(name, ())


@cache
def meanings() -> Mapping[str, str]:
    """What each setting means, by name: the documentation of the fields of `Settings`."""
    (owner,) = ast.parse(textwrap.dedent(inspect.getsource(Settings))).body
    assert isinstance(owner, ast.ClassDef)  # noqa: S101 - it is the source of a class
    found = dict.fromkeys((item.name for item in fields(Settings)), "")
    name = ""
    for node in owner.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)):
                continue
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = " ".join(text.replace("`", "").split())
        name = ""
    return found
