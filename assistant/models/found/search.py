"""Finds models of other programs on this machine, and says which of them can be used."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelError
from assistant.models.catalog import Weights
from assistant.models.found.files import PREFIXES, FoundFile, Skipped, list_files, split_parts
from assistant.models.found.places import Places

_PROJECTOR = "mmproj"
"""Part of the file names of vision projectors, by llama.cpp's convention."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model file of another program, which is used in place: never copied, moved or changed."""

    id: str
    """The name by which `--model` takes it."""
    program: str
    path: Path
    bytes: int
    architecture: str
    quantization: str
    """Q4_K_M, Q8_0, ...; empty if unknown."""
    parameters: int
    converted_bytes: int
    """Size of its weights once converted; 0 if they cannot be."""
    problem: str
    """Why it cannot be used; empty if it can."""


@dataclass(frozen=True, slots=True)
class Found:
    models: tuple[FoundModel, ...]
    skipped: tuple[Skipped, ...]


def find_models(places: Places, weights: Weights) -> Found:
    """Every model in these places, each file once, sorted by program and name.

    `weights` is the number format that it would be converted to. Never raises.
    """
    models: list[FoundModel] = []
    skipped: list[Skipped] = []
    for item in _distinct(list_files(places)):
        described = item if isinstance(item, Skipped) else _described(item, weights)
        if isinstance(described, FoundModel):
            models.append(described)
        elif described is not None:
            skipped.append(described)
    return Found(tuple(models), tuple(skipped))


def find_file(name: str, places: Places) -> FoundFile:
    """The file that a name such as `ollama:qwen2.5-coder:1.5b` means.

    Ollama's tag may be left out if it is `latest` or the only one, and of other names all but the
    file's own name. Raises ModelError if there is no such file, or more than one.
    """
    items = list(list_files(_of_program(name, places)))
    files = [item for item in items if isinstance(item, FoundFile)]
    wanted = name.removesuffix(".gguf").casefold()
    exact = [file for file in files if file.id.casefold() in (wanted, f"{wanted}:latest")]
    near = exact[:1] or [file for file in files if wanted in _short_names(file.id.casefold())]
    if len({file.id for file in near}) == 1:
        return _whole(near[0])
    why = next(
        (i.why for i in items if isinstance(i, Skipped) and i.where.casefold() == wanted), ""
    )
    if why:
        raise ModelError(f"{name} cannot be used: {why}.", hint="Get it again, or choose another.")
    shown = ", ".join(dict.fromkeys(file.id for file in near or files[:6])) or "none"
    raise ModelError(
        f"{name} means more than one model." if near else f"There is no model {name} here.",
        hint=f"Found: {shown}. Run `assistant models list` to see all.",
    )


def _whole(file: FoundFile) -> FoundFile:
    if file.problem:
        raise ModelError(f"{file.id} cannot be used: {file.problem}", hint="Choose another model.")
    return file


def is_foreign(name: str) -> bool:
    """Whether a name means a model of another program."""
    return name.strip().casefold().startswith(tuple(PREFIXES))


def _of_program(name: str, places: Places) -> Places:
    match name.partition(":")[0].casefold():
        case "ollama":
            return Places(ollama=places.ollama)
        case "lmstudio":
            return Places(lm_studio=places.lm_studio)
        case _:
            return Places(llama_cpp=places.llama_cpp)


def _short_names(name: str) -> tuple[str, ...]:
    prefix, _, rest = name.partition(":")
    untagged = rest.rpartition(":")[0] if prefix == "ollama" else ""
    return f"{prefix}:{rest.rpartition('/')[2]}", f"{prefix}:{untagged}"


def _distinct(items: Iterator[FoundFile | Skipped]) -> Iterator[FoundFile | Skipped]:
    """Each file once, however many names it has, and each name for one file."""
    seen: set[object] = set()
    for item in items:
        if isinstance(item, Skipped):
            yield item
            continue
        try:
            status = item.path.stat()
        except OSError as error:
            yield Skipped(item.id, f"it cannot be read ({(error.strerror or '').lower()})")
            continue
        key = (status.st_dev, status.st_ino)
        if key in seen:
            continue
        name = str(item.path) if item.id in seen else item.id
        seen |= {key, name}
        yield FoundFile(name, item.program, item.path, item.problem)


def _described(file: FoundFile, weights: Weights) -> FoundModel | Skipped | None:
    """What a file is; None for further parts of a model, which its first part stands for."""
    from assistant.models.gguf_facts import read_facts, split_reason  # imports numpy

    number, parts = split_parts(file.path)
    if parts > 1:
        return Skipped(file.id, split_reason(parts)) if number == 1 else None
    if _PROJECTOR in file.path.name.casefold():
        return Skipped(file.id, "a vision or audio projector, which belongs to another file")
    try:
        facts = read_facts(file.path, weights)
        size = file.path.stat().st_size
    except ModelError as error:
        return Skipped(file.id, error.message)
    except OSError as error:
        return Skipped(file.id, f"it cannot be read ({(error.strerror or '').lower()})")
    if facts.other:
        return Skipped(file.id, facts.other)
    problem = file.problem or facts.problem
    return FoundModel(
        id=file.id,
        program=file.program,
        path=file.path,
        bytes=size,
        architecture=facts.architecture,
        quantization=facts.quantization,
        parameters=facts.parameters,
        converted_bytes=0 if problem else facts.converted_bytes,
        problem=problem,
    )
