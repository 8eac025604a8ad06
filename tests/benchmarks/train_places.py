"""Learns the weights of `assistant/planning` from the commits of other repositories.

    python -m tests.benchmarks.train_places --mirror DIR [--skip FILE] [--without owner+name]

DIR holds a git directory per repository as owner+name/repo. A commit that changes one to five
source files and something else is a task: its message, the tree before it, and the files that it
changed. Half of the commits are learned from without their history, as a fresh repository has none.
`--skip` leaves out the commits that a file names, `--without` a repository, to measure on it. Takes
a few minutes for a dozen repositories, and writes assistant/planning/weights.json.
"""

import argparse
import json
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from assistant.planning import weights as weights_module
from assistant.planning.evidence import Query, measure, read_query
from assistant.planning.facts import FileFacts, Role, read_facts, role_of
from assistant.planning.graph import Graph, import_graph
from assistant.planning.places import linked_features, word_features
from assistant.planning.weights import Linear
from assistant.repo.history import History, count_changes

MOST_COMMITS = 120
MOST_SOURCES, LEAST_FILES, MOST_FILES = 5, 2, 10
LOG = 400
PENALTY = 5.0
FEWEST_CHANGED = 8
KEPT = (".py", ".pyi", ".ts", ".js", ".toml", ".cfg", ".ini", ".md", ".rst", ".txt", ".json")
ROLES = (Role.SOURCE, Role.STUB, Role.TEST, Role.DOCUMENT, Role.CHANGELOG)
CHORES = re.compile(
    r"\b(bump|release|pre-commit|merge|version|typo|lint|format|black|ruff|flake8|mypy|isort|ci"
    r"|workflow|revert|backport|prepare|start|copyright|drop python|python 3|f-strings?|pyupgrade"
    r"|type hints?|annotations?)\b",
    re.IGNORECASE,
)


@dataclass
class Row:
    query: Query
    files: list[FileFacts]
    graph: Graph
    history: History
    changed: frozenset[str]
    words: list[dict[str, float]] = field(default_factory=list)
    linked: list[dict[str, float]] = field(default_factory=list)


def git(repo: Path, *arguments: str) -> str:
    run = ["git", "-C", str(repo), *arguments]
    return subprocess.run(run, capture_output=True, text=True, errors="replace", check=True).stdout


def rows_of(repo: Path, skipped: set[str]) -> Iterator[Row]:
    log = list(_commits(repo))
    cache: dict[tuple[str, str], FileFacts] = {}
    found = 0
    for at, (sha, message, changes) in enumerate(log):
        if found == MOST_COMMITS:
            return
        subject = message.partition("\n")[0]
        if sha in skipped or len(subject) < 15 or CHORES.search(subject) or not _fits(changes):
            continue
        if not git(repo, "rev-list", "--parents", "-1", sha).split()[1:]:
            continue
        found += 1
        files = [*_tree(repo, f"{sha}^", cache)]
        graph, query = import_graph(files), read_query(message)
        before = [[path for _, path in each] for _, _, each in log[at + 1 : at + 1 + LOG]]
        history = count_changes(before) if random.random() < 0.5 else History()
        words = word_features(query, files, measure(query, files, graph), history)
        yield Row(query, files, graph, history, frozenset(path for _, path in changes), words)


def _commits(repo: Path) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    form = "--format=%x01%H%x02%B%x03"
    out = git(repo, "log", "--no-merges", "--no-renames", "--name-status", form, "HEAD")
    for part in out.split("\x01")[1:]:
        sha, _, rest = part.partition("\x02")
        body, _, listed = rest.partition("\x03")
        lines = [
            line for line in body.strip().splitlines() if not re.match(r"[A-Z][\w-]+-by:", line)
        ]
        message = re.sub(r"\s*\(#\d+\)$", "", lines[0]) if lines else ""
        changes = [line.split("\t", 1) for line in listed.strip().splitlines()]
        kept = [(state, path) for state, path in changes if path.endswith(KEPT)]
        yield sha, "\n".join([message, *lines[1:]]).strip()[:1200], kept


