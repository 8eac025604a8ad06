"""Owns what a worker does before torch is imported, so that its first token comes sooner.

Most of a start is Python code of torch, run one line after the other. What passes without Python's
lock is done beside it on another thread: linking torch's library, compiling the int8 product. And
one module of torch is left for when somebody asks for it. Knows nothing of models but their number
format; whatever fails here is left to the usual way, which is slower and says what is wrong.
"""

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import os
import re
import sys
import threading
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from assistant.engine.native import compiler
from assistant.errors import ModelError
from assistant.models.folder import Manifest

WHOLE = "ASSISTANT_WHOLE_TORCH"
"""Environment variable: when set, torch is imported as it comes."""

_TRACING = "torch._meta_registrations"
_TESTED = re.compile(r"__version__ = '2\.13\.")
"""Of torch's own version file: where leaving it out has been tried with all that an engine does."""

_FIRST = ("numpy", "assistant.engine.chat", "assistant.engine.constraints")
"""What a worker needs beside torch."""


def begin(folder: Path, start_over: Callable[[], None]) -> None:
    """Imports torch for the model in `folder`, and readies what can be made ready beside it.

    `start_over` is called when torch cannot be imported without the module that is left out; it
    runs this program again with `WHOLE` set. A folder that is not there, or is of another format
    is passed over in silence: loading it will say so. `end` follows when the model is loaded.
    """
    gc.disable()  # importing makes much and drops little: looking for what it dropped takes long
    torch = _torch_folder()
    if torch is None or not _is_int8(folder):
        return
    threading.Thread(target=_beside, args=(torch,), daemon=True).start()
    if os.name != "posix" or WHOLE in os.environ:
        return
    if _TESTED.search(_text(torch / "version.py")):
        postpone(_TRACING, torch / "_meta_registrations.py")
    # These take about as long as linking, for which importing torch would have to wait.
    for module in _FIRST:
        importlib.import_module(module)
    try:
        import torch as _  # noqa: F401 - everything that follows finds it loaded
    except Exception as error:  # noqa: BLE001 - a private module is missing: anything may follow
        print(f"torch needs {_TRACING}: {error!r}", file=sys.stderr)
        start_over()


def end() -> None:
    """Back to a program that tidies up; what has been loaded stays out of that."""
    gc.freeze()
    gc.enable()


def postpone(name: str, path: Path) -> None:
    """Leaves a module's code for when one of its names is asked for.

    The rules by which torch computes shapes without numbers cost a third of its import, and matter
    to those who trace programs: `torch.compile`, `torch.export`, the meta device. Importing torch
    asks for no name of theirs, and neither does an int8 worker.
    """
    spec = importlib.util.spec_from_file_location(name, path)
    if path.is_file() and spec is not None:
        sys.modules.setdefault(name, _Postponed(name, spec))


def complete() -> None:
    """Runs what `postpone` left, for whoever may trace after all."""
    module = sys.modules.get(_TRACING)
    if isinstance(module, _Postponed):
        module.run()


class _Postponed(ModuleType):
    """A module that has not run yet. importlib's lazy loader would run it at the first look."""

    def __init__(self, name: str, spec: ModuleSpec) -> None:
        super().__init__(name)
        self.__spec__ = spec
        self.__file__ = spec.origin
        self.__loader__ = spec.loader
        self.__package__ = spec.parent

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # whoever lists modules asks for these
            raise AttributeError(name)
        self.run()
        return getattr(self, name)

    def run(self) -> None:
        with _running:
            if type(self) is _Postponed and self.__spec__ and self.__spec__.loader:
                self.__class__ = ModuleType  # type: ignore[assignment]
                self.__spec__.loader.exec_module(self)


_running = threading.RLock()


def _beside(torch: Path) -> None:
    _link(torch / "lib" / "libtorch_cpu.so")
    compiler.begin()


def _link(library: Path) -> None:
    """Loads a library as importing it will, but without Python's lock: a foreign function.

    Linux only; elsewhere the file has another name, and is not found.
    """
    if library.is_file():
        with contextlib.suppress(OSError, AttributeError):  # a C library without it
            dlopen = ctypes.CDLL(None).dlopen
            dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
            dlopen(os.fsencode(library), os.RTLD_NOW)


def _torch_folder() -> Path | None:
    spec = importlib.util.find_spec("torch")
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _is_int8(folder: Path) -> bool:
    try:
        return Manifest.read(folder).weights == "int8"
    except ModelError:
        return False
