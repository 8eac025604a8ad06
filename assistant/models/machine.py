"""Inspects this machine without loading torch: cores, memory, instruction sets and GPUs.

Container limits are taken into account. torch is never imported; whether it supports CUDA is read
from its version.
"""

import csv
import importlib.metadata
import math
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from assistant.models.cgroups import CpuMemoryLimits, read_limits
from assistant.models.space import free_bytes

_MIB = 1024**2
_SMI_SECONDS = 5.0

_INSTRUCTION_SETS: Mapping[str, tuple[str, ...]] = {
    "avx2": ("avx2",),
    "avx512": ("avx512f",),
    "vnni": ("avx512_vnni", "avx_vnni"),
    "avx512-bf16": ("avx512_bf16",),
    "amx": ("amx_int8", "amx_bf16"),
    "neon": ("asimd", "neon"),
    "dotprod": ("asimddp",),
    "i8mm": ("i8mm",),
    "sve": ("sve",),
}
"""Names of instruction sets, and the flags of /proc/cpuinfo that indicate them."""


@dataclass(frozen=True, slots=True)
class Gpu:
    index: int
    name: str
    memory: int
    """Bytes."""
    free: int
    """Free bytes."""


@dataclass(frozen=True, slots=True)
class Hardware:
    processor: str
    cores_physical: int
    cores_logical: int
    cores_usable: int
    """Physical cores within CPU affinity and control group, the useful number of threads."""
    memory_total: int
    """Bytes of the machine, or of the control group if that is less."""
    memory_available: int
    """Bytes that can be allocated without swapping, within the control group."""
    instruction_sets: tuple[str, ...]
    gpus: tuple[Gpu, ...]
    torch: str
    """Version of the installed PyTorch; empty if there is none."""
    disk_free: int
    """Free bytes on the disk with the weights."""

    @property
    def cuda(self) -> bool:
        """True if there is a GPU that the installed PyTorch supports."""
        return bool(self.gpus) and bool(self.torch) and not self.torch.endswith("+cpu")


def detect(
    cache_dir: Path = Path(),
    *,
    proc: Path = Path("/proc"),
    cgroup: Path = Path("/sys/fs/cgroup"),
    gpus: Callable[[], tuple[Gpu, ...]] | None = None,
) -> Hardware:
    """Inspect the machine. Never fails: what cannot be determined is empty or zero."""
    limits = read_limits(proc, cgroup)
    cpuinfo = _read(proc / "cpuinfo")
    logical = psutil.cpu_count() or 1
    physical = psutil.cpu_count(logical=False) or logical
    memory = psutil.virtual_memory()
    total, available = _within(limits, memory.total, memory.available)
    return Hardware(
        processor=_processor(cpuinfo),
        cores_physical=physical,
        cores_logical=logical,
        cores_usable=_usable(physical, _affinity() or logical, limits),
        memory_total=total,
        memory_available=available,
        instruction_sets=instruction_sets(cpuinfo),
        gpus=(gpus or nvidia_gpus)(),
        torch=_torch_version(),
        disk_free=free_bytes(cache_dir.absolute()),
    )


def instruction_sets(cpuinfo: str) -> tuple[str, ...]:
    """The relevant instruction sets, from the text of /proc/cpuinfo (x86 or ARM)."""
    flags: set[str] = set()
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("flags", "Features"):
            flags.update(value.split())
    found = [name for name, any_of in _INSTRUCTION_SETS.items() if flags.intersection(any_of)]
    if not found and platform.machine().casefold() in ("arm64", "aarch64"):
        return ("neon",)  # mandatory on 64-bit ARM
    return tuple(found)


def nvidia_gpus(
    run: Callable[[list[str]], str] | None = None, environ: Mapping[str, str] = os.environ
) -> tuple[Gpu, ...]:
    """GPUs listed by nvidia-smi and not hidden by CUDA_VISIBLE_DEVICES; none if it fails."""
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.strip() in ("", "-1"):
        return ()
    query = [
        "--query-gpu=index,uuid,name,memory.total,memory.free",
        "--format=csv,noheader,nounits",
    ]
    wanted = None if visible is None else [part.strip() for part in visible.split(",")]
    gpus = []
    for row in csv.reader((run or _nvidia_smi)(query).splitlines(), skipinitialspace=True):
        try:
            index, uuid, name, memory, free = row
            gpu = Gpu(int(index), name, int(memory) * _MIB, int(free) * _MIB)
        except ValueError:
            continue
        if wanted is None or any(w == index or (w and uuid.startswith(w)) for w in wanted):
            gpus.append(gpu)
    return tuple(gpus)


def _nvidia_smi(arguments: list[str]) -> str:
    program = shutil.which("nvidia-smi")
    if program is None or not Path(program).is_absolute():
        return ""
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, timeout=_SMI_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _within(limits: CpuMemoryLimits, total: int, available: int) -> tuple[int, int]:
    if limits.memory is None:
        return total, available
    left = max(0, limits.memory - limits.memory_used)
    return min(total, limits.memory), min(available, left)


def _usable(physical: int, allowed: int, limits: CpuMemoryLimits) -> int:
    quota = math.ceil(limits.cpus) if limits.cpus is not None else physical
    return max(1, min(physical, allowed, quota))


def _affinity() -> int:
    """Logical cores that this process may run on; 0 if unknown."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return 0


def _processor(cpuinfo: str) -> str:
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _torch_version() -> str:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
