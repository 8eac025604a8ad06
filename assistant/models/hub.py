"""Owns the hub of models as a place to get weights: its cache on this machine, and the hub itself.

The hub is asked by a child process (`hub_child`), so that an unreachable or stalled hub costs a
bounded time and a cancel is obeyed at once. Refuses files that are not weights, configuration or
tokenizer; code of a repository is never fetched.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.errors import ModelError
from assistant.models.formats import PICKLES
from assistant.models.installed import tree_bytes
from assistant.models.processes import last_error, run_module
from assistant.models.progress import CancelFlag, Meter

ANSWER_SECONDS = 15.0
"""Most that the hub may take to say what a repository holds, interpreter start included."""

_COMPANIONS = frozenset(
    {
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.json",
        "merges.txt",
        "tokenizer.model",
        "chat_template.jinja",
        "chat_template.json",
        "model.safetensors.index.json",
    }
)


@dataclass(frozen=True, slots=True)
class HubFile:
    name: str
    """Path in the repository."""
    bytes: int
    sha256: str
    """As the hub states it; empty for small files, which it does not hash so."""


@dataclass(frozen=True, slots=True)
class HubListing:
    repo: str
    revision: str
    """The commit the listing is of."""
    files: tuple[HubFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def offline(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the user has told the hub's library to stay off the network."""
    value = environ.get("HF_HUB_OFFLINE") or environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in {"1", "ON", "YES", "TRUE"}


def cached_file(repo: str, file: str) -> Path | None:
    """A file of a repository in the hub's own cache on this machine."""
    from huggingface_hub import try_to_load_from_cache  # starting it takes half a second

    try:
        found = try_to_load_from_cache(repo, file)
    except ValueError:  # a name that the hub could not have
        return None
    path = Path(found) if isinstance(found, str) else None
    return path if path is not None and path.is_file() else None


def list_repository(repo: str, folder: Path, cancel: CancelFlag) -> HubListing:
    """What a repository of the hub holds. Raises ModelError when the hub does not say."""
    if offline():
        raise ModelError(
            "The hub is not asked: HF_HUB_OFFLINE is set.", hint="Unset it to use the hub."
        )
    answer = _ask(("list", repo), folder, cancel, timeout=ANSWER_SECONDS)
    try:
        files = tuple(HubFile(f["name"], f["bytes"], f["sha256"]) for f in answer["files"])
        return HubListing(repo, answer["revision"], files)
    except (KeyError, TypeError) as error:
        raise ModelError("The hub's answer makes no sense.", hint="Try again later.") from error


def choose_files(listing: HubListing, file: str = "") -> HubListing:
    """The part of a listing that is needed: one GGUF file, or safetensors with what goes with them.

    Raises ModelError when the repository does not hold that, or pickles only.
    """
    if file:
        chosen = tuple(f for f in listing.files if f.name == file)
        if not chosen:
            raise ModelError(
                f"{listing.repo} has no file {file}.", hint=_offer(listing, ".gguf", "GGUF")
            )
        return HubListing(listing.repo, listing.revision, chosen)
    top = [f for f in listing.files if "/" not in f.name]
    shards = [f for f in top if f.name.endswith(".safetensors") and f.name.startswith("model")]
    if shards:
        companions = [f for f in top if f.name in _COMPANIONS]
        return HubListing(listing.repo, listing.revision, (*shards, *companions))
    if any(PurePosixPath(f.name).suffix in PICKLES for f in top):
        raise ModelError(
            f"{listing.repo} holds pickles only, which can run code when they are opened.",
            hint="Choose a repository with safetensors or GGUF.",
        )
    raise ModelError(f"{listing.repo} holds no safetensors.", hint=_offer(listing, ".gguf", "GGUF"))


def download(listing: HubListing, folder: Path, meter: Meter, cancel: CancelFlag) -> None:
    """Brings the listing's files into a folder, where an interrupted download goes on.

    Raises ModelError with what was fetched kept, and Cancelled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(file.name for file in listing.files)
    _ask(
        ("download", listing.repo, listing.revision, str(folder), *names),
        folder,
        cancel,
        tick=lambda: meter.update(min(tree_bytes(folder), listing.bytes - 1), listing.repo),
    )
    meter.update(listing.bytes, listing.repo)


def _ask(
    arguments: tuple[str, ...], folder: Path, cancel: CancelFlag, **options: Any
) -> dict[str, Any]:
    answers: list[dict[str, Any]] = []
    finished = run_module(
        "assistant.models.hub_child",
        arguments,
        folder=folder,
        cancel=cancel,
        message=answers.append,
        environ={
            "HF_HUB_ETAG_TIMEOUT": "5",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        },
        **options,
    )
    answer = answers[-1] if answers else {}
    if finished.timed_out:
        raise ModelError(
            f"The hub did not answer within {options['timeout']:.0f} s.", hint="Try again later."
        )
    if finished.code != 0 or "failed" in answer:
        reason = answer.get("failed") or last_error(finished.errors)
        raise ModelError(f"The hub did not help: {reason}", hint="Check the name and the network.")
    return answer


def _offer(listing: HubListing, suffix: str, kind: str) -> str:
    names = [f"{listing.repo}/{f.name}" for f in listing.files if f.name.endswith(suffix)]
    if not names:
        return "Choose a repository with safetensors or GGUF."
    return f"It has these {kind} files: {', '.join(names[:6])}."
