"""Recorded pools, and what an ablation does to them."""

from pathlib import Path

import pytest

from assistant.checks.results import Evidence, Status
from assistant.errors import UsageError
from assistant.evaluation.pools import pooled, read_pools, replay
from assistant.proposal.changes import Change
from assistant.solving.registry import judge_names, left_out
from assistant.solving.values import Candidate, Tokens

OLD = b"a = 1\n"


def candidate(number: int, source: str, *evidence: Evidence) -> Candidate:
    change = Change("a.py", OLD, f"a = {number + 1}\n".encode())
    return Candidate(number, (change,), source, tokens=Tokens(3, -0.1), evidence=evidence)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Of one task: the second draft is right, and only its judge tells so."""
    better = Evidence("origin", Status.HINT, "", rank=1.0)
    wrong, right = candidate(1, "rewrite", better), candidate(2, "infill")
    file = tmp_path / "pool.jsonl"
    file.write_text(pooled("set/1", (right, wrong), (True, False)) + pooled("set/2", (), ()))
    return file


@pytest.mark.parametrize(
    ("without", "lost", "doubtful"),
    [
        ((), (), ()),
        (("origin",), ("set/1",), ("set/1",)),
        (("infill",), ("set/1",), ("set/1",)),
        (("rewrite",), (), ()),
        (("rewrite", "infill"), ("set/1",), ("set/1",)),
    ],
)
def test_a_replay_names_the_tasks_that_an_ablation_changes(
    recording: Path, without: tuple[str, ...], lost: tuple[str, ...], doubtful: tuple[str, ...]
) -> None:
    found = replay(read_pools(recording), without, judge_names())
    assert (found.tasks, found.right) == (2, 1)
    assert (found.lost, found.gained, found.doubtful) == (lost, (), doubtful)


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text("{}\n")
    with pytest.raises(UsageError, match="is not a recorded pool"):
        read_pools(file)


def test_only_switches_off_what_is_of_the_same_kind() -> None:
    off = left_out((), ("rewrite",))
    assert "infill" in off
    assert "rewrite" not in off
    assert not set(off) & set(judge_names())
    assert left_out(("names",), ()) == ("names",)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no source or judge called 'magic'") as caught:
        left_out(("magic",), ())
    assert "mutants" in caught.value.hint
