"""What each confinement does not keep out. `python -m tests.redteam` tries it."""

from assistant.checks.sandbox import isolates

_OPEN_EVERYWHERE = (
    "the disk: a single file is limited to 2 GB, all files together are not",
    "memory: each process is limited to three quarters of the machine's, all together are not",
    "the number of processes, if you are root",
    "the processor, for as long as the time limit allows",
    "holes of the kernel",
)
_OPEN_INSIDE = (
    "Unix sockets in folders that stay visible, such as /var/lib and /opt",
    "files there, and in /etc and /usr, that everybody may read",
)
_OPEN_OUTSIDE = (
    "your files: it runs with your permissions, and only its working folder is a copy",
    "the network and the services of this machine",
    "your other processes",
)


def gaps(how: str) -> tuple[str, ...]:
    """What a confinement does not keep out, in words."""
    return (*(_OPEN_INSIDE if isolates(how) else _OPEN_OUTSIDE), *_OPEN_EVERYWHERE)
