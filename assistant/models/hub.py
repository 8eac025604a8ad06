"""Gets weights from the Hugging Face Hub and from its cache on this machine.

A child process (`hub_child`) makes the requests, so that an unreachable or stalled hub times out
and a cancel takes effect at once. Only weights, configuration and tokenizer files are downloaded,
never code.
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
from assistant.settings import require_online

LISTING_TIMEOUT = 15.0
"""Seconds to list a repository, including the start of the interpreter."""

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
    """As reported by the hub; empty for small files, for which it has none."""


@dataclass(frozen=True, slots=True)
class HubListing:
    repo: str
    revision: str
    """The listed commit."""
    files: tuple[HubFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def offline(environ: Mapping[str, str] = os.environ) -> bool:
    """True if the environment tells huggingface_hub to stay offline."""
    value = environ.get("HF_HUB_OFFLINE") or environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in {"1", "ON", "YES", "TRUE"}


def cached_file(repo: str, file: str) -> Path | None:
    """A file of a repository in the hub's cache on this machine."""
    from huggingface_hub import try_to_load_from_cache  # the import takes half a second

    try:
        found = try_to_load_from_cache(repo, file)
    except ValueError:  # not a valid repository name
        return None
    path = Path(found) if isinstance(found, str) else None
    return path if path is not None and path.is_file() else None


def list_repository(repo: str, folder: Path, cancel: CancelFlag) -> HubListing:
    """List the files of a repository. Raises ModelError if the request fails."""
    if offline():
        raise ModelError(
            "The hub is disabled because HF_HUB_OFFLINE is set.", hint="Unset it to use the hub."
        )
    response = _request(("list", repo), folder, cancel, timeout=LISTING_TIMEOUT)
    try:
        files = tuple(HubFile(f["name"], f["bytes"], f["sha256"]) for f in response["files"])
        return HubListing(repo, response["revision"], files)
    except (KeyError, TypeError) as error:
        raise ModelError("The hub sent an invalid response.", hint="Try again later.") from error


def choose_files(listing: HubListing, file: str = "") -> HubListing:
    """The files to download: one GGUF file, or the safetensors with config and tokenizer.

    Raises ModelError if the repository has no such files, or only pickles.
    """
    if file:
        chosen = tuple(f for f in listing.files if f.name == file)
        if not chosen:
            raise ModelError(f"{listing.repo} has no file {file}.", hint=_suggest_files(listing))
        return HubListing(listing.repo, listing.revision, chosen)
    top = [f for f in listing.files if "/" not in f.name]
    shards = [f for f in top if f.name.endswith(".safetensors") and f.name.startswith("model")]
    if shards:
        companions = [f for f in top if f.name in _COMPANIONS]
        return HubListing(listing.repo, listing.revision, (*shards, *companions))
    if any(PurePosixPath(f.name).suffix in PICKLES for f in top):
        raise ModelError(
            f"{listing.repo} has only pickles, which can run code when they are opened.",
            hint="Choose a repository with safetensors or GGUF.",
        )
    raise ModelError(f"{listing.repo} has no safetensors.", hint=_suggest_files(listing))


def download(listing: HubListing, folder: Path, meter: Meter, cancel: CancelFlag) -> None:
    """Download the listing's files into a folder, resuming an interrupted download.

    Raises ModelError and Cancelled, and keeps what was downloaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(file.name for file in listing.files)
    _request(
        ("download", listing.repo, listing.revision, str(folder), *names),
        folder,
        cancel,
        tick=lambda: meter.update(min(tree_bytes(folder), listing.bytes - 1), listing.repo),
    )
    meter.update(listing.bytes, listing.repo)


def _request(
    arguments: tuple[str, ...], folder: Path, cancel: CancelFlag, **options: Any
) -> dict[str, Any]:
    require_online("The Hugging Face Hub")
    responses: list[dict[str, Any]] = []
    finished = run_module(
        "assistant.models.hub_child",
        arguments,
        folder=folder,
        cancel=cancel,
        message=responses.append,
        environ={
            "HF_HUB_ETAG_TIMEOUT": "5",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        },
        **options,
    )
    response = responses[-1] if responses else {}
    if finished.timed_out:
        raise ModelError(
            f"The hub did not answer within {options['timeout']:.0f} s.", hint="Try again later."
        )
    if finished.code != 0 or "failed" in response:
        reason = response.get("failed") or last_error(finished.errors)
        raise ModelError(
            f"The hub request failed: {reason}", hint="Check the name and the network."
        )
    return response


def _suggest_files(listing: HubListing) -> str:
    names = [f"{listing.repo}/{f.name}" for f in listing.files if f.name.endswith(".gguf")]
    if not names:
        return "Choose a repository with safetensors or GGUF."
    return f"It has these GGUF files: {', '.join(names[:6])}."