def _fits(changes: Sequence[tuple[str, str]]) -> bool:
    sources = [state for state, path in changes if role_of(path) is Role.SOURCE]
    few = 1 <= len(sources) <= MOST_SOURCES and LEAST_FILES <= len(changes) <= MOST_FILES
    return few and set(sources) == {"M"}


def _tree(repo: Path, commit: str, cache: dict[tuple[str, str], FileFacts]) -> Iterator[FileFacts]:
    for line in git(repo, "ls-tree", "-r", "-l", commit).splitlines():
        meta, path = line.split("\t", 1)
        mode, kind, blob, size = meta.split()
        if kind != "blob" or not mode.startswith("100") or not path.endswith(KEPT):
            continue
        if int(size) < 300_000:
            if (path, blob) not in cache:
                cache[path, blob] = read_facts(path, git(repo, "cat-file", "blob", blob))
            yield cache[path, blob]


def learn(rows: Sequence[Row], kind: str) -> dict[Role, Linear]:
    """A model for each role of which enough files change."""
    found = {}
    for role in ROLES:
        pairs = [
            (features, float(file.path in row.changed))
            for row in rows
            for file, features in zip(row.files, getattr(row, kind), strict=True)
            if file.role is role
        ]
        if sum(changed for _, changed in pairs) >= FEWEST_CHANGED:
            names = sorted(pairs[0][0])
            values = torch.tensor([[features[name] for name in names] for features, _ in pairs])
            found[role] = fit(names, values, torch.tensor([changed for _, changed in pairs]))
    return found


def fit(names: Sequence[str], values: torch.Tensor, changed: torch.Tensor) -> Linear:
    """Logistic regression with a penalty on the weights of standardized values."""
    mean, spread = values.mean(0), values.std(0)
    spread = torch.where(spread < 1e-4, torch.ones_like(spread), spread)
    scaled = (values - mean) / spread
    theta = torch.zeros(len(names) + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([theta], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            scaled @ theta[:-1] + theta[-1], changed, reduction="sum"
        )
        loss = loss + PENALTY * (theta[:-1] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    learned = theta.detach()[:-1] / spread
    bias = float(theta.detach()[-1] - (learned * mean).sum())
    return Linear(bias, dict(zip(names, learned.tolist(), strict=True)))


def add_linked(rows: Sequence[Row], models: dict[Role, Linear]) -> None:
    for row in rows:
        likely = [
            models[file.role].probability(features) if file.role in models else 0.0
            for file, features in zip(row.files, row.words, strict=True)
        ]
        row.linked = linked_features(row.files, row.words, likely, row.graph, row.history)


def written(models: dict[Role, Linear]) -> dict[str, object]:
    return {
        role.value: {
            "bias": round(model.bias, 4),
            "weights": {
                name: round(weight, 4)
                for name, weight in model.weights.items()
                if abs(weight) > 1e-4
            },
        }
        for role, model in models.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirror", required=True, type=Path)
    parser.add_argument("--skip", type=Path, help="a file of commits to leave out")
    parser.add_argument("--without", action="append", default=[], help="owner+name")
    parser.add_argument("--out", type=Path, default=weights_module._FILE)
    options = parser.parse_args()
    random.seed(3)
    skipped = set(re.findall(r"[0-9a-f]{40}", options.skip.read_text()) if options.skip else ())
    by_repo: dict[str, list[Row]] = {}
    for repo in sorted(options.mirror.glob("*/repo")):
        if repo.parent.name not in options.without:
            by_repo[repo.parent.name] = list(rows_of(repo, skipped))
            print(repo.parent.name, len(by_repo[repo.parent.name]), flush=True)
    rows = [row for each in by_repo.values() for row in each]
    for name, held in by_repo.items():
        # The second pass learns from what the first says of repositories that it has not seen.
        others = [row for other, each in by_repo.items() if other != name for row in each]
        add_linked(held, learn(others, "words"))
    found = {"words": written(learn(rows, "words")), "linked": written(learn(rows, "linked"))}
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
