"""What gets through on purpose or for want of a means against it, as SECURITY.md says it."""

import os
from pathlib import Path

OPEN = {
    "sockets: Unix socket in a folder that stays visible": "sockets in folders that stay visible",
    "disk: many files over the limit of one": "Filling the disk with many files",
    "memory: files in memory over the limit of a process": "memory of all processes together",
}
"""By the name of the attack, words of the page."""
if os.getuid() == 0:
    OPEN["pids: more processes than allowed"] = "For root, the number of processes"


def page() -> Path:
    return Path(__file__).parents[2] / "SECURITY.md"
