"""The `models` commands: list, plan, recommend, pull, path and remove."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import composition
from assistant.cli.options import json_option
from assistant.cli.planning import plan
from assistant.cli.recommending import recommend
from assistant.sanitize import sanitize_line

if TYPE_CHECKING:
    from assistant.models.catalog import CatalogEntry, HubModel
    from assistant.models.found.search import Found, FoundModel
    from assistant.models.installed import InstalledModel

_name = click.argument("name", metavar="[ID]", required=False, default="")


@click.group()
def models() -> None:
    """Download, list, plan and remove models.

    Name a model by its catalog id, its hub id, a folder, a .gguf file, or as a model of another
    program: ollama:NAME, lmstudio:NAME or llamacpp:NAME. Without a name, pull downloads the model
    recommended for this machine.
    """


models.add_command(plan)
models.add_command(recommend)


@models.command("list")
@json_option
def list_(as_json: bool) -> int:
    """List the installed models and the catalog."""
    from assistant.models.catalog import CATALOG, HUB_MODELS

    known: tuple[CatalogEntry | HubModel, ...] = (*CATALOG, *HUB_MODELS)
    store = composition.model_store(composition.load_settings())
    installed, found = store.installed(), store.found()
    converted = {model.id for model in found.models if store.converted(model.path)}
    if as_json:
        document = {
            "installed": [_installed(model) for model in installed],
            "found": [_found(model, model.id in converted) for model in found.models],
            "skipped": [{"where": each.where, "why": each.why} for each in found.skipped],
            "known": [_known(entry) for entry in known],
        }
        click.echo(json.dumps(document, indent=2))
        return 0
    click.echo("Installed" if installed else "No models are installed yet.")
    for model in installed:
        problem = f"  {sanitize_line(model.problem)}" if model.problem else ""
        name = sanitize_line(model.name)
        click.echo(f"  {name:<34} {model.weights:<5} {_size(model.bytes):>9}{problem}")
    _show_found(found, converted)
    click.echo("Known")
    for entry in known:
        click.echo(f"  {entry.id:<34} {_size(entry.bytes):>15}  {entry.licence}, {entry.title}")
    return 0


def _show_found(found: "Found", converted: set[str]) -> None:
    """The models of other programs, and what was skipped."""
    if found.models:
        click.echo("Found here, used in place and never changed")
    for model in found.models:
        name, kind = (sanitize_line(each) for each in (model.id, model.architecture))
        if model.problem:
            state = f"cannot be used: {sanitize_line(model.problem)}"
        elif model.id in converted:
            state = "converted"
        else:
            state = f"converting takes {_size(model.converted_bytes)}"
        click.echo(
            f"  {name:<34} {kind:<8} {model.quantization:<7} {_size(model.bytes):>9}  {state}"
        )
    if found.skipped:
        click.echo("Skipped")
    for each in found.skipped:
        click.echo(f"  {sanitize_line(each.where)}: {sanitize_line(each.why)}")


@models.command()
@_name
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, path_type=Path),
    help="A file you already have, or the folder that contains it.",
)
def pull(name: str, source: Path | None) -> int:
    """Download a model, verify its hash, and convert it for this machine.

    A file that is here already is not copied: only its converted weights are written.
    """
    from assistant.engine.base import Cancel
    from assistant.headless.interrupt import interruptible
    from assistant.headless.pulling import PullDisplay
    from assistant.models.hardware import choose, detect

    settings = composition.load_settings(model=name or None)
    store = composition.model_store(settings)
    wanted = settings.model or choose(detect(settings.cache_dir), device=settings.device).model
    console = composition.console(stderr=True)
    cancel = Cancel()
    if source is None and (cost := store.cost(wanted)):
        console.print(sanitize_line(cost))
    with (
        PullDisplay(console) as display,
        interruptible(cancel, lambda: console.print("Cancelling. Press Ctrl-C again to quit now.")),
    ):
        folder = store.pull(wanted, display.report, cancel, source=source)
    click.echo(f"{sanitize_line(wanted)} is ready in {sanitize_line(str(folder))}")
    return 0


@models.command()
@_name
def path(name: str) -> int:
    """Print the folder of a model's converted weights."""
    settings = composition.with_model(composition.load_settings(model=name or None))
    click.echo(composition.model_store(settings).resolve(settings.model))
    return 0


@models.command()
@click.argument("name", metavar="ID")
def remove(name: str) -> int:
    """Delete a model's converted weights and downloads. Your own files are kept."""
    freed = composition.model_store(composition.load_settings()).remove(name)
    click.echo(f"Freed {_size(freed)}.")
    return 0


def _known(entry: "CatalogEntry | HubModel") -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "bytes": entry.bytes,
        "licence": entry.licence,
    }


def _found(model: "FoundModel", converted: bool) -> dict[str, Any]:
    return {
        "id": model.id,
        "program": model.program,
        "path": str(model.path),
        "bytes": model.bytes,
        "architecture": model.architecture,
        "quantization": model.quantization or None,
        "parameters": model.parameters,
        "converted_bytes": model.converted_bytes or None,
        "converted": converted,
        "problem": model.problem or None,
    }


def _installed(model: "InstalledModel") -> dict[str, Any]:
    return {
        "name": model.name,
        "path": str(model.path),
        "weights": model.weights,
        "bytes": model.bytes,
        "source_sha256": model.source_sha256,
        "place": model.place,
        "problem": model.problem or None,
    }


def _size(count: int) -> str:
    from rich.filesize import decimal

    return decimal(count)
