"""Confidence is believed as far as hunks with it survive."""

from dataclasses import replace

from assistant.evaluation.calibration import BOUNDS, Calibration
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
    assert (found.sure.hunks, found.sure.survived) == (3, 2)
    assert (found.unsure.hunks, found.unsure.survived) == (2, 1)
    assert (found.unknown.hunks, found.unknown.survived) == (3, 1)
    assert [bucket.high for bucket in found.buckets] == list(BOUNDS[1:])


def test_the_error_is_the_distance_between_what_is_said_and_what_is() -> None:
    right = replace(ROW, hunks=(0.9,))
    wrong = replace(ROW, passed=False, hunks=(0.9,))
    assert Calibration.of([right] * 9 + [wrong]).error < 1e-9
    assert abs(Calibration.of([wrong] * 4).error - 0.9) < 1e-9


def test_without_hunks_there_is_nothing_to_believe() -> None:
    found = Calibration.of([replace(ROW, hunks=())])
    assert (found.sure.hunks, found.sure.rate, found.error) == (0, 0, 0)
