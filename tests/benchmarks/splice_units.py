"""Feeds every unit of real repositories through splicing as a model's answer.

    python -m tests.benchmarks.splice_units REPOSITORY... [--most 40] [--show 20]

An answer is the unit as it is, which must change nothing, or the unit with one line altered or
added, which must change exactly that line of the file. Small files are also answered whole. There
is no model. Prints the counts for each language, and the failures with their reasons.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from assistant.repo.files import TextFile
from assistant.repo.grammars import LANGUAGES
from assistant.repo.languages import language_of
from assistant.repo.reading import TEXT_LIMIT, is_binary, text_file
from tests.proposal.real_units import Trial, trials

SUFFIXES = frozenset({"py", "pyi", *LANGUAGES})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("roots", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=40, help="units of one file (default 40)")
    parser.add_argument("--show", type=int, default=50, help="failures to print (default 50)")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    paths = [path for root in arguments.roots for path in _paths(root)]
    counts: Counter[tuple[str, str]] = Counter()
    failed: list[Trial] = []
    with ProcessPoolExecutor(arguments.jobs) as pool:
        sizes = [arguments.most] * len(paths)
        for path, found in zip(paths, pool.map(_tried, paths, sizes, chunksize=8), strict=True):
            counts.update((language_of(path.name) or path.suffix, trial.what) for trial in found)
            failed += [trial for trial in found if trial.reason]
    _print(counts, failed, arguments.show)


def _paths(root: Path) -> Iterator[Path]:
    files = [root] if root.is_file() else sorted(root.rglob("*"))
    for path in files:
        if path.suffix[1:] in SUFFIXES and ".git" not in path.parts and path.is_file():
            yield path


def _tried(path: Path, most: int) -> Sequence[Trial]:
    file = _file(path)
    if file is None:
        return ()
    try:
        return tuple(trials(file, most))
    except Exception as error:  # noqa: BLE001 - a crash is a finding like any other
        return (Trial(str(path), "crash", f"{type(error).__name__}: {error}"),)


def _file(path: Path) -> TextFile | None:
    data = path.read_bytes()
    return None if len(data) > TEXT_LIMIT or is_binary(data) else text_file(str(path), data)


def _print(counts: Counter[tuple[str, str]], failed: Sequence[Trial], show: int) -> None:
    kinds = sorted({what for _, what in counts})
    print("language".ljust(12), *(kind.rjust(15) for kind in kinds))
    for name in sorted({name for name, _ in counts}):
        print(name.ljust(12), *(str(counts[name, kind]).rjust(15) for kind in kinds))
    print(f"{counts.total()} answers, {len(failed)} failures")
    for trial in failed[:show]:
        print(f"{trial.label} [{trial.what}]\n    {trial.reason}")


if __name__ == "__main__":
    main()
