"""Settings: one frozen value, loaded from several sources.

From lowest to highest precedence: defaults, the user's config file (TOML), environment variables
named ASSISTANT_<FIELD>, command line flags. Files in a repository are never read here.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from assistant.errors import UsageError

CPU_WINDOW = 8192
"""Tokens of a window on a CPU, where reading more takes minutes."""

CHOICES = {
    "device": ("auto", "cpu", "cuda"),
    "gpu_weights": ("bf16", "4bit"),
    "completion": ("auto", "on", "off"),
}
"""Settings that take one of a few words."""


@dataclass(frozen=True, slots=True)
class Settings:
    model: str = ""
    """Catalog id, hub id, folder or .gguf file; empty to choose one for the hardware."""
    engine: str = ""
    """Address of a model server to generate on; empty to run the model here. `model` then names one
    of the server's."""
    host: str = ""
    """Another machine, as ssh names it, whose worker runs the model; empty to run it here. `model`
    then names one of that machine's."""
    engine_key_variable: str = "ASSISTANT_ENGINE_KEY"
    """Environment variable with the server's key, for servers that want one."""
    engine_trusted: bool = False
    """Consent to send code of any repository to a server or a worker on another machine; without
    this, the user is asked once for each repository."""
    device: str = "auto"
    """auto, cpu or cuda."""
    gpu_weights: str = "bf16"
    """Number format of the weights on a GPU: bf16 or 4bit."""
    threads: int = 0
    """CPU threads for the worker; 0 means the number of physical cores."""
    context_tokens: int = 0
    """Maximum number of tokens in the prompt and the output together; 0 for what the model, the
    memory and the device allow."""
    thinking_tokens: int = 1024
    """Most tokens of reasoning before an answer, for models that cannot be told not to reason; 0
    for none."""
    candidates: int = 3
    """Candidates sampled per step before the best is shown."""
    seed: int = 0
    """Seed of the sampling; the same seed gives the same candidates."""
    theme: str = ""
    """Colours of the interface; empty to choose them by the terminal."""
    time_budget: float = 300.0
    """Seconds a single request may take before the best candidate so far is shown."""
    check: str = ""
    """Default check command for the user's repositories; run only after consent."""
    generated_tests: bool = False
    """Consent to run Python candidates when there is no check command, on generated tests or
    generated inputs. They run only in a full sandbox, and the results only rank the candidates."""
    tests: bool = False
    """Consent to run the repository's tests, type checkers and linters on candidates when there is
    no check command. They run only in a full sandbox; without this, the user is asked once for each
    repository."""
    completion: str = "auto"
    """Complete code while you type in a file: on, off, or auto, which is on with a model on this
    machine and off where the text would go to another program or machine."""
    notify: bool = True
    """Ring the bell, notify and set the window title when a task of more than ten seconds ends."""
    offline: bool = False
    """Refuse every use of the network, downloads and other machines alike. A model server on this
    machine can be used."""
    undo_megabytes: int = 256
    """Megabytes of file contents that the history of writes keeps for each repository; beyond that
    the oldest writes are dropped."""
    cache_dir: Path = Path(platformdirs.user_cache_dir("assistant", appauthor=False))
    """Weights and prefix cache; safe to delete."""
    state_dir: Path = Path(platformdirs.user_state_dir("assistant", appauthor=False))
    """Journals, undo store, consent and history; private to the user."""

    @property
    def elsewhere(self) -> str:
        """Where prompts go, if not to a worker on this machine."""
        return self.engine or self.host

    @property
    def completes(self) -> bool:
        """Whether code is completed while it is typed."""
        return self.completion == "on" or (self.completion == "auto" and not self.elsewhere)

    @property
    def window(self) -> int:
        """Tokens of prompt and output together. Where a model was opened, `context_tokens` is a
        number; before, this is the default for a CPU."""
        return self.context_tokens or CPU_WINDOW


