"""Prints evaluations on a terminal: a line per task, tables and comparisons.

Nothing is parsed as markup, because ids and messages come from files and models.
"""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.evaluation.calibration import Bucket, Calibration
from assistant.evaluation.expected_plans import ExpectedTotals, has_expected
from assistant.evaluation.localization import Localization, truths_of
from assistant.evaluation.metrics import Comparison, Totals, share, wilson
from assistant.evaluation.planning import STRATEGY, PlanTotals
from assistant.evaluation.pools import Replay
from assistant.evaluation.results import Row
from assistant.evaluation.timing import time_figures
from assistant.sanitize import sanitize_line

_ALL = "all"
_MOST_REASONS = 6


def show_row(console: Console, row: Row, *, number: int, total: int) -> None:
    """Prints one line for a finished task."""
    line = Text(f"{number:>{len(str(total))}}/{total}  ")
    line.append("passed" if row.passed else "failed", "green" if row.passed else "red")
    line.append(f"  {row.seconds:6.1f} s  {row.tokens:>6} tokens  ")
    line.append(sanitize_line(row.id))
    reason = ", ".join(part for part in (row.stage, row.error) if part)
    if reason:
        line.append(f"  {sanitize_line(reason)}", "dim")
    if row.wrong_verified:
        line.append("  wrongly verified", "bold red")
    console.print(line, soft_wrap=True)


def show_totals(console: Console, rows: Sequence[Row], *, title: str) -> None:
    """Prints the figures by kind of task and overall, the causes of failures, and the hunks
    by token probability."""
    for label in dict.fromkeys(row.label for row in rows):
        console.print(Text(sanitize_line(label.words)), soft_wrap=True)
    if rows and all(row.strategy == STRATEGY for row in rows):
        _show_plans(console, rows, title)
        return
    truths = truths_of(rows)
    kinds = sorted({row.kind for row in rows})
    sides = {kind: [row for row in rows if row.kind == kind] for kind in kinds}
    if len(kinds) != 1:
        sides[_ALL] = list(rows)
    columns = [
        [*_figures(Totals.of(each, truths), Localization.of(each, truths)), *time_figures(each)]
        for each in sides.values()
    ]
    console.print(_table(title, list(sides), columns))
    everything = Totals.of(rows, truths)
    _show_counts(console, "Failures by stage", everything.stages)
    _show_counts(console, "Discarded candidates", everything.discarded[:_MOST_REASONS])
    show_calibration(console, Calibration.of(rows))


def _show_plans(console: Console, rows: Sequence[Row], title: str) -> None:
    console.print(_table(title, ["plans"], [_plan_figures(rows)]))
    _show_counts(console, "Problems of the other plans", Totals.of(rows).stages)


def _plan_figures(rows: Sequence[Row]) -> list[tuple[str, str]]:
    totals = Totals.of(rows)
    known = all(has_expected(row) for row in rows)
    figures = _expected_figures(rows) if known else _touched_figures(rows)
    return [
        ("plans", _count_and_share(totals.shown, totals.count)),
        *figures,
        ("tokens per plan", f"{share(totals.tokens, totals.count):,.0f}"),
        ("seconds, mean", f"{totals.mean_seconds:.1f}"),
        ("seconds, median", f"{totals.median_seconds:.1f}"),
        ("seconds, most", f"{max((row.seconds for row in rows), default=0.0):.1f}"),
    ]


def _expected_figures(rows: Sequence[Row]) -> list[tuple[str, str]]:
    found = ExpectedTotals.of(rows)
    low, high = wilson(found.both, found.count)
    return [
        ("recall of must, mean", f"{found.recall:.2f}"),
        ("precision, mean", f"{found.precision:.2f}"),
        ("both 1", _count_and_share(found.both, found.count)),
        ("95% interval", f"{low:.0%} to {high:.0%}"),
        ("recall of must, pooled", f"{found.pooled_recall:.2f}"),
        ("precision, pooled", f"{found.pooled_precision:.2f}"),
        ("steps per plan", f"{share(sum(len(row.places) for row in rows), len(rows)):.2f}"),
        ("steps twice", str(found.twice)),
    ]


def _touched_figures(rows: Sequence[Row]) -> list[tuple[str, str]]:
    plans = PlanTotals.of(rows)
    low, high = wilson(plans.right, plans.known)
    return [
        ("correct, of those known", _count_and_share(plans.right, plans.known)),
        ("95% interval", f"{low:.0%} to {high:.0%}"),
        ("one step for one target", _count_and_share(plans.one_step, plans.one_place)),
        ("steps per plan", f"{share(plans.steps, plans.count):.2f}"),
        ("steps outside the task", _count_and_share(plans.beside, plans.steps)),
        ("targets missed", _count_and_share(plans.missed, plans.places)),
    ]


