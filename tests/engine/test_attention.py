"""Native attention against a float64 reference, torch against it, shape checks and fallbacks."""

import pytest
import torch

from assistant.engine import attention
from assistant.engine.attention import Attention, attend, choose
from assistant.engine.cache import Cache, DecoderConfig, Part
from assistant.engine.native import compiler
from assistant.engine.native.attention import NativeAttention, serves
from assistant.engine.native.instruction_sets import INSTRUCTION_SETS

PROGRAMS = [
    pytest.param(isa.name, id=isa.name) for isa in INSTRUCTION_SETS if compiler.load(isa.name)
]


def config(heads: int, kv_heads: int, dim: int, layers: int = 1) -> DecoderConfig:
    return DecoderConfig(
        layers=layers,
        hidden=heads * dim,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=dim,
        vocabulary=10,
        epsilon=1e-6,
        rope_theta=10_000.0,
    )


def native(shape: DecoderConfig, name: str = "") -> NativeAttention:
    program = compiler.load(name)
    if program is None:
        pytest.skip("no native code for this processor or system")
    return NativeAttention(program, shape.heads, shape.kv_heads, shape.head_dim)


def cache_of(shape: DecoderConfig, length: int, rows: int) -> Cache:
    """A cache of `length` tokens with room for `rows`; unused entries are NaN."""
    cache = Cache(shape)
    cache.reserve(length + rows)
    for layer in cache.layers:
        layer.fill_(float("nan"))
        layer[:, :, :length] = torch.randn(2, shape.kv_heads, length, shape.head_dim)
    cache.length = length
    return cache


def reference(
    qkv: torch.Tensor, rotation: torch.Tensor, store: torch.Tensor, past: int
) -> torch.Tensor:
    """A float64 reference, head by head and row by row; works on a copy of `store`."""
    _, kv_heads, _, dim = store.shape
    heads = qkv.shape[1] - 2 * kv_heads
    qkv, rotation = qkv.double(), rotation.double()
    store = store.double().clone()

    def rotated(x: torch.Tensor, row: int) -> torch.Tensor:
        half = dim // 2
        other = torch.cat((x[half:], x[:half]))
        return x * rotation[row, 0] + other * rotation[row, 1]

    y = torch.empty(len(qkv), heads, dim, dtype=torch.float64)
    for row in range(len(qkv)):
        for kv in range(kv_heads):
            store[0, kv, past + row] = rotated(qkv[row, heads + kv], row)
            store[1, kv, past + row] = qkv[row, heads + kv_heads + kv]
        for head in range(heads):
            kv, end = head // (heads // kv_heads), past + row + 1
            scores = store[0, kv, :end] @ rotated(qkv[row, head], row) / dim**0.5
            y[row, head] = scores.softmax(0) @ store[1, kv, :end]
    return y.flatten(1)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("past", [0, 3, 15, 250])
@pytest.mark.parametrize(
    "shape", [(1, 1, 32), (4, 2, 64), (12, 2, 128), (14, 2, 64), (8, 1, 96)], ids=str
)
@pytest.mark.parametrize("name", PROGRAMS)
def test_native_attention_matches_the_reference(
    name: str, shape: tuple[int, int, int], past: int, threads: int
) -> None:
    model = config(*shape)
    machine = native(model, name)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for rows in (1, 2, 5):
            torch.manual_seed(rows)
            store = cache_of(model, past, rows).layers[0]
            old = store.clone()
            qkv = torch.randn(rows, model.heads + 2 * model.kv_heads, model.head_dim)
            rotation = torch.randn(rows, 2, model.head_dim)
            y = torch.empty(rows, model.heads * model.head_dim)
            machine(qkv, rotation, store, past, y)
            expected = reference(qkv, rotation, old, past)
            torch.testing.assert_close(y.double(), expected, rtol=1e-4, atol=1e-5)
            assert torch.equal(store[:, :, :past], old[:, :, :past])
            assert store[:, :, past + rows :].isnan().all()
            values = qkv[:, model.heads + model.kv_heads :].transpose(0, 1)
            assert torch.equal(store[1, :, past : past + rows], values)
    finally:
        torch.set_num_threads(before)


def test_torch_attention_matches_the_reference() -> None:
    model = config(6, 2, 32)
    torch.manual_seed(0)
    for past, rows in ((0, 1), (0, 4), (9, 1), (9, 4)):
        store = cache_of(model, past, rows).layers[0]
        qkv, rotation = torch.randn(rows, 10, 32), torch.randn(rows, 2, 32)
        expected = reference(qkv, rotation, store, past)
        mask = attention._causal_mask(rows, past, 3)
        torch.testing.assert_close(
            attend(qkv, rotation, store, past, mask).double(), expected, rtol=1e-4, atol=1e-5
        )


