"""The attacks that succeed, as documented in SECURITY.md."""

import os
from pathlib import Path

OPEN = {
    "sockets: Unix socket in a folder that stays visible": "sockets in folders that stay visible",
    "disk: many files over the limit of one": "Filling the disk with many files",
    "memory: files in memory over the limit of a process": "memory of all processes together",
}
"""Name of the attack: words of the page that document it."""
if os.getuid() == 0:
    OPEN["pids: more processes than allowed"] = "As root, the number of processes"


def page() -> Path:
    return Path(__file__).parents[2] / "SECURITY.md"
