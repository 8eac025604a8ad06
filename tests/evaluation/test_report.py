"""The tables say what was counted, and nothing where nothing was."""

import io
from dataclasses import replace

from rich.console import Console

from assistant.evaluation.report import show_totals
from tests.evaluation.rows import ROW


def shown(*rows: object) -> str:
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    show_totals(console, rows, title="set\x1b[2J")  # type: ignore[arg-type]
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_column_per_kind_and_one_for_all() -> None:
    text = shown(ROW, replace(ROW, kind="edit", passed=False, stage="no candidate right"))
    lines = {line.split("│")[1].strip(): line for line in text.splitlines() if "│" in line}
    assert [cell.strip() for cell in lines["passed"].split("│")[2:5]] == [
        "0 (0.0%)",
        "1 (100.0%)",
        "1 (50.0%)",
    ]
    assert "   1  no candidate right" in text
    assert "\x1b" not in text
    assert "not known" in lines["unit@1, unit@5"]


def test_every_way_of_asking_is_told() -> None:
    text = shown(ROW, replace(ROW, id="set/2", program="0.9+abcdef0"))
    assert text.splitlines()[0].rstrip() == "small, seed 0, default, program unknown"
    assert text.splitlines()[1].rstrip() == "small, seed 0, default, program 0.9+abcdef0"


def test_hunks_are_told_by_their_token_probability() -> None:
    text = shown(ROW, replace(ROW, passed=False, hunks=(0.4,), discarded=("Cut: off",)))
    (likely,) = [line for line in text.splitlines() if "95% to 99%" in line]
    (unlikely,) = [line for line in text.splitlines() if "0% to 50%" in line]
    assert "1 (100.0%)" in likely
    assert "0 (0.0%)" in unlikely
    assert "   1  Cut" in text


def test_without_hunks_no_probability_is_spoken_of() -> None:
    assert "token probability" not in shown(replace(ROW, hunks=(None,)))