def show_calibration(console: Console, calibration: Calibration) -> None:
    """Prints hunks by their token probability, if any has one."""
    if not any(bucket.hunks for bucket in calibration.buckets):
        return
    table = Table(title="Hunks by token probability", title_justify="left")
    for heading in ("token probability", "hunks", "pass the hidden check"):
        table.add_column(heading, justify="right")
    for bucket in calibration.buckets:
        table.add_row(f"{bucket.low:.0%} to {bucket.high:.0%}", *_survival(bucket))
    table.add_row("not known", *_survival(calibration.unknown))
    console.print(table)


def show_comparison(
    console: Console,
    comparison: Comparison,
    *,
    first: str,
    second: str,
    plans: tuple[Sequence[Row], Sequence[Row]] | None = None,
) -> None:
    """Prints the paired comparison of two results files; `plans` are their rows, if all plan."""
    if comparison.count == 0:
        console.print(Text("The two files have no tasks in common."))
        return
    sides = (comparison.first, comparison.second)
    columns = (
        [_plan_figures(rows) for rows in plans]
        if plans is not None
        else [_figures(*side) for side in zip(sides, comparison.places, strict=True)]
    )
    stages = {stage: 0 for totals in sides for stage, _ in totals.stages}
    for column, totals in zip(columns, sides, strict=True):
        counts = dict(totals.stages)
        column.extend(
            (f"failed: {stage or 'unknown'}", str(counts.get(stage, 0))) for stage in stages
        )
    title = f"{comparison.count} tasks in both"
    console.print(_table(title, [f"A {first}", f"B {second}"], columns))
    console.print(
        Text(
            f"both pass {comparison.both}, only A {comparison.only_first}, "
            f"only B {comparison.only_second}, neither {comparison.neither}"
        )
    )
    difference = (comparison.only_second - comparison.only_first) / comparison.count
    console.print(
        Text(f"B - A: difference {difference:+.1%}, p = {comparison.p:.4f} (exact McNemar)")
    )


def _table(
    title: str, headings: Iterable[str], columns: Sequence[Sequence[tuple[str, str]]]
) -> Table:
    """A table with a line per figure. All columns have the same figures in the same order."""
    table = Table(title=Text(sanitize_line(title)), title_justify="left")
    table.add_column("")
    for heading in headings:
        table.add_column(Text(sanitize_line(heading)), justify="right")
    for line in zip(*columns, strict=True):
        table.add_row(Text(sanitize_line(line[0][0])), *(value for _, value in line))
    return table


def _figures(totals: Totals, places: Localization) -> list[tuple[str, str]]:
    low, high = totals.pass_interval
    return [
        ("tasks", str(totals.count)),
        ("passed", _count_and_share(totals.passed, totals.count)),
        ("95% interval", f"{low:.0%} to {high:.0%}"),
        ("proposals", _count_and_share(totals.shown, totals.count)),
        ("applied, of proposals", _count_and_share(totals.applied, totals.shown)),
        ("change nothing", _count_and_share(totals.no_ops, totals.shown)),
        ("do not parse", _count_and_share(totals.unparsable, totals.shown)),
        ("called verified", _count_and_share(totals.verified, totals.shown)),
        ("wrongly verified", _count_and_share(totals.wrong_verified, totals.verified)),
        ("file@1, file@5", _recall(places.file_1, places.file_5, places.file_tasks)),
        ("unit@1, unit@5", _recall(places.unit_1, places.unit_5, places.unit_tasks)),
        ("candidates per task", f"{share(totals.answers, totals.count):.1f}"),
        ("tokens per task", f"{share(totals.tokens, totals.count):,.0f}"),
        ("seconds, mean", f"{totals.mean_seconds:.1f}"),
        ("seconds, median", f"{totals.median_seconds:.1f}"),
    ]


def _count_and_share(part: int, whole: int) -> str:
    return f"{part} ({share(part, whole):.1%})" if whole else str(part)


def _recall(first: float, five: float, tasks: int) -> str:
    return f"{first:.0%}, {five:.0%} (n={tasks})" if tasks else "not known"


def _survival(bucket: Bucket) -> tuple[str, str]:
    return str(bucket.hunks), _count_and_share(bucket.survived, bucket.hunks)


def _show_counts(console: Console, title: str, counts: Sequence[tuple[str, int]]) -> None:
    if counts:
        console.print(Text(title))
    for name, count in counts:
        console.print(Text(f"  {count:>4}  {sanitize_line(name) or 'unknown'}"), soft_wrap=True)


def show_replay(console: Console, found: Replay, off: Sequence[str]) -> None:
    """Prints what an ablation changes in a recorded pool."""
    names = ", ".join(off) or "nothing"
    console.print(f"Without {names}: {found.tasks} tasks, {found.right} correct as recorded")
    for name in ("gained", "lost", "doubtful"):
        ids = getattr(found, name)
        console.print(f"  {name}: {len(ids)} {', '.join(ids)}".rstrip(), markup=False)
