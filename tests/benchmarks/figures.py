"""Prints the tables of the evaluation page from stored results.

    python -m tests.benchmarks.figures                    prints the tables
    python -m tests.benchmarks.figures keep FILE NAME     stores a results file as NAME

Results are stored in tests/benchmarks/results as written by `assistant eval`, without the output of
hidden checks, which quotes the tasks. Files are named SET-WEIGHTS-STRATEGY; their rows record the
settings, down to the commit. `assistant eval --show` and `--compare` read them.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from assistant.evaluation.metrics import Totals, compare, wilson
from assistant.evaluation.results import Row, read_rows

RESULTS = Path(__file__).with_name("results")
_BASELINE = "baseline"


def rates(folder: Path = RESULTS) -> Iterator[str]:
    """One Markdown row per results file: success rate and cost."""
    yield _line(
        *("set", "weights", "strategy", "program", "tasks", "passed", "95%", "proposals"),
        *("applied", "no-ops, unparsable", "wrongly verified", "s/task, mean (median)"),
    )
    yield _line(*["---"] * 12)
    for path in sorted(folder.glob("*.jsonl")):
        rows = read_rows(path)
        totals = Totals.of(rows)
        low, high = wilson(totals.passed, totals.count)
        claimed = f"{totals.wrong_verified} of {totals.verified}" if totals.verified else "none"
        yield _line(
            *path.stem.split("-"),
            ", ".join(dict.fromkeys(row.program.partition("+")[2] for row in rows)),
            str(totals.count),
            f"{totals.passed} ({totals.passed / totals.count:.1%})",
            f"{low:.0%} to {high:.0%}",
            str(totals.shown),
            str(totals.applied),
            f"{totals.no_ops}, {totals.unparsable}",
            claimed,
            f"{totals.mean_seconds:.1f} ({totals.median_seconds:.1f})",
        )


def pairs(folder: Path = RESULTS) -> Iterator[str]:
    """One Markdown row per set and weights that were also run with the baseline."""
    yield _line(
        *("set", "weights", "strategy", "tasks in both", "both", "only baseline", "only this"),
        *("neither", "difference", "p"),
    )
    yield _line(*["---"] * 10)
    for path in sorted(folder.glob("*.jsonl")):
        name, weights, strategy = path.stem.split("-")
        baseline = folder / f"{name}-{weights}-{_BASELINE}.jsonl"
        if strategy == _BASELINE or not baseline.exists():
            continue
        found = compare(read_rows(baseline), read_rows(path))
        difference = (found.only_second - found.only_first) / found.count
        counts = (found.count, found.both, found.only_first, found.only_second, found.neither)
        p = f"{found.p:.2g}"
        yield _line(name, weights, strategy, *map(str, counts), f"{difference:+.1%}", p)


def kept(rows: tuple[Row, ...]) -> str:
    """Rows as JSON lines, without the output of hidden checks."""
    lines = (json.dumps(asdict(replace(row, output="")), ensure_ascii=False) for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("keep", nargs="*", help="keep FILE NAME")
    arguments = parser.parse_args().keep
    if arguments:
        _, file, name = arguments
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.jsonl").write_text(kept(read_rows(Path(file))), "utf-8")
        return
    print("\n".join(rates()))
    print()
    print("\n".join(pairs()))


if __name__ == "__main__":
    main()
