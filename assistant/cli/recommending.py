"""The `models recommend` command: models for a GPU of this size."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import composition
from assistant.cli.options import json_option
from assistant.errors import ModelError

if TYPE_CHECKING:
    from assistant.models.suggestions import Fit

_GIB = 1024**3


@click.command()
@click.option(
    "--gpu-memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GIB",
    help="A GPU with this much free memory instead of the one here.",
)
@click.option("--all", "show_all", is_flag=True, help="Also show the models that do not fit.")
@json_option
def recommend(gpu_memory: float | None, show_all: bool, as_json: bool) -> int:
    """Show models of 2026 that fit the GPU here, by their publishers' figures.

    None of them was run by us, so loading one may fail. Loads and downloads nothing.
    """
    from assistant.models.hardware import detect
    from assistant.models.suggestions import fits

    settings = composition.load_settings()
    if gpu_memory is None:
        gpus = detect(settings.cache_dir).gpus
        if not gpus:
            raise ModelError(
                "No GPU was found here.",
                hint="Name the memory of one with --gpu-memory 24; on a CPU, the catalog in "
                "`assistant models list` is what runs.",
            )
        memory = gpus[0].free
    else:
        memory = round(gpu_memory * _GIB)
    found = [fit for fit in fits(memory, settings.candidates) if fit.fits or show_all]
    if as_json:
        document = {"gpu_memory": memory, "models": [_document(fit) for fit in found]}
        click.echo(json.dumps(document, indent=2))
        return 0
    click.echo(
        f"For a GPU with {memory / _GIB:.1f} GiB free, by the publishers' figures. None of them "
        "was run by us: loading one here may fail."
    )
    for fit in found:
        _show(fit)
    if not found:
        click.echo("None of them fits; `assistant models list` shows smaller ones.")
    return 0


def _show(fit: "Fit") -> None:
    from rich.filesize import decimal

    model, shape = fit.suggestion, fit.suggestion.shape
    reasons = {True: ", reasons first", False: "", None: ""}[model.reasons]
    click.echo(f"\n{model.id}: {model.about}")
    click.echo(
        f"  {shape.parameters / 1e9:.1f} billion parameters, {shape.trained_tokens:,} tokens, "
        f"{model.licence}{reasons}"
    )
    if model.stored != "bf16":
        click.echo(f"  published in:   {model.stored}, which is converted to bf16")
    click.echo(f"  here, bf16:     {decimal(fit.bf16_bytes):>9}, {_window(fit.window_bf16)}")
    size = decimal(fit.four_bit_bytes)
    click.echo(f"  here, 4-bit:    {size:>9}, {_window(fit.window_four_bit)}")
    click.echo(f"  model server:   {'fits at 4 bits' if fit.server else 'does not fit at 4 bits'}")


def _window(tokens: int) -> str:
    return f"a window of {tokens:,} tokens" if tokens else "does not fit"


def _document(fit: "Fit") -> dict[str, Any]:
    model = asdict(fit.suggestion)
    del model["config"]
    return {
        **model,
        "parameters": fit.suggestion.shape.parameters,
        "trained_tokens": fit.suggestion.shape.trained_tokens,
        "tested": False,
        "bf16_bytes": fit.bf16_bytes,
        "four_bit_bytes": fit.four_bit_bytes,
        "window_bf16": fit.window_bf16,
        "window_four_bit": fit.window_four_bit,
        "fits_server": fit.server,
    }
