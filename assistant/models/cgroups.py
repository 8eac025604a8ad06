"""Reads the memory and CPU limits that Linux control groups set for this process.

Supports cgroup v1 and v2. Other systems have no limits.
"""

from dataclasses import dataclass
from pathlib import Path

_NO_LIMIT = 1 << 60
"""cgroup v1 represents "no limit" as a number near 2**63."""


@dataclass(frozen=True, slots=True)
class CpuMemoryLimits:
    memory: int | None = None
    """Bytes; None without a limit."""
    memory_used: int = 0
    """Bytes charged to the group, without reclaimable page cache."""
    cpus: float | None = None
    """CPU quota in processors; None without a limit."""


def read_limits(proc: Path, cgroup: Path) -> CpuMemoryLimits:
    """The tightest limits from this process's group up to the root."""
    groups = _groups(proc)
    memory, used = None, 0
    for folder in _folders(cgroup, groups, "memory"):
        limit, usage = _memory(folder)
        if limit is not None and (memory is None or limit - usage < memory - used):
            memory, used = limit, usage
    quotas = [quota for folder in _folders(cgroup, groups, "cpu") if (quota := _cpus(folder))]
    return CpuMemoryLimits(memory, used, min(quotas, default=None))


def _groups(proc: Path) -> dict[str, str]:
    """Path of this process's group by controller; for cgroup v2 the controller is ''."""
    groups = {}
    for line in _text(proc / "self" / "cgroup").splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3:
            groups.update(dict.fromkeys(parts[1].split(","), parts[2]))
    return groups


def _folders(cgroup: Path, groups: dict[str, str], controller: str) -> list[Path]:
    """The group's folder and its parents, as far as they are mounted.

    Inside a container, the group itself is often mounted as the root.
    """
    if controller in groups:
        root, group = cgroup / controller, groups[controller]
    else:
        root, group = cgroup, groups.get("", "/")
    folder = root / group.lstrip("/")
    chain = [folder, *folder.parents]
    inside = [path for path in chain if path == root or root in path.parents]
    return [path for path in inside if ".." not in path.parts and path.is_dir()]


def _memory(folder: Path) -> tuple[int | None, int]:
    for limit_file, used_file, reclaimable in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        limit = _number(_text(folder / limit_file))
        if limit is None or limit >= _NO_LIMIT:
            continue
        used = _number(_text(folder / used_file)) or 0
        for line in _text(folder / "memory.stat").splitlines():
            key, _, value = line.partition(" ")
            if key == reclaimable:
                used -= _number(value) or 0
        return limit, max(0, used)
    return None, 0


def _cpus(folder: Path) -> float | None:
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    if not quota:
        quota = _text(folder / "cpu.cfs_quota_us")
        period = _text(folder / "cpu.cfs_period_us")
    time, interval = _number(quota), _number(period)
    return time / interval if time and interval and time > 0 else None


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
