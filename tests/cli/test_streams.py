"""What the program does with the streams that it is given."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.cli import main

ROOT = Path(__file__).resolve().parents[2]


def test_what_the_locale_cannot_show_is_escaped(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(SystemExit):
        main(["--version"])
    stream.write("ö")
    stream.flush()
    assert stream.buffer.getvalue().endswith(b"\\xf6")


def test_a_reader_that_goes_away_is_no_traceback(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "assistant", "models", "list"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "ASSISTANT_CACHE_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    _, errors = process.communicate()
    assert (process.returncode, errors) == (1, b"")
