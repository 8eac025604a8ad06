"""Says whether anything recorded about a proposal tells how likely it is right.

    python -m tests.benchmarks.calibrate [FILE ...]       default: all in tests/benchmarks/results

A logistic model is fitted to some rows and asked about others: of tasks that it has not seen, and
of sets that it has not seen, as a user's tasks are. It is compared with the plain share of right
proposals for each verdict. On unseen sets none of them is reliably better than a coin (Brier score
0.25), so front ends show the verdict and the evidence, and no probability.
"""

import argparse
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.metrics import wilson
from assistant.evaluation.results import Row, read_rows
from tests.benchmarks.figures import RESULTS

FOLDS = 10
PENALTY = 1.0
"""Weight of the squared coefficients; the features are standardized."""

Matrix = NDArray[np.float64]
Features = Callable[[Row], list[float]]


@dataclass(frozen=True, slots=True)
class Score:
    """How good predicted probabilities are; lower is better."""

    brier: float
    """Mean squared error."""
    log_loss: float

    @classmethod
    def of(cls, predicted: Matrix, right: Matrix) -> "Score":
        sure = np.clip(predicted, 0.01, 0.99)
        loss = -(right * np.log(sure) + (1 - right) * np.log(1 - sure)).mean()
        return cls(float(((predicted - right) ** 2).mean()), float(loss))


def token_features(row: Row) -> list[float]:
    """The token probability alone."""
    known = [value for value in row.hunks if value is not None]
    return [float(np.mean(known)) if known else 0.5, float(bool(known))]


def all_features(row: Row) -> list[float]:
    """The token probability with what else is recorded."""
    known = [value for value in row.hunks if value is not None]
    return [
        *token_features(row),
        min(known, default=0.5),
        float(len(row.hunks)),
        float(row.kind == "fix"),
        math.log1p(row.candidates),
        float(len(row.discarded)),
        math.log1p(row.tokens),
        float(len(row.tried)),
        float("1.5b" in row.model),
    ]


def fitted(values: Matrix, right: Matrix) -> Matrix:
    """Coefficients of a logistic regression, the constant first (Newton's method)."""
    x = np.hstack([np.ones((len(values), 1)), values])
    weights = np.zeros(x.shape[1])
    ridge = PENALTY * np.eye(x.shape[1])
    ridge[0, 0] = 1e-6
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (chance - right) + ridge @ weights
        curve = (x.T * (chance * (1 - chance))) @ x + ridge
        weights = weights - np.linalg.solve(curve, slope)
    return weights


def predict_model(train: Sequence[Row], test: Sequence[Row], features: Features) -> Matrix:
    """Probabilities that the test rows are right, from a model with verdicts and features."""
    verdicts = sorted({row.verdict for row in train})

    def table(rows: Sequence[Row]) -> Matrix:
        return np.array([[*(float(row.verdict == v) for v in verdicts), *features(row)]
                         for row in rows])  # fmt: skip

    seen = table(train)
    middle, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-9
    weights = fitted((seen - middle) / spread, np.array([float(row.passed) for row in train]))
    asked = (table(test) - middle) / spread
    return 1 / (1 + np.exp(-(weights[0] + asked @ weights[1:])))


def predict_share(train: Sequence[Row], test: Sequence[Row]) -> Matrix:
    """The share of right rows with the same verdict."""
    counts: dict[str, list[bool]] = defaultdict(list)
    for row in train:
        counts[row.verdict].append(row.passed)
    shares = {verdict: (sum(known) + 1) / (len(known) + 2) for verdict, known in counts.items()}
    return np.array([shares.get(row.verdict, 0.5) for row in test])


def unseen(
    rows: Sequence[Row], groups: Sequence[str], predict: Callable[..., Matrix]
) -> tuple[Matrix, Matrix]:
    """Predictions for the rows of each group from the rows of all others, and what was right."""
    predicted, right = np.zeros(len(rows)), np.array([float(row.passed) for row in rows])
    for group in sorted(set(groups)):
        inside = [at for at, each in enumerate(groups) if each == group]
        outside = [row for row, each in zip(rows, groups, strict=True) if each != group]
        predicted[inside] = predict(outside, [rows[at] for at in inside])
    return predicted, right


def report(rows: Sequence[Row]) -> Iterator[str]:
    """The tables, as Markdown."""
    yield "| verdict | right | 95 % |"
    yield "| --- | --- | --- |"
    for verdict in sorted({row.verdict for row in rows}):
        known = [row.passed for row in rows if row.verdict == verdict]
        low, high = wilson(sum(known), len(known))
        yield f"| {verdict} | {sum(known)} of {len(known)} | {low:.0%} to {high:.0%} |"
    tasks = sorted({row.id for row in rows})
    folds = {task: str(number % FOLDS) for number, task in enumerate(tasks)}
    splits = {
        "tasks": [folds[row.id] for row in rows],
        "sets": [row.id.partition("/")[0] for row in rows],
    }
    methods: dict[str, Callable[..., Matrix]] = {
        "share for each verdict": predict_share,
        "with the token probability": lambda a, b: predict_model(a, b, token_features),
        "with all that is recorded": lambda a, b: predict_model(a, b, all_features),
    }
    yield ""
    yield "| predicted by | unseen | Brier score | log loss |"
    yield "| --- | --- | --- | --- |"
    for split, groups in splits.items():
        for name, predict in methods.items():
            score = Score.of(*unseen(rows, groups, predict))
            yield f"| {name} | {split} | {score.brier:.3f} | {score.log_loss:.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    files = parser.parse_args().files or sorted(RESULTS.glob("*.jsonl"))
    rows = [row for path in files for row in read_rows(path) if row.shown]
    for line in report(rows):
        print(line)


if __name__ == "__main__":
    main()
