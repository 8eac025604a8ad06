"""The `models plan` command: what a model takes of memory, and what fits."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import composition
from assistant.cli.options import candidates_option, json_option
from assistant.sanitize import sanitize_line
from assistant.settings import CPU_WINDOW

if TYPE_CHECKING:
    from assistant.models.machine import Hardware
    from assistant.models.memory.plan import Load, Way
    from assistant.models.memory.shape import ModelShape

_GIB = 1024**3

_PARTS = (
    ("weights", "weights"),
    ("cache", "cache of the window"),
    ("candidates", "candidates drawn together"),
    ("earlier", "earlier prompts"),
    ("growth", "while the cache grows"),
    ("base", "everything else"),
    ("total", "at the peak"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One way to run the model."""

    way: "Way"
    load: "Load"
    available: int | None
    """Free bytes of the device; None if there is none."""
    largest: int
    """Tokens of the longest window that fits; 0 if none does."""

    @property
    def fits(self) -> bool:
        return self.available is not None and self.load.total <= self.available


@click.command()
@click.argument("name", metavar="[ID|PATH]", required=False, default="")
@click.option(
    "--context",
    type=click.IntRange(min=256),
    help="Tokens of prompt and answer together. By default, what is used here.",
)
@click.option(
    "--gpu-memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GIB",
    help="Plan for a GPU with this much free memory instead of the one here.",
)
@candidates_option
@json_option
def plan(
    name: str,
    context: int | None,
    gpu_memory: float | None,
    candidates: int | None,
    as_json: bool,
) -> int:
    """Show what a model takes of memory on a CPU and on a GPU, and the largest window that fits.

    Loads and downloads nothing: a model is described by its config.json or its GGUF file. Exits
    with 1 if it fits nowhere.
    """
    from assistant.models.hardware import detect
    from assistant.models.memory.known import shape_of

    settings = composition.load_settings(model=name or None, candidates=candidates, engine="")
    settings = composition.with_model(settings)
    shape = shape_of(settings.model, composition.model_store(settings))
    hardware = detect(settings.cache_dir)
    gpu = round(gpu_memory * _GIB) if gpu_memory else None
    columns = columns_of(shape, hardware, context or 0, settings.candidates, gpu)
    if as_json:
        click.echo(json.dumps(_document(settings.model, shape, columns), indent=2))
    else:
        _show(settings.model, shape, columns)
    return 0 if any(column.fits for column in columns) else 1


def columns_of(
    shape: "ModelShape", hardware: "Hardware", window: int, candidates: int, gpu: int | None
) -> tuple[Column, ...]:
    """A column for each way; without `window`, with the default one of the way.

    `gpu` are the free bytes of a GPU that is not here; None plans for the one that is.
    """
    from assistant.models.memory.plan import largest_window, load_of, ways_of

    here = hardware.gpus[0].free if hardware.gpus else None
    columns = []
    for way in ways_of(shape):
        available = hardware.memory_available if way.target == "cpu" else gpu or here
        largest = largest_window(shape, way, available, candidates) if available else 0
        trained = shape.trained_tokens or CPU_WINDOW
        usual = CPU_WINDOW if way.target == "cpu" or available is None else largest
        used = window or min(max(usual, CPU_WINDOW), trained)
        load = load_of(shape, way, used, candidates)
        columns.append(Column(way, load, available, largest))
    return tuple(columns)


def _document(name: str, shape: "ModelShape", columns: Sequence[Column]) -> dict[str, Any]:
    return {
        "model": name,
        "architecture": shape.architecture,
        "parameters": shape.parameters,
        "trained_tokens": shape.trained_tokens or None,
        "ways": [
            {
                "device": column.way.target,
                "weights": column.way.weights,
                "bytes": {**asdict(column.load), "total": column.load.total},
                "available": column.available,
                "fits": column.fits,
                "largest_window": column.largest,
            }
            for column in columns
        ],
    }


def _show(name: str, shape: "ModelShape", columns: Sequence[Column]) -> None:
    from rich.filesize import decimal

    layers = sum(each.count for each in shape.layers)
    trained = f"{shape.trained_tokens:,}" if shape.trained_tokens else "an unknown number of"
    click.echo(
        f"{sanitize_line(name)}: {sanitize_line(shape.architecture)}, "
        f"{shape.parameters / 1e9:.2f} billion parameters, {layers} layers with a cache, "
        f"trained for {trained} tokens"
    )
    rows = [("", [column.way.title for column in columns])]
    rows.append(("window", [f"{column.load.window:,}" for column in columns]))
    for field, title in _PARTS:
        rows.append((title, [decimal(getattr(column.load, field)) for column in columns]))
    rows.append(
        ("free here", ["none" if c.available is None else decimal(c.available) for c in columns])
    )
    rows.append(("largest window that fits", [_largest(column, shape) for column in columns]))
    for title, cells in rows:
        click.echo(f"{title:<26}" + "".join(f"{cell:>17}" for cell in cells))
    for column in columns:
        if column.available is not None and not column.fits:
            over = decimal(column.load.total - column.available)
            click.echo(f"{column.way.title}: {over} too much for this window.")


def _largest(column: Column, shape: "ModelShape") -> str:
    if column.available is None:
        return "no GPU"
    if not column.largest:
        return "does not fit"
    return f"{column.largest:,}" + (" (all)" if column.largest == shape.trained_tokens else "")
