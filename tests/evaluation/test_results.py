"""Results are appended row by row, resumed from, and never mixed."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from assistant.errors import UsageError
from assistant.evaluation.results import Label, ResultsFile, read_rows
from tests.evaluation.rows import ROW

LABEL = Label("small", 0)


def test_rows_survive_a_restart(tmp_path: Path) -> None:
    file = ResultsFile(tmp_path / "new" / "results.jsonl", LABEL)
    assert file.done == frozenset()
    file.append(ROW)
    file.append(replace(ROW, id="set/2"))
    again = ResultsFile(file.path, LABEL)
    assert again.rows == [ROW, replace(ROW, id="set/2")]
    assert again.done == {"set/1", "set/2"}


def test_a_line_cut_off_by_a_kill_is_run_again(tmp_path: Path) -> None:
    file = ResultsFile(tmp_path / "results.jsonl", LABEL)
    file.append(ROW)
    file.append(replace(ROW, id="set/2"))
    file.path.write_bytes(file.path.read_bytes()[:-20])
    again = ResultsFile(file.path, LABEL)
    assert again.done == {"set/1"}
    again.append(replace(ROW, id="set/3"))
    assert [row.id for row in read_rows(file.path)] == ["set/1", "set/3"]


@pytest.mark.parametrize(
    "label",
    [
        Label("other", 0),
        Label("small", 1),
        Label("small", 0, "baseline"),
        replace(LABEL, most=9),
        replace(LABEL, generated_tests=True),
        replace(LABEL, program="0.9+abcdef0"),
    ],
)
def test_results_made_otherwise_are_not_mixed(tmp_path: Path, label: Label) -> None:
    ResultsFile(tmp_path / "results.jsonl", LABEL).append(ROW)
    with pytest.raises(UsageError) as caught:
        ResultsFile(tmp_path / "results.jsonl", label)
    assert caught.value.hint
    assert LABEL.words in caught.value.message
    assert label.words in caught.value.message


def test_a_row_keeps_what_it_was_made_with(tmp_path: Path) -> None:
    label = Label("small", 0, "default", 3, True, "0.9")
    row = replace(
        ROW, most=label.most, generated_tests=label.generated_tests, program=label.program
    )
    ResultsFile(tmp_path / "results.jsonl", label).append(row)
    assert ResultsFile(tmp_path / "results.jsonl", label).rows[0].label == label
    assert (
        label.words == "small, seed 0, default, at most 3 candidates, generated tests, program 0.9"
    )


@pytest.mark.parametrize("line", ["[]", "{}", "nonsense", '{"id": "x"}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "results.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(UsageError, match=r"results\.jsonl:1: "):
        read_rows(file)


def test_an_absent_file_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_rows(tmp_path / "absent.jsonl")


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        ResultsFile(tmp_path / "file" / "results.jsonl", LABEL).append(ROW)


@pytest.mark.parametrize("earlier", ["partly verified", "unverified"])
def test_verdicts_of_earlier_files_are_read_in_todays_words(tmp_path, earlier) -> None:
    file = tmp_path / "old.jsonl"
    file.write_text(json.dumps({**asdict(ROW), "verdict": earlier}) + "\n")
    assert [row.verdict for row in read_rows(file)] == ["not tested"]
