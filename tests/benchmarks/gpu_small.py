"""Checks of the whole engine on a GPU with a tiny model: its text, and running out of memory."""

import tempfile
from pathlib import Path

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from assistant.engine.base import Cancel, Message, Request, Sampling, Token
from assistant.engine.local import LocalEngine
from assistant.errors import OutOfMemory
from assistant.models import folder as layout
from assistant.models.convert import convert
from tests.tiny_model import CONFIG, TEMPLATE, tiny_tokenizer

_TASK = "Write a function that adds two numbers."
_ANSWER = "def add(first, second):\n    return first + second\n\nassert add(1, 2) == 3\n"
_REQUEST = Request(
    (Message("user", _TASK),),
    samplings=(
        Sampling(max_tokens=60),
        Sampling(0.8, seed=1, max_tokens=60),
        Sampling(0.8, seed=2, max_tokens=60),
    ),
)


def write_model(parent: Path) -> Path:
    """A converted bf16 folder that has learned a text by heart, so its likeliest tokens lead."""
    source, tokenizer = parent / "source", tiny_tokenizer()
    torch.manual_seed(0)
    config = {**CONFIG, "vocab_size": tokenizer.get_vocab_size()}
    model = Qwen2ForCausalLM(Qwen2Config(**config))
    text = f"<|im_start|>user\n{_TASK}<|im_end|>\n<|im_start|>assistant\n{_ANSWER}<|im_end|>"
    ids = torch.tensor([tokenizer.encode(text, add_special_tokens=False).ids])
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(150):
        optimizer.zero_grad()
        model(ids, labels=ids).loss.backward()
        optimizer.step()
    model.save_pretrained(source)
    tokenizer.save(str(source / "tokenizer.json"))
    convert(source, parent / "model", "bf16", lambda stage, done, total: None)
    (parent / "model" / layout.CHAT_TEMPLATE).write_text(TEMPLATE, encoding="utf-8")
    return parent / "model"


def texts(engine: LocalEngine, request: Request = _REQUEST) -> list[str]:
    """The text of each candidate."""
    found = [""] * len(request.samplings)
    for event in engine.stream(request, Cancel()):
        if isinstance(event, Token):
            found[event.candidate] += event.text
    return found


def same_text() -> str:
    """How many of three candidates are equal on both devices, and what ran on the GPU."""
    with tempfile.TemporaryDirectory() as name:
        model = write_model(Path(name))
        gpu = LocalEngine.load(model, device="cuda", context_tokens=1024)
        cpu = LocalEngine.load(model, device="cpu", context_tokens=1024)
        pairs = list(zip(texts(gpu), texts(cpu), strict=True))
    same = sum(one == other for one, other in pairs)
    batches = gpu._cache.sequences[0].batches
    return f"{same} of {len(pairs)} equal, {'own decoder' if batches else 'transformers'}"


def out_of_memory() -> str:
    """Takes all free memory, asks, gives it back, asks again."""
    with tempfile.TemporaryDirectory() as name:
        engine = LocalEngine.load(write_model(Path(name)), device="cuda", context_tokens=1024)
        expected = texts(engine)
        engine.close()
        torch.cuda.empty_cache()
        blocks = _all_memory()
        long = Request((Message("user", "a b c d " * 100),), samplings=(Sampling(max_tokens=5),))
        try:
            texts(engine, long)
            refused = "no error"
        except OutOfMemory:
            refused = "an error"
        blocks.clear()
        torch.cuda.empty_cache()
        again = texts(engine) == expected
    return f"{refused}, then {'the same text' if again else 'another text'}"


def _all_memory() -> list[torch.Tensor]:
    blocks = []
    size = 1 << 34
    while size >= 1 << 12:
        try:
            blocks.append(torch.empty(size, dtype=torch.uint8, device="cuda"))
        except torch.OutOfMemoryError:
            size //= 2
    return blocks
