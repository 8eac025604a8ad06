"""Owns how an evaluation looks on a terminal: a line per task, the table, the comparison.

Writes through rich, never through markup: ids and messages come from files and models.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.evaluation.metrics import Comparison, Totals
from assistant.evaluation.results import Row
from assistant.sanitize import sanitize_line

_ALL = "all"


def show_row(console: Console, row: Row, *, number: int, total: int) -> None:
    """One line when a task is done."""
    line = Text(f"{number:>{len(str(total))}}/{total}  ")
    line.append("passed" if row.passed else "failed", "green" if row.passed else "red")
    line.append(f"  {row.seconds:6.1f} s  {row.tokens:>6} tokens  ")
    line.append(sanitize_line(row.id))
    reason = ", ".join(part for part in (row.stage, row.error) if part)
    if reason:
        line.append(f"  {sanitize_line(reason)}", "dim")
    if row.wrong_verified:
        line.append("  called verified, and is not", "bold red")
    console.print(line, soft_wrap=True)


def show_totals(console: Console, rows: Sequence[Row], *, title: str) -> None:
    """The table: one line per kind of task and one over all, and where failures came from."""
    table = Table(title=Text(sanitize_line(title)), title_justify="left")
    table.add_column("kind")
    headings = ("tasks", "passed", "95%", "applied", "verified", "wrongly", "s/task", "tokens")
    for heading in headings:
        table.add_column(heading, justify="right")
    kinds = sorted({row.kind for row in rows})
    for kind in kinds:
        totals = Totals.of([row for row in rows if row.kind == kind])
        table.add_row(sanitize_line(kind), *_cells(totals))
    everything = Totals.of(rows)
    if len(kinds) != 1:
        table.add_row(_ALL, *_cells(everything))
    console.print(table)
    for stage, count in everything.stages:
        console.print(Text(f"  {count:>4}  {sanitize_line(stage) or 'unknown'}"))


def show_comparison(console: Console, comparison: Comparison, *, first: str, second: str) -> None:
    """The paired comparison of two results files."""
    if comparison.count == 0:
        console.print(Text("The two files have no task in common."))
        return
    table = Table(title=f"{comparison.count} tasks in both", title_justify="left")
    table.add_column("passed by")
    table.add_column("tasks", justify="right")
    table.add_row("both", str(comparison.both))
    table.add_row(Text(f"only {sanitize_line(first)}"), str(comparison.only_first))
    table.add_row(Text(f"only {sanitize_line(second)}"), str(comparison.only_second))
    table.add_row("neither", str(comparison.neither))
    console.print(table)
    difference = (comparison.only_second - comparison.only_first) / comparison.count
    console.print(Text(f"difference {difference:+.1%}, p = {comparison.p:.4f} (exact McNemar)"))


def _cells(totals: Totals) -> tuple[str, ...]:
    low, high = totals.pass_interval
    return (
        str(totals.count),
        f"{totals.passed} ({totals.pass_rate:.1%})",
        f"{low:.0%} to {high:.0%}",
        f"{totals.apply_rate:.1%}",
        str(totals.verified),
        f"{totals.wrong_verified} ({totals.wrong_verified_rate:.1%})",
        f"{totals.mean_seconds:.1f}",
        f"{totals.tokens:,}",
    )
