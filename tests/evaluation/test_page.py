"""The evaluation page says what was measured: its tables are those of the results kept."""

from dataclasses import replace
from pathlib import Path

import assistant.evaluation
from assistant.evaluation.results import read_rows
from tests.benchmarks.figures import RESULTS, kept, pairs, rates
from tests.evaluation.rows import ROW

PAGE = Path(assistant.evaluation.__path__[0]) / "README.md"


def test_the_page_holds_the_figures_of_the_results() -> None:
    page = PAGE.read_text(encoding="utf-8").splitlines()
    missing = [line for line in (*rates(), *pairs()) if line not in page]
    assert missing == []
    assert len(list(rates())) > 2, f"no results in {RESULTS}"


def test_results_that_are_kept_name_their_program_and_hold_no_task() -> None:
    rows = [row for path in RESULTS.glob("*.jsonl") for row in read_rows(path)]
    assert all("+" in row.program and "changed" not in row.program for row in rows)
    assert not any(row.output for row in rows)


def test_figures_are_counted(tmp_path: Path) -> None:
    wrong = replace(ROW, id="set/2", passed=False, wrong_verified=True, seconds=2.5)
    new = (replace(ROW, program="0.1.0+abcdef0"), replace(wrong, program="0.1.0+abcdef0"))
    (tmp_path / "set-small-default.jsonl").write_text(kept(new))
    old = (replace(ROW, passed=False), replace(wrong, verified_claim=False))
    (tmp_path / "set-small-baseline.jsonl").write_text(kept(old))
    (line,) = [line for line in rates(tmp_path) if "default" in line]
    assert line == (
        "| set | small | default | abcdef0 | 2 | 1 (50.0%) | 9% to 91% | 2 | 2 | 0, 0 | 1 of 2"
        " | 2.0 (2.0) |"
    )
    assert list(pairs(tmp_path))[2:] == [
        "| set | small | default | 2 | 0 | 0 | 1 | 1 | +50.0% | 1 |"
    ]
