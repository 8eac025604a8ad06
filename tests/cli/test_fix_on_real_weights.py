"""From a failing test to an applied fix and back, through the command line, on real weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.headless.demo import contents, copy_sample
from assistant.settings import Settings

MODEL = "qwen2.5-coder-0.5b"
ROOT = Path(__file__).resolve().parents[2]


def cache_of_weights(folder: Path) -> Path:
    """A cache with the user's weights and no prefixes: where a prompt was read in parts, rounding
    differs, and so may what a small model writes."""
    folder.mkdir()
    for part in ("models", "gguf"):
        source = Settings().cache_dir / part
        source.mkdir(parents=True, exist_ok=True)
        (folder / part).symlink_to(source)
    return folder


@pytest.mark.weights
def test_a_failing_test_passes_after_the_fix_and_undo_brings_every_byte_back(tmp_path):
    root = copy_sample(tmp_path)
    before = contents(root)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ASSISTANT_STATE_DIR": str(tmp_path / "state"),
        "ASSISTANT_CACHE_DIR": str(cache_of_weights(tmp_path / "cache")),
    }

    def assistant(*arguments: str) -> str:
        result = subprocess.run(
            [sys.executable, "-P", "-m", "assistant", *arguments],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def tests_pass() -> bool:
        command = [sys.executable, "-B", "-m", "unittest", "-q"]
        return subprocess.run(command, cwd=root, capture_output=True).returncode == 0

    assistant("models", "pull", MODEL)
    assert not tests_pass()
    check = "python -m unittest -q"
    document = json.loads(assistant("fix", "--check", check, "--model", MODEL, "--yes", "--json"))
    assert document["proposal"]["verdict"] == "verified"
    assert document["written"] == ["bookshelf/catalog.py"]
    assert tests_pass()
    assert contents(root) != before
    assistant("undo")
    assert contents(root) == before