def require_online(what: str) -> None:
    """Raises UsageError where the user has switched the network off; `what` would use it.

    Reads the settings file and the environment each time: a child process has no other settings.
    """
    given = of_environment(os.environ).get("offline", read_file(config_file()).get("offline"))
    if given is not None and _convert("offline", given, bool, "the settings"):
        raise UsageError(
            f"{what} needs the network, which is switched off.",
            hint="Leave out --offline, and set offline to false (in the settings file, or the "
            "environment variable ASSISTANT_OFFLINE).",
        )


def config_file() -> Path:
    """Path of the user's config file."""
    return Path(platformdirs.user_config_dir("assistant", appauthor=False)) / "config.toml"


def load(
    overrides: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    file: Path | None = None,
) -> Settings:
    """Load the settings from all sources; `overrides` are flags, and None means not given.

    Raises UsageError, which names the source, for an unknown key or a value of the wrong type.
    """
    path = file or config_file()
    return resolve(read_file(path), overrides, environ=environ, source=str(path))


def resolve(
    stored: Mapping[str, Any],
    overrides: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    source: str = "the settings file",
) -> Settings:
    """The settings that follow from what the file `source` has stored; raises as `load` does."""
    settings = _merge(defaults(), stored, source=source)
    settings = _merge(settings, of_environment(environ), source="the environment")
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    if given.get("engine"):
        settings = replace(settings, host="")
    if given.get("host"):
        settings = replace(settings, engine="")
    return _checked(_merge(settings, given, source="the command line"))


def defaults() -> Settings:
    """The settings of a user who has chosen nothing."""
    return Settings(
        cache_dir=Path(platformdirs.user_cache_dir("assistant", appauthor=False)),
        state_dir=Path(platformdirs.user_state_dir("assistant", appauthor=False)),
    )


def of_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The values that environment variables give, by the name of the setting."""
    given = {
        field.name: environ.get(f"ASSISTANT_{field.name.upper()}") for field in fields(Settings)
    }
    return {name: value for name, value in given.items() if value}


def _checked(settings: Settings) -> Settings:
    if settings.engine and settings.host:
        raise UsageError(
            f"Text can go to the server {settings.engine} or to {settings.host}, not to both.",
            hint="Set one of engine and host.",
        )
    return settings


def read_file(path: Path) -> dict[str, Any]:
    """What the file has stored, by name; nothing if there is none. Raises UsageError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"Cannot read the settings file {path}: {error}",
            hint="Fix the file, or move it aside to use the defaults.",
        ) from error


FORMER = {"own_tests": "generated_tests"}
"""Deprecated names of settings, still accepted."""


def _merge(settings: Settings, values: Mapping[str, Any], *, source: str) -> Settings:
    types = {field.name: type(getattr(settings, field.name)) for field in fields(Settings)}
    changes: dict[str, Any] = {}
    for given, value in values.items():
        name = FORMER.get(given, given)
        if name not in types:
            raise UsageError(
                f"Unknown setting {name!r} in {source}.",
                hint=f"Known settings: {', '.join(sorted(types))}.",
            )
        changes[name] = _convert(name, value, types[name], source)
    return replace(settings, **changes)


def _convert(name: str, value: Any, kind: type[Any], source: str) -> Any:
    try:
        if issubclass(kind, Path):
            return Path(value).expanduser()
        if kind is str and not isinstance(value, str):
            raise ValueError("expected a string")
        if kind is bool:
            return _parse_bool(value)
        if isinstance(value, bool):
            raise ValueError("expected a number")
        if name in CHOICES and value not in CHOICES[name]:
            raise ValueError(f"expected {' or '.join(CHOICES[name])}")
        if name in ("context_tokens", "thinking_tokens", "undo_megabytes") and int(value) < 0:
            raise ValueError("expected 0 or more")
        return kind(value)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"Invalid value {value!r} for the setting {name!r} in {source}: {error}",
            hint=f"Use a value of type {kind.__name__}.",
        ) from error


def _parse_bool(value: Any) -> bool:
    """A TOML boolean, or a string such as `yes` or `0` from an environment variable."""
    words = {"true": True, "yes": True, "on": True, "1": True}
    words |= {"false": False, "no": False, "off": False, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise ValueError("expected true or false")
