"""Compiles the int8 product and attention for this processor with LLVM.

llvmlite bundles LLVM, so the user's machine needs no compiler. Native code runs on torch's own
OpenMP team, so the two never compete for cores. Without libgomp (other systems) or a supported
instruction set, `load` returns None and another kernel is used. Only linking needs torch's
libraries, so `begin` can compile while torch is being imported.
"""

import contextlib
import ctypes
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.engine.native import attention_ir, product_ir
from assistant.engine.native.instruction_sets import INSTRUCTION_SETS, InstructionSet


@dataclass(frozen=True, slots=True)
class Program:
    """Compiled code. Each function takes the address of a job."""

    isa: InstructionSet
    product: Any
    """See `product_ir.FIELDS`, also for `sums`."""
    sums: Any
    attend: Any
    """See `attention_ir.FIELDS`."""
    keep: tuple[Any, ...]
    """Objects that own the code."""


def supported(features: dict[str, bool]) -> tuple[InstructionSet, ...]:
    """The instruction sets that a processor with these features has, fastest first."""
    return tuple(s for s in INSTRUCTION_SETS if all(features.get(f) for f in s.features))


def begin() -> None:
    """Compiles ahead what `load` will need; call it on a background thread.

    Most of the work runs without the GIL, so imports proceed meanwhile.
    """
    llvm = _llvm()
    found = () if llvm is None else supported(dict(llvm.get_host_cpu_features()))
    if found:
        with contextlib.suppress(RuntimeError):  # `load` hits the same error and handles it
            _machine_code(found[0])


@cache
def load(name: str = "") -> Program | None:
    """The program for this processor, or for the instruction set `name`; None if it cannot run."""
    llvm = _llvm()
    if llvm is None:
        return None
    library = _openmp()
    features = dict(llvm.get_host_cpu_features())
    found = [s for s in supported(features) if name in ("", s.name)]
    if library is None or not found:
        return None
    for symbol in ("GOMP_parallel", "GOMP_barrier", "omp_get_thread_num", "omp_get_num_threads"):
        address = ctypes.cast(getattr(library, symbol), ctypes.c_void_p).value
        llvm.add_symbol(symbol, address)
    return _link(llvm, found[0])


def _llvm() -> Any:
    """llvmlite, or None if it cannot be imported."""
    try:
        import llvmlite.binding as llvm
    except (ImportError, OSError):
        return None
    return llvm


_compiling = threading.Lock()


def _machine_code(isa: InstructionSet) -> bytes:
    """The object file for an instruction set; a concurrent caller waits for the first."""
    with _compiling:
        return _compile(isa)


@cache
def _compile(isa: InstructionSet) -> bytes:
    llvm = _llvm()
    code = llvm.parse_assembly(product_ir.module(isa) + attention_ir.module(isa))
    code.verify()
    target = _target(llvm, isa)
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(code, builder)
    return bytes(target.emit_object(code))


def _target(llvm: Any, isa: InstructionSet) -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu="", features=",".join(f"+{feature}" for feature in isa.features), opt=2
    )


def _link(llvm: Any, isa: InstructionSet) -> Program:
    code = llvm.object_file.ObjectFileRef.from_data(_machine_code(isa))
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target(llvm, isa))
    engine.add_object_file(code)
    engine.finalize_object()
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    return Program(
        isa=isa,
        product=call(engine.get_function_address("product")),
        sums=call(engine.get_function_address("sums")),
        attend=call(engine.get_function_address("attend")),
        keep=(engine,),
    )


def _openmp() -> ctypes.CDLL | None:
    """The OpenMP library that torch has loaded into this process."""
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    paths: Sequence[str] = re.findall(r"(/\S.*libgomp\S*\.so\S*)$", maps, re.MULTILINE)
    try:
        return ctypes.CDLL(paths[0]) if paths else None
    except OSError:
        return None
