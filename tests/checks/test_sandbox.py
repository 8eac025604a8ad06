"""Which confinement is chosen."""

from pathlib import Path

import pytest

from assistant.checks import sandbox


def test_without_a_working_bubblewrap_it_is_limits_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.bubblewrap.cache_clear()
    assert sandbox.detect() == "limits only"
    broken.unlink()
    sandbox.bubblewrap.cache_clear()
    assert sandbox.detect() == "limits only"
    sandbox.bubblewrap.cache_clear()
