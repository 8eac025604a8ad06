"""Our engine and llama.cpp behind one interface, for comparisons on the same tokens.

Ours runs as users run it: `WorkerEngine` and its worker. llama.cpp runs its server in a separate
process, through the wheel xllamacpp. Each is suspended while another runs, so spinning or polling
threads do not disturb it. Both get the same token ids, from our chat template, and both are timed
by their caller, from the request to the whole reply.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import psutil

from assistant.bench.measure import timed
from assistant.engine import prompts
from assistant.engine.base import Cancel, Message, Request, Sampling
from assistant.engine.chat import ChatTemplate
from assistant.engine.client import WorkerEngine
from assistant.engine.codec import Codec
from assistant.settings import Settings

CONTEXT = 8192


@dataclass(frozen=True)
class Ask:
    """A prompt for both engines."""

    request: Request
    """With one greedy sampling."""
    ids: tuple[int, ...]
    """The ids of the request's messages and opening."""
    stable: Request
    shared: int
    """Length of the prefix of `ids` that prefilling `stable` puts in the cache."""


@dataclass(frozen=True)
class Answer:
    seconds: float
    """From the request to the whole reply."""
    first: float
    """Until the first token; llama.cpp reports its own prefill time."""
    busy: float
    """Processor seconds of all its threads."""
    read: int
    """Prompt tokens that were not cached."""
    tokens: int
    drafted: int
    text: str


class Contender(Protocol):
    name: str
    load_seconds: float
    """From the start of the process to the first token of a short prompt."""

    def warm(self, ask: Ask) -> None: ...

    def answer(self, ask: Ask) -> Answer: ...

    def peak_bytes(self) -> int: ...

    def close(self) -> None: ...


class Prompts:
    """Encodes messages as our worker does."""

    def __init__(self, folder: Path) -> None:
        self._template = ChatTemplate.load(folder)
        self._codec = Codec.load(folder)

    def ask(self, request: Request, stable: Sequence[Message] = ()) -> Ask:
        ids = self._ids(request.messages, request.opening)
        early = self._ids(stable, "") if stable else []
        pairs = zip(ids, early, strict=False)
        shared = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(ids), len(early)))
        return Ask(request, tuple(ids), Request(tuple(stable)), shared)

    def _ids(self, messages: Sequence[Message], opening: str) -> list[int]:
        encoder = prompts.Prompts(self._template, self._codec)
        return encoder.encode(Request(tuple(messages), opening, ()), 10**9).known


def numbered(messages: Sequence[Message], number: int) -> tuple[Message, ...]:
    """The messages with a distinct first line, so that no cache holds what follows."""
    first, *rest = messages
    return (replace(first, content=f"Session {number}.\n{first.content}"), *rest)


class Ours:
    """`WorkerEngine` on a converted folder, with an empty prefix store."""

    name = "ours"

    def __init__(self, folder: Path, threads: int, hello: Ask) -> None:
        self._cache = tempfile.TemporaryDirectory()
        settings = Settings(
            threads=threads, context_tokens=CONTEXT, device="cpu", cache_dir=Path(self._cache.name)
        )
        before = {child.pid for child in psutil.Process().children()}
        started = time.perf_counter()
        self._engine = WorkerEngine(folder, settings)
        timed(self._engine, hello.request, Cancel())
        self.load_seconds = time.perf_counter() - started
        (self._process,) = (c for c in psutil.Process().children() if c.pid not in before)
        self._process.suspend()

    def warm(self, ask: Ask) -> None:
        with _running(self._process):
            list(self._engine.warm(ask.stable, Cancel()))

    def answer(self, ask: Ask) -> Answer:
        with _running(self._process):
            before = _busy(self._process)
            found = timed(self._engine, ask.request, Cancel())
            busy = _busy(self._process) - before
        return Answer(
            found.last, found.first, busy, found.prompt, found.tokens, found.drafted, found.text
        )

    def peak_bytes(self) -> int:
        with _running(self._process):
            return self._engine.info().peak_bytes

    def close(self) -> None:
        self._process.resume()
        self._engine.close()
        self._cache.cleanup()


@dataclass(frozen=True)
class LlamaSetting:
    """Settings of llama.cpp; everything else is its default."""

    speculation: str = "off"
    """off, default, or NxM: n-grams of N tokens, drafts of up to M."""
    flash: int = -1
    """Flash attention: -1 lets it choose, 0 off, 1 on."""
    ubatch: int = 512

    @property
    def name(self) -> str:
        parts = [f"llama.cpp {self.speculation}"]
        parts += [f"flash {self.flash}"] if self.flash >= 0 else []
        parts += [f"ubatch {self.ubatch}"] if self.ubatch != 512 else []
        return ", ".join(parts)


