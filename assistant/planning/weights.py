"""The weights that make a probability of evidence; `python -m tests.benchmarks.train_places` learns
them from the commits of other repositories.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.planning.evidence import Features
from assistant.planning.facts import Role

_FILE = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, slots=True)
class Linear:
    """A logistic model."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, features: Features) -> float:
        total = self.bias + sum(
            weight * features.get(name, 0.0) for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


Models = Mapping[Role, Linear]
"""A model for each role of files that can be places of a task."""


@dataclass(frozen=True, slots=True)
class Weights:
    words: Models
    """From the words of the task, without what is known about other files."""
    linked: Models
    """From these probabilities of the file and of the files around it as well."""


@cache
def load_weights() -> Weights:
    """The weights that come with the program."""
    found = json.loads(_FILE.read_text(encoding="utf-8"))
    return Weights(_models(found["words"]), _models(found["linked"]))


def _models(value: Mapping[str, Any]) -> Models:
    return {Role(role): Linear(each["bias"], each["weights"]) for role, each in value.items()}
