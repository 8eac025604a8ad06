"""Chooses the default model for a machine and estimates which others fit.

The choice applies only if the user has not set a model. Everything here is pure; `machine.detect`
inspects the hardware.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.models import catalog
from assistant.models.catalog import GIB, CatalogEntry, HubModel, Weights, converted_bytes
from assistant.models.machine import Gpu, Hardware, detect

__all__ = [
    "Choice",
    "Gpu",
    "Hardware",
    "Offer",
    "choose",
    "detect",
    "device_for",
    "fits",
    "weights_for",
]

Device: TypeAlias = Literal["cpu", "cuda"]

DEFAULT_FROM = 8 * GIB
"""Bytes of free memory from which the larger catalog model is the default on a CPU."""
_CUDA_OVERHEAD = 2 * GIB
"""CUDA context, working memory, and the KV cache of 8,192 tokens."""
_CPU_OVERHEAD = 2 * GIB
_MIN_PARAMETERS = 400_000_000
"""Smaller models are never chosen automatically."""


@dataclass(frozen=True, slots=True)
class Choice:
    model: str
    device: Device
    weights: Weights
    why: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model and its requirements on this machine."""

    model: str
    title: str
    licence: str
    download_bytes: int
    memory_bytes: int
    """Estimated memory needed on the device with 8,192 tokens of context."""
    device: Device
    fits: bool
    why: str
    """Required and available memory, in one phrase."""


def device_for(device: str, hardware: Hardware) -> Device:
    """Resolve the device setting (auto, cpu, cuda) on this machine."""
    if device == "auto":
        return "cuda" if hardware.cuda else "cpu"
    return "cuda" if device.startswith("cuda") else "cpu"


def weights_for(device: str, hardware: Hardware) -> Weights:
    """Number format of the weights for a device setting: bf16 for CUDA, otherwise int8."""
    return "bf16" if device_for(device, hardware) == "cuda" else "int8"


def fits(hardware: Hardware, device: str = "auto") -> tuple[Offer, ...]:
    """Every known model, largest first, and whether it fits."""
    on = device_for(device, hardware)
    models: list[CatalogEntry | HubModel] = [*catalog.HUB_MODELS, *catalog.CATALOG]
    models.sort(key=lambda model: model.parameters, reverse=True)
    return tuple(_offer(model, on, hardware) for model in models)


def choose(hardware: Hardware, *, device: str = "auto", installed: Collection[str] = ()) -> Choice:
    """The model to use if the user has not set one.

    `installed` are the names of the models installed for this device. If the default is not one of
    them, the largest installed model that fits is used.
    """
    on = device_for(device, hardware)
    default = _default(on, hardware)
    if default.model in installed:
        return default
    for offer in fits(hardware, device):
        if offer.model in installed and offer.fits and _for_code(offer.model):
            why = (
                "It is the largest installed model that fits; "
                f"the default, {default.model}, is not installed."
            )
            return Choice(offer.model, on, default.weights, why)
    return default


def _default(on: Device, hardware: Hardware) -> Choice:
    weights: Weights = "bf16" if on == "cuda" else "int8"
    offers = [o for o in fits(hardware, on) if _for_code(o.model)]
    if on == "cuda":
        best = next((offer for offer in offers if offer.fits), offers[-1])
        return Choice(
            best.model, on, weights, f"The largest known model that fits the GPU: {best.why}."
        )
    small = [offer for offer in offers if catalog.find_entry(offer.model)]
    free = hardware.memory_available
    enough = free >= DEFAULT_FROM
    best = small[0] if enough else small[-1]
    why = (
        f"{_no_gpu(hardware)}, and {'' if enough else 'only '}{free / GIB:.1f} GiB of memory is "
        f"free; {best.model} is the default {'from' if enough else 'below'} "
        f"{DEFAULT_FROM // GIB} GiB{' up' if enough else ''}."
    )
    return Choice(best.model, on, weights, why)


def _offer(model: CatalogEntry | HubModel, on: Device, hardware: Hardware) -> Offer:
    gpu = max(hardware.gpus, key=lambda gpu: gpu.free, default=Gpu(0, "no GPU", 0, 0))
    if on == "cuda":
        needed = converted_bytes(model.parameters, "bf16") + _CUDA_OVERHEAD
        available, where = gpu.free, gpu.name
    else:
        needed = (
            model.minimum_memory
            if isinstance(model, CatalogEntry)
            else converted_bytes(model.parameters, "int8") + _CPU_OVERHEAD
        )
        available, where = hardware.memory_available, "memory"
    return Offer(
        model=model.id,
        title=model.title,
        licence=model.licence,
        download_bytes=model.bytes,
        memory_bytes=needed,
        device=on,
        fits=needed <= available,
        why=f"needs {needed / GIB:.1f} GiB, {available / GIB:.1f} GiB of {where} is free",
    )


def _for_code(model: str) -> bool:
    entry = catalog.find_entry(model)
    return entry is None or entry.parameters >= _MIN_PARAMETERS


def _no_gpu(hardware: Hardware) -> str:
    if not hardware.gpus:
        return "No GPU was found"
    if not hardware.cuda:
        return f"The installed PyTorch ({hardware.torch or 'none'}) cannot use the GPU"
    return "The CPU was requested"
