"""The kernels compile for GPUs, which is possible without one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("triton")

ROOM = 99 * 1024
"""Bytes of shared memory that a program may use on consumer GPUs from Ampere on."""


def test_kernels_compile_for_gpus(tmp_path: Path) -> None:
    """In a process of its own: this one may interpret Triton."""
    surroundings = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    found = subprocess.run(
        [sys.executable, "-m", "tests.engine.compile_gpu_kernels", "80"],
        env={**surroundings, "TRITON_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    facts = [json.loads(line) for line in found.stdout.splitlines()]
    assert len(facts) == 17
    for each in facts:
        assert each["shared"] <= ROOM, each
        assert not each["spills"], each
    small = ("rotate", "expand", "parts", "merge")
    assert all(each["wide"] for each in facts if each["name"] not in small), facts
