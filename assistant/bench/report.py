"""Prints a measurement to a terminal with rich, never through markup."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.bench.figures import Accuracy, Figure, Report, figures, same_text
from assistant.sanitize import sanitize_line


def show(console: Console, report: Report) -> None:
    """A line about the model, the table of figures, and what does not fit the table."""
    measured = report.measured
    info, last = measured.info, measured.rounds[-1]
    console.print(
        sanitize_line(
            f"{info.model}, {info.weights} weights, {info.device}, {info.threads} threads;"
            f" prompts of {last.question.prompt} tokens"
        ),
        soft_wrap=True,
    )
    console.print(_table(figures(measured)))
    console.print(
        f"The edit generated {last.edit.tokens} tokens, {last.edit.drafted} of them drafted;"
        f" without drafting the text was {'the same' if same_text(measured) else 'different'}.",
        soft_wrap=True,
    )
    console.print(f"Accuracy: {_accuracy(report.accuracy)}", soft_wrap=True)


def _table(rows: tuple[Figure, ...]) -> Table:
    table = Table()
    table.add_column("measured")
    for heading in ("median", "lowest", "highest"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for figure in rows:
        scale, unit = (2**20, "MiB") if figure.unit == "bytes" else (1, figure.unit)
        numbers = (figure.median, figure.low, figure.high)
        table.add_row(Text(figure.title), *(_number(each / scale) for each in numbers), Text(unit))
    return table


def _number(value: float) -> str:
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _accuracy(accuracy: Accuracy | str) -> str:
    if isinstance(accuracy, str):
        return f"not available, {sanitize_line(accuracy)}"
    return (
        f"mean NLL {accuracy.nll:.4f}, {accuracy.reference_nll:.4f} with the unquantized weights"
        f" ({accuracy.loss_percent:+.2f}%); same top-1 token in {accuracy.agreement_percent:.1f}%"
        f" of {accuracy.tokens} tokens of code."
    )
