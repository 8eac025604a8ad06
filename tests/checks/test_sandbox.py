"""The best working confinement is chosen."""

import sys
from pathlib import Path
from typing import get_args

import pytest

from assistant.checks import sandbox


@pytest.mark.parametrize(("namespaces", "how"), [(True, "namespaces"), (False, "limits only")])
def test_without_bubblewrap_the_next_best_confinement_is_chosen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, namespaces: bool, how: str
) -> None:
    monkeypatch.setattr(sandbox, "namespaces", lambda: namespaces)
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.bubblewrap.cache_clear()
    assert sandbox.detect() == how
    broken.unlink()
    sandbox.bubblewrap.cache_clear()
    assert sandbox.detect() == how
    sandbox.bubblewrap.cache_clear()


def test_namespaces_are_not_used_where_the_system_forbids_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = "import sys; sys.exit(1)"
    monkeypatch.setattr(sandbox, "_own_words", lambda: (sys.executable, "-I", "-c", refused))
    sandbox.namespaces.cache_clear()
    assert not sandbox.namespaces()
    sandbox.namespaces.cache_clear()


def test_limits_only_does_not_isolate() -> None:
    assert [how for how in get_args(sandbox.Confinement) if not sandbox.isolates(how)] == [
        "limits only"
    ]
