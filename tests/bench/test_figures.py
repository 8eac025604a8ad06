"""Figures, their document, and their display."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from assistant.bench.figures import Accuracy, Figure, Report, figures, render, same_text
from assistant.bench.measure import Loading, Measured, Round, Timing
from assistant.bench.report import show
from assistant.engine.base import EngineInfo

INFO = EngineInfo("m [b]x", "cpu", "int8", 8192, 2, 10**9, 3.0, peak_bytes=3 * 2**29)
ACCURACY = Accuracy(1275, 1.75, 1.77, 1.1429, 95.85)


def timing(scale: float, text: str = "same") -> Timing:
    return Timing(2.0 * scale, 2.5 * scale, 12.5 * scale, 1000, 101, 60, text)


def measured(*scales: float) -> Measured:
    rounds = tuple(Round(timing(s), timing(s / 5), timing(s / 2)) for s in scales)
    return Measured(INFO, (Loading(3.0, 3.5), Loading(4.0, 4.5)), rounds)


def test_figures_come_from_the_right_requests():
    found = {each.name: each for each in figures(measured(1.0, 2.0, 4.0))}
    assert {name: each.median for name, each in found.items()} == {
        "load_seconds": 3.5,
        "load_to_first_token_seconds": 4.0,
        "cold_first_token_seconds": 5.0,
        "warm_first_token_seconds": 1.0,
        "edit_seconds": 5.0,
        "prefill_tokens_per_second": 250.0,
        "decode_tokens_per_second": 5.0,
        "edit_tokens_per_second": 25.0,
        "edit_plain_tokens_per_second": 10.0,
        "peak_memory_bytes": 3 * 2**29,
    }
    prefill = found["prefill_tokens_per_second"]
    assert (prefill.low, prefill.high, prefill.values) == (125.0, 500.0, (500.0, 250.0, 125.0))


def test_unknown_memory_is_omitted():
    nothing = replace(measured(1.0), info=replace(INFO, peak_bytes=0))
    assert "peak_memory_bytes" not in {each.name for each in figures(nothing)}


def test_a_text_changed_by_drafting_is_reported():
    found = measured(1.0, 1.0)
    assert same_text(found)
    other = replace(found.rounds[1], plain_edit=timing(1.0, "other"))
    found = replace(found, rounds=(found.rounds[0], other))
    assert not same_text(found)
    assert json.loads(render(Report(found, ACCURACY)))["edit"]["same_text"] is False
    assert "different" in shown(Report(found, ACCURACY))


def test_the_document_has_the_documented_shape():
    document = json.loads(render(Report(measured(1.0, 2.0), ACCURACY)))
    assert set(document) == {
        "format", "program", "model", "loads", "rounds", "prompt_tokens", "figures", "edit",
        "accuracy",
    }  # fmt: skip
    assert document["format"] == 1
    assert document["model"] == {
        "name": "m [b]x", "device": "cpu", "weights": "int8", "context_tokens": 8192, "threads": 2,
    }  # fmt: skip
    assert (document["loads"], document["rounds"], document["prompt_tokens"]) == (2, 2, 1000)
    assert document["figures"]["load_seconds"] == {
        "median": 3.5, "low": 3.0, "high": 4.0, "values": [3.0, 4.0],
    }  # fmt: skip
    assert document["edit"] == {"tokens": 101, "drafted": 60, "same_text": True}
    assert document["accuracy"] == {
        "available": True, "tokens": 1275, "reference_nll": 1.75, "nll": 1.77,
        "loss_percent": 1.1429, "agreement_percent": 95.85,
    }  # fmt: skip


def test_unavailable_accuracy_has_a_reason():
    document = json.loads(render(Report(measured(1.0), "no file")))
    assert document["accuracy"] == {"available": False, "reason": "no file"}
    assert "Accuracy: not available, no file" in shown(Report(measured(1.0), "no file"))


def test_the_report_shows_all_figures():
    text = shown(Report(measured(1.0, 2.0, 4.0), ACCURACY))
    assert "m [b]x, int8 weights, cpu, 2 threads; prompts of 1000 tokens" in text
    row = next(line for line in text.splitlines() if "prefill" in line)
    assert [part.strip() for part in row.split("│")[2:6]] == ["250", "125", "500", "tok/s"]
    row = next(line for line in text.splitlines() if "peak memory" in line)
    assert [part.strip() for part in row.split("│")[2:6]] == ["1,536", "1,536", "1,536", "MiB"]
    assert "1.7700, 1.7500 with the unquantized weights (+1.14%)" in text
    assert "without drafting the text was the same" in text


@pytest.mark.parametrize(("value", "text"), [(0.123, "0.12"), (12.34, "12.3"), (1234.5, "1,234")])
def test_numbers_have_about_three_digits(value, text):
    report = Report(measured(1.0), "")
    loads = (Loading(value, value),)
    report = replace(report, measured=replace(report.measured, loads=loads))
    row = next(line for line in shown(report).splitlines() if "start to ready" in line)
    assert text in row


def test_a_single_value_is_median_low_and_high():
    figure = Figure("x", "x", "s", (2.0,))
    assert (figure.median, figure.low, figure.high) == (2.0, 2.0, 2.0)


def shown(report: Report) -> str:
    console = Console(file=io.StringIO(), width=100, markup=False, highlight=False)
    show(console, report)
    return console.file.getvalue()
