"""Memory use of this process."""

import contextlib
from pathlib import Path

import psutil


def resident_bytes() -> int:
    """Resident memory of this process."""
    return int(psutil.Process().memory_info().rss)


def peak_bytes() -> int:
    """Peak resident memory of this process; 0 where the system does not report it.

    Linux is asked for this program alone: `getrusage` also counts what the process ran before exec.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    memory = psutil.Process().memory_info()
    return int(getattr(memory, "peak_wset", 0))
