"""Hunks are counted by token probability, and predictions by what was right."""

from dataclasses import replace

from assistant.evaluation.calibration import BOUNDS, Calibration
from tests.benchmarks.calibrate import (
    Score,
    predict_model,
    predict_share,
    report,
    token_features,
    unseen,
)
from tests.evaluation.rows import ROW

RIGHT = replace(ROW, hunks=(1.0, 0.96, 0.4, None))
WRONG = replace(ROW, passed=False, hunks=(0.97, 0.0, None, None))


def test_each_hunk_is_in_one_bucket_and_survives_with_its_proposal() -> None:
    found = Calibration.of([RIGHT, WRONG])
    counts = {bucket.low: (bucket.hunks, bucket.survived) for bucket in found.buckets}
    assert counts == {
        0.0: (2, 1),
        0.5: (0, 0),
        0.8: (0, 0),
        0.9: (0, 0),
        0.95: (2, 1),
        0.99: (1, 1),
    }
    assert (found.unknown.hunks, found.unknown.survived) == (3, 1)
    assert [bucket.high for bucket in found.buckets] == list(BOUNDS[1:])


def test_without_hunks_every_bucket_is_empty() -> None:
    found = Calibration.of([replace(ROW, hunks=())])
    assert {(bucket.hunks, bucket.rate) for bucket in found.buckets} == {(0, 0.0)}


def test_a_feature_that_tells_right_from_wrong_predicts_unseen_tasks() -> None:
    """Here the token probability tells it, and the verdict does not."""
    rows = [
        replace(
            ROW, id=f"set/{number}", passed=number % 2 == 0, hunks=(0.9 if number % 2 else 0.6,)
        )
        for number in range(40)
    ]
    folds = [str(number % 5) for number in range(40)]
    scores = [
        Score.of(*unseen(rows, folds, predict)).brier
        for predict in (predict_share, lambda a, b: predict_model(a, b, token_features))
    ]
    assert scores[0] > 0.24
    assert scores[1] < 0.1
    assert any(line.startswith("| share for each verdict | sets |") for line in report(rows))