class Llama:
    """llama.cpp's server on a .gguf file, in a child process."""

    def __init__(self, file: Path, threads: int, hello: Ask, setting: LlamaSetting) -> None:
        self.name = setting.name
        options = json.dumps({"file": str(file), "threads": threads, **asdict(setting)})
        started = time.perf_counter()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.engines", options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._process = psutil.Process(self._child.pid)
        self._complete(hello.ids, 1, ())
        self.load_seconds = time.perf_counter() - started
        self._process.suspend()

    def warm(self, ask: Ask) -> None:
        with _running(self._process):
            self._complete(ask.ids[: ask.shared], 1, ())

    def answer(self, ask: Ask) -> Answer:
        (sampling,) = ask.request.samplings
        with _running(self._process):
            before, start = _busy(self._process), time.perf_counter()
            found = self._complete(ask.ids, sampling.max_tokens, sampling.stop)
            seconds, busy = time.perf_counter() - start, _busy(self._process) - before
        timings = found["timings"]
        return Answer(
            seconds, timings["prompt_ms"] / 1000, busy, timings["prompt_n"],
            timings["predicted_n"], timings.get("draft_n_accepted", 0), _text(found),
        )  # fmt: skip

    def peak_bytes(self) -> int:
        status = Path(f"/proc/{self._child.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])

    def close(self) -> None:
        self._process.resume()
        self._child.communicate()

    def _complete(self, ids: Sequence[int], count: int, stop: Sequence[str]) -> dict[str, Any]:
        query = {
            "prompt": list(ids), "n_predict": count, "stop": list(stop), "temperature": 0.0,
            "cache_prompt": True,
        }  # fmt: skip
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(query) + "\n")
        self._child.stdin.flush()
        for line in self._child.stdout:  # it also logs to stdout
            if line.startswith('{"ours"'):
                found: dict[str, Any] = json.loads(line)["ours"]
                if "timings" not in found:
                    raise SystemExit(f"llama.cpp rejected the request: {found}")
                return found
        raise SystemExit("llama.cpp exited early; run tests.benchmarks.engines to see why")


def _text(found: dict[str, Any]) -> str:
    """The text of the reply, in either of the server's formats."""
    text = found["content"] if "content" in found else found["choices"][0]["text"]
    return str(text)


def serve(options: dict[str, Any]) -> None:
    """The child of `Llama`: one query per line of stdin, one result per line of stdout."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = options["file"]
    parameters.n_ctx, parameters.n_parallel = CONTEXT, 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = options["threads"]
    parameters.n_ubatch = options["ubatch"]
    parameters.n_batch = max(options["ubatch"], parameters.n_batch)
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type(options["flash"])
    parameters.cache_ram_mib = 0
    parameters.verbosity = -1
    if options["speculation"] != "off":
        kinds = xllamacpp.common_speculative_type
        parameters.speculative.types = [kinds.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
    if "x" in options["speculation"]:
        sizes = map(int, options["speculation"].split("x"))
        simple = parameters.speculative.ngram_simple
        simple.size_n, simple.size_m = sizes
    server = xllamacpp.Server(parameters)
    for line in sys.stdin:
        print(json.dumps({"ours": server.handle_completions(json.loads(line))}), flush=True)


@contextmanager
def contenders(openers: Sequence[Callable[[], Contender]]) -> Iterator[list[Contender]]:
    """Opens all, and closes them even on SIGTERM: suspended processes would stay forever."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with ExitStack() as stack:
        opened = []
        for opener in openers:
            opened.append(opener())
            stack.callback(opened[-1].close)
        yield opened


def hello(prompts: Prompts) -> Ask:
    """A short prompt, to measure the time to the first token."""
    return prompts.ask(Request((Message("user", "Hello."),), samplings=(Sampling(max_tokens=1),)))


@contextmanager
def _running(process: psutil.Process) -> Iterator[None]:
    process.resume()
    try:
        yield
    finally:
        process.suspend()


def _busy(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def version() -> str:
    """The commit that is measured, marked if files differ from it."""
    root = Path(__file__).resolve().parents[2]
    command = ["git", "-C", os.fspath(root), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
