"""Runs the tests that prove each line of the list of hostile inputs and faults, and prints a table.

    python -m tests.hostile [--no-install] [NUMBER ...]

Exits with 1 if a line has no test, a named test does not exist, or one fails or is skipped. Where
strace, bubblewrap or tmux are missing and root runs this, they are installed with apt-get first;
`--no-install` leaves that out. With numbers, only these lines are run.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from tests.hostile.collecting import TESTS, missing
from tests.hostile.line import Line
from tests.hostile.outcomes import Outcomes, Result, Verdict
from tests.hostile.table import LINES

PROGRAMS = {"strace": "strace", "bwrap": "bubblewrap", "tmux": "tmux"}
"""Programs that some tests need, and the packages that have them."""


def provide() -> list[str]:
    """Installs missing programs where that is possible; returns what to tell."""
    packages = [PROGRAMS[name] for name in PROGRAMS if shutil.which(name) is None]
    apt = shutil.which("apt-get")
    if not packages:
        return []
    names = " ".join(packages)
    if apt is None or os.geteuid() != 0:
        return [f"Not installed: {names}. Tests that need them are skipped."]
    command = [apt, "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=180, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return [f"{names} could not be installed: {error}"]
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        return [f"{names} could not be installed: {' '.join(last)}"]
    return [f"Installed: {names}."]


def run(lines: Sequence[Line]) -> list[Verdict]:
    """Runs the tests of these lines in one pytest process."""
    os.environ["ASSISTANT_TEST_EVERY_POINT"] = "1"
    outcomes = Outcomes()
    named = dict.fromkeys(test for each in lines for test in each.tests)
    there = [str(TESTS / test) for test in named if test not in missing(named)]
    if there:
        options = ["-q", "--no-header", "--tb=short", f"--rootdir={TESTS.parent}"]
        pytest.main([*options, *there], plugins=[outcomes])
    return outcomes.verdicts(lines)


def table(verdicts: Sequence[Verdict]) -> list[str]:
    rows = []
    for each in verdicts:
        points = sum(ended.points for ended in each.ended)
        what = each.line.what + (f" ({points} points)" if points else "")
        rows.append(f"{each.line.number:>3}  {each.result.value:<9}  {what}")
        for test, ended in zip(each.line.tests, each.ended, strict=True):
            told = "" if ended.result is Result.PASSED else f"  {ended.result.value}"
            reasons = f": {'; '.join(dict.fromkeys(ended.reasons))}" if ended.reasons else ""
            rows.append(f"{'':16}{test}{told}{reasons}")
    return rows


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("--no-install", action="store_true")
    parser.add_argument("numbers", nargs="*", type=int)
    options = parser.parse_args(arguments)
    for each in [] if options.no_install else provide():
        print(each, flush=True)
    lines = [each for each in LINES if not options.numbers or each.number in options.numbers]
    started = time.monotonic()
    verdicts = run(lines)
    print(*table(verdicts), sep="\n")
    passed = sum(each.result is Result.PASSED for each in verdicts)
    print(f"\n{passed} of {len(verdicts)} lines passed in {time.monotonic() - started:.0f} s")
    return 0 if passed == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