def test_a_dominant_score_takes_all_weight_without_overflow() -> None:
    model = config(2, 1, 32)
    machine = native(model)
    store = cache_of(model, 40, 1).layers[0]
    store[0, 0, :40] = -1000.0
    store[0, 0, 17] = 1000.0
    qkv = torch.full((1, 4, 32), 100.0)
    qkv[0, 2] = -1000.0  # the row's own key
    rotation = torch.stack((torch.ones(1, 32), torch.zeros(1, 32)), dim=1)
    y = torch.empty(1, 64)
    machine(qkv, rotation, store, 40, y)
    torch.testing.assert_close(y.view(2, 32), store[1, 0, 17].expand(2, 32))


def test_nan_is_propagated() -> None:
    """The backend rejects NaN logits, so NaN must not turn into numbers on the way."""
    model = config(2, 1, 32)
    machine = native(model)
    store = cache_of(model, 5, 1).layers[0]
    qkv = torch.randn(1, 4, 32)
    qkv[0, 1, 3] = float("nan")
    y = torch.empty(1, 64)
    machine(qkv, torch.ones(1, 2, 32), store, 5, y)
    assert not y[0, :32].isnan().any()
    assert y[0, 32:].isnan().all()


def test_wrong_shapes_are_refused() -> None:
    """Native code checks no bounds: it would write past the end."""
    model = config(2, 1, 32)
    machine = native(model)
    store = Cache(model)
    store.reserve(1)
    (layer,) = store.layers
    qkv, rotation, y = torch.randn(2, 4, 32), torch.randn(2, 2, 32), torch.empty(2, 64)
    wrong = (
        (qkv[:, :3], rotation, layer, 0, y),
        (qkv, rotation[:1], layer, 0, y),
        (qkv.double(), rotation, layer, 0, y),
        (qkv, rotation, layer[:, :, :, :16], 0, y),
        (qkv, rotation, layer[:, :, :20], 0, y),
        (qkv, rotation, layer, layer.shape[2] - 1, y),
        (qkv, rotation, layer, 0, torch.empty(64, 2).t()),
    )
    for arguments in wrong:
        with pytest.raises(RuntimeError, match="fit"):
            machine(*arguments)
    machine(qkv, rotation, layer, layer.shape[2] - 2, y)


def test_sequences_in_one_pass_are_independent() -> None:
    """A short part and a long one: native code and torch in the same pass."""
    model = config(4, 2, 32, layers=2)
    both = Attention(model)
    torch.manual_seed(0)
    sizes = ((7, 2), (0, 30), (20, 1))
    caches = [cache_of(model, past, rows) for past, rows in sizes]
    twins = [cache_of(model, past, rows) for past, rows in sizes]
    for mine, its in zip(caches, twins, strict=True):
        for layer, other in zip(mine.layers, its.layers, strict=True):
            other.copy_(layer)
    qkv = torch.randn(33, 8, 32)
    parts = [Part(range(rows), cache, 1) for cache, (_, rows) in zip(caches, sizes, strict=True)]
    together = both(qkv, 1, parts, both.positions(parts))
    start = 0
    for twin, (_, rows) in zip(twins, sizes, strict=True):
        (alone,) = [Part(range(rows), twin, 1)]
        y = both(qkv[start : start + rows], 1, [alone], both.positions([alone]))
        torch.testing.assert_close(together[start : start + rows], y)
        start += rows
    for mine, its in zip(caches, twins, strict=True):
        torch.testing.assert_close(mine.layers[1], its.layers[1], equal_nan=True)


def test_only_a_few_rows_run_natively(monkeypatch: pytest.MonkeyPatch) -> None:
    model = config(4, 1, 32)
    if choose(model) is None:
        pytest.skip("no native code for this processor or system")
    both, passed = Attention(model), []
    monkeypatch.setattr(
        attention, "attend", lambda *a: passed.append(len(a[0])) or torch.zeros(len(a[0]), 128)
    )
    for rows in (1, 16, 17, 40):
        part = Part(range(rows), cache_of(model, 3, rows), 1)
        both(torch.randn(rows, 6, 32), 0, [part], both.positions([part]))
    assert passed == [17, 40]


def test_native_code_that_disagrees_with_torch_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    model = config(4, 2, 32)
    right = attend
    monkeypatch.setattr(attention, "attend", lambda *a: right(*a) + 0.01)
    assert choose(model) is None


def test_torch_is_used_without_native_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not serves(4, 2, 48)
    assert not serves(9, 1, 64)
    assert choose(config(4, 2, 48)) is None
    model = config(4, 2, 32)
    part = Part(range(2), cache_of(model, 5, 2), 1)
    qkv = torch.randn(2, 8, 32)
    here = Attention(model)
    expected = here(qkv, 0, [part], here.positions([part]))
    monkeypatch.setattr(compiler, "load", lambda name="": None)
    bare = Attention(model)
    torch.testing.assert_close(bare(qkv, 0, [part], bare.positions([part])), expected)
