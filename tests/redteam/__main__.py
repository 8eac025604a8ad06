"""Prints what gets through: python -m tests.redteam."""

import tempfile
from pathlib import Path

from tests.redteam.known import OPEN
from tests.redteam.outside import GAMES, attacks_inside, host, implementations, play
from tests.redteam.test_redteam import make_target


def main() -> None:
    columns = implementations()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "target").mkdir()
        root = make_target(Path(folder) / "target")
        with host(root, Path(folder)) as there:
            results = {how: attacks_inside(there, how) for how in columns}
            for how in columns:
                results[how] |= {name: play(there, how, name) for name in GAMES}
    names = list(dict.fromkeys(name for found in results.values() for name in found))
    print("| attack | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for name in names:
        cells = [_cell(results[how][name], known=name in OPEN) for how in columns]
        print(f"| {name} | " + " | ".join(cells) + " |")


def _cell(got: str | None, *, known: bool) -> str:
    if got is None:
        return "kept out"
    return "open" if known else f"OPEN: {got}"


if __name__ == "__main__":
    main()
