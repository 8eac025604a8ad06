"""The limits of each confinement, which `python -m tests.redteam` tests."""

from assistant.checks.sandbox import isolates

_OPEN_EVERYWHERE = (
    "the disk: a single file is limited to 2 GB, all files together are not",
    "memory: each process is limited to three quarters of the machine's, all together are not",
    "the number of processes, if you are root",
    "the processor, for as long as the time limit allows",
    "vulnerabilities of the kernel",
)
_OPEN_INSIDE = (
    "Unix sockets in folders that stay visible, such as /var/lib and /opt",
    "world-readable files there, in /etc and in /usr",
)
_OPEN_OUTSIDE = (
    "your files: it runs with your permissions, and only its working folder is a copy",
    "the network and the services of this machine",
    "your other processes",
)


def gaps(how: str) -> tuple[str, ...]:
    """What a confinement does not protect, in words."""
    return (*(_OPEN_INSIDE if isolates(how) else _OPEN_OUTSIDE), *_OPEN_EVERYWHERE)
