"""Shortens a worker's start: what happens before and while torch is imported.

Most of the start is Python code in torch, executed in sequence. Work that runs without the GIL
happens on another thread meanwhile: linking torch's library and compiling the native code. One
module of torch is postponed until it is needed. Anything that fails here is left to the regular
path, which is slower and reports the error.
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
"""Environment variable: when set, no module of torch is postponed."""

_META_REGISTRATIONS = "torch._meta_registrations"
_TESTED = re.compile(r"__version__ = '2\.13\.")
"""Matches torch's version file where postponing has been tested with everything an engine does."""

_FIRST = ("numpy", "assistant.engine.chat", "assistant.engine.constraints")
"""What a worker imports in addition to torch."""


def begin(folder: Path, start_over: Callable[[], None]) -> None:
    """Imports torch for the model in `folder` and prepares what it can at the same time.

    `start_over` is called when torch cannot be imported without the postponed module; it restarts
    the program with `WHOLE` set. A missing or non-int8 folder is ignored; loading it will report
    the error. Call `end` once the model is loaded.
    """
    gc.disable()  # imports allocate much and free little: collecting is wasted time
    torch = _torch_folder()
    if torch is None or not _is_int8(folder):
        return
    # No daemon: a process that ends while it compiles would crash.
    threading.Thread(target=_prepare, args=(torch,)).start()
    if os.name != "posix" or WHOLE in os.environ:
        return
    if _TESTED.search(_text(torch / "version.py")):
        postpone(_META_REGISTRATIONS, torch / "_meta_registrations.py")
    # These take about as long as linking, which the import of torch would wait for.
    for module in _FIRST:
        importlib.import_module(module)
    try:
        import torch as _  # noqa: F401 - later imports find it loaded
    except Exception as error:  # noqa: BLE001 - a private module is missing: anything may follow
        print(f"torch needs {_META_REGISTRATIONS}: {error!r}", file=sys.stderr)
        start_over()


def end() -> None:
    """Turns garbage collection back on; what has been loaded is exempt."""
    gc.freeze()
    gc.enable()


def postpone(name: str, path: Path) -> None:
    """Defers a module's code until one of its names is accessed.

    The meta registrations, by which torch infers shapes without data, take a third of its import.
    Only tracing needs them: `torch.compile`, `torch.export`, the meta device. Neither importing
    torch nor an int8 worker accesses any of their names.
    """
    spec = importlib.util.spec_from_file_location(name, path)
    if path.is_file() and spec is not None:
        sys.modules.setdefault(name, _Postponed(name, spec))


def complete() -> None:
    """Runs the postponed module, for code that may trace."""
    module = sys.modules.get(_META_REGISTRATIONS)
    if isinstance(module, _Postponed):
        module.run()


class _Postponed(ModuleType):
    """A module that has not run yet. importlib's lazy loader would run it on any access."""

    def __init__(self, name: str, spec: ModuleSpec) -> None:
        super().__init__(name)
        self.__spec__ = spec
        self.__file__ = spec.origin
        self.__loader__ = spec.loader
        self.__package__ = spec.parent

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # code that inspects sys.modules asks for these
            raise AttributeError(name)
        self.run()
        return getattr(self, name)

    def run(self) -> None:
        with _running:
            if type(self) is _Postponed and self.__spec__ and self.__spec__.loader:
                self.__class__ = ModuleType  # type: ignore[assignment]
                self.__spec__.loader.exec_module(self)


_running = threading.RLock()


def _prepare(torch: Path) -> None:
    _link(torch / "lib" / "libtorch_cpu.so")
    compiler.begin()


def _link(library: Path) -> None:
    """Loads a library as its import will, but without the GIL, because ctypes releases it.

    Linux only; on other systems the file has another name and is not found.
    """
    if library.is_file():
        with contextlib.suppress(OSError, AttributeError):  # a C library without dlopen
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
