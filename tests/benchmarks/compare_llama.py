"""Compares prefill, decoding, loading and memory with llama.cpp, on the same weights and tokens.

    pip install xllamacpp
    python -m tests.benchmarks.compare_llama FILE.gguf FOLDER [--rounds 5] [--loads 3] [--variants]

FOLDER is FILE.gguf converted. The engines take turns. A round prefills an uncached prompt of 1,000
tokens of source code and generates up to 64 more, greedy, without drafting. Ours runs as users run
it, through the worker and its JSON lines. Loading is measured from the start of the process to the
first token of a short prompt, with the files in the page cache.

--variants also runs llama.cpp with other batch sizes and with flash attention on and off, or with
the named ones of these settings; each ratio is against its best setting for that figure. Prints
medians with the lowest and highest value, by wall time and by processor time of all threads, which
other load disturbs less. The rates of each reply go to stderr as they arrive.
"""

import argparse
import statistics
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from assistant.context.tokens import Tokenizer
from assistant.engine.base import Message, Request, Sampling
from tests.benchmarks.engines import (
    Answer,
    Ask,
    Contender,
    Llama,
    LlamaSetting,
    Ours,
    Prompts,
    contenders,
    hello,
    numbered,
    version,
)

PROMPT, WRITTEN = 1000, 64
QUESTION = "\n\nExplain each part of this code, one after the other."
VARIANTS = {
    "flash0": LlamaSetting(flash=0),
    "flash1": LlamaSetting(flash=1),
    "ubatch128": LlamaSetting(ubatch=128),
    "ubatch256": LlamaSetting(ubatch=256),
    "ubatch1024": LlamaSetting(ubatch=1024),
}


def asks(folder: Path, prompts: Prompts, count: int) -> list[Ask]:
    """Prompts of about 1,000 tokens, each a different part of the standard library."""
    counter = Tokenizer.load(folder)
    library = Path(sysconfig.get_paths()["stdlib"])
    lines = "".join(
        (library / f"{name}.py").read_text(encoding="utf-8") for name in ("argparse", "inspect")
    ).splitlines(keepends=True)
    found = []
    for number in range(count):
        piece: list[str] = []
        while counter.count("".join(piece)) < PROMPT - 40:
            piece.append(lines.pop(0))
        messages = (
            Message("system", "You are a programmer."),
            Message("user", "".join(piece) + QUESTION),
        )
        request = Request(
            numbered(messages, number), samplings=(Sampling(max_tokens=WRITTEN),), drafting=False
        )
        found.append(prompts.ask(request))
    return found


def figures(answers: list[Answer]) -> dict[str, list[float]]:
    return {
        "prefill tok/s": [each.read / each.first for each in answers],
        "decode tok/s": [(each.tokens - 1) / (each.seconds - each.first) for each in answers],
        "both, processor s": [each.busy for each in answers],
    }


def line(values: list[float]) -> str:
    return f"{statistics.median(values):9.2f}  ({min(values):.2f} to {max(values):.2f})"


def measure(
    openers: dict[str, Callable[[], Contender]], texts: list[Ask], loads: int
) -> dict[str, dict[str, list[float]]]:
    """Figures by engine; the first round is a warm-up."""
    loading: dict[str, list[float]] = {name: [] for name in openers}
    for _ in range(loads - 1):
        for name, opener in openers.items():
            with contenders([opener]) as (one,):
                loading[name].append(one.load_seconds)
    with contenders(tuple(openers.values())) as opened:
        for one in opened:
            loading[one.name].append(one.load_seconds)
        answers = _answers(opened, texts)
        return {
            one.name: figures(answers[one.name])
            | {
                "load to first token, s": loading[one.name],
                "peak memory, MB": [one.peak_bytes() / 1e6],
            }
            for one in opened
        }


def _answers(opened: list[Contender], texts: list[Ask]) -> dict[str, list[Answer]]:
    answers: dict[str, list[Answer]] = {one.name: [] for one in opened}
    for number, ask in enumerate(texts):
        for one in opened:
            answer = one.answer(ask)
            if answer.read < 0.95 * len(ask.ids):
                raise SystemExit(f"{one.name} had the prompt cached: {answer}")
            if number:
                answers[one.name].append(answer)
                speeds = {title: f"{values[0]:.2f}" for title, values in figures([answer]).items()}
                print(number, one.name, speeds, file=sys.stderr, flush=True)
    return answers


def show(result: dict[str, dict[str, list[float]]]) -> None:
    for name, mine in result.items():
        print(name)
        for title, values in mine.items():
            print(f"    {title:24}{line(values)}")
    ours = result["ours"]
    for title, values in ours.items():
        others = {n: statistics.median(r[title]) for n, r in result.items() if n != "ours"}
        choose = max if title.endswith("tok/s") else min
        best = choose(others, key=lambda name: others[name])
        ratio = statistics.median(values) / others[best]
        print(f"{title}: ours / llama.cpp {ratio:.2f} (best: {best})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loads", type=int, default=3)
    parser.add_argument("--variants", nargs="*", choices=VARIANTS)
    options = parser.parse_args()
    variants = () if options.variants is None else options.variants or tuple(VARIANTS)
    prompts = Prompts(options.folder)
    first = hello(prompts)
    openers: dict[str, Callable[[], Contender]] = {
        "ours": lambda: Ours(options.folder, options.threads, first)
    }
    for setting in (LlamaSetting(), *(VARIANTS[name] for name in variants)):
        openers[setting.name] = lambda setting=setting: Llama(  # type: ignore[misc]
            options.file, options.threads, first, setting
        )
    print(f"ours at {version()}, {options.threads} threads, {options.rounds} rounds", flush=True)
    show(measure(openers, asks(options.folder, prompts, options.rounds + 1), options.loads))


if __name__ == "__main__":
    main()
