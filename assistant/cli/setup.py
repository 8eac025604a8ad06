"""Finds and downloads models for the setup screen of the UI."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.filesize import decimal

from assistant.cli import composition
from assistant.engine.base import Cancel
from assistant.errors import ModelError
from assistant.models.hardware import Offer, choose, detect, fits
from assistant.models.progress import PullProgress
from assistant.sanitize import sanitize_line
from assistant.settings import Settings
from assistant.ui.services import ModelChoice, Survey

if TYPE_CHECKING:
    from assistant.models.found.search import FoundModel
    from assistant.models.machine import Hardware


class ModelSetup:
    """Implements the UI's `Setup` on top of the model store."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def ready(self) -> bool:
        """Whether the model of the settings, or the default, is installed."""
        settings = composition.with_model(self._settings)
        try:
            composition.model_store(settings).resolve(settings.model)
        except ModelError:
            return False
        return True

    def survey(self) -> Survey:
        """The hardware of this machine and the models that fit it, recommended one first, then
        those that other programs have here."""
        hardware = detect(self._settings.cache_dir)
        store = composition.model_store(self._settings)
        installed = {m.name for m in store.installed() if m.weights == store.weights}
        best = choose(hardware, device=self._settings.device).model
        offers = [o for o in fits(hardware, self._settings.device) if o.fits or o.model == best]
        offers.sort(key=lambda offer: offer.model != best)
        choices = tuple(
            _choice(offer, recommended=offer.model == best, installed=offer.model in installed)
            for offer in offers
        )
        free = hardware.memory_available
        if store.weights == "bf16":
            free = max((gpu.free for gpu in hardware.gpus), default=0)
        found = tuple(
            _found_choice(model)
            for model in store.found().models
            if not model.problem and not store.converted(model.path) and _needs(model) <= free
        )
        return Survey(_facts(hardware), (*choices, *found))

    def pull(self, name: str, report: Callable[[PullProgress], None], cancel: Cancel) -> None:
        """Downloads, verifies and converts a model. Raises ModelError and Cancelled."""
        store = composition.model_store(self._settings)
        store.pull(name, report, cancel)


_SPARE = 2 * 1024**3
"""Bytes of memory in addition to the weights: a cache of 8,192 tokens and the worker's overhead."""


def _needs(model: "FoundModel") -> int:
    return model.converted_bytes + _SPARE


def _found_choice(model: "FoundModel") -> ModelChoice:
    name = sanitize_line(model.id)
    return ModelChoice(
        name=model.id,
        title=f"{name}, {sanitize_line(model.architecture)} {model.quantization}".strip(),
        size=0,
        licence="",
        note=f"found in {model.program}, used in place; "
        f"converting takes {decimal(model.converted_bytes)}",
        memory=_needs(model),
    )


def _choice(offer: Offer, *, recommended: bool, installed: bool) -> ModelChoice:
    return ModelChoice(
        name=offer.model,
        title=offer.title,
        size=0 if installed else offer.download_bytes,
        licence=offer.licence,
        note=offer.why,
        recommended=recommended,
        installed=installed,
        memory=offer.memory_bytes,
    )


def _facts(hardware: "Hardware") -> tuple[tuple[str, str], ...]:
    gpus = ", ".join(f"{gpu.name} with {decimal(gpu.memory)}" for gpu in hardware.gpus)
    free, total = decimal(hardware.memory_available), decimal(hardware.memory_total)
    return (
        ("processor", f"{hardware.processor}, {hardware.cores_usable} cores"),
        ("GPU", gpus or "none"),
        ("memory", f"{free} free of {total}"),
        ("disk", f"{decimal(hardware.disk_free)} free"),
    )
