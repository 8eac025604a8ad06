# ruff: noqa: E402 - imported only where triton is installed
"""Our decoder for GPUs, against transformers: on a GPU, else on the CPU with Triton's interpreter.

The interpreter multiplies no bfloat16, so there the weights are float32 and the comparison exact.
"""

import json
from pathlib import Path

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

ON_GPU = torch.cuda.is_available()
pytest.importorskip("triton")

from assistant.engine.cache import DecoderConfig
from assistant.engine.gpu import kernels, loading, scoring
from assistant.engine.gpu.decoder import GpuDecoder
from assistant.engine.gpu.loading import assemble, deviation
from assistant.engine.gpu.matrices import FloatMatrix, QuantizedMatrix, Rows, Step, pack
from assistant.engine.gpu.sequence import GpuSequence
from assistant.errors import EngineError

DEVICE = torch.device("cuda" if ON_GPU else "cpu")
DTYPE = torch.bfloat16 if ON_GPU else torch.float32
TOLERANCE = 0.03 if ON_GPU else 1e-5
SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "head_dim": 32,
    "num_key_value_heads": 1,
    "max_position_embeddings": 1024,
    "vocab_size": 70,
    "initializer_range": 0.1,
    "tie_word_embeddings": False,
}
KINDS = {"qwen2": (Qwen2Config, Qwen2ForCausalLM), "qwen3": (Qwen3Config, Qwen3ForCausalLM)}
IDS = [(7 * number * number) % 70 for number in range(34)]


def made(kind: str = "qwen2", matrix: type = FloatMatrix) -> tuple[torch.nn.Module, GpuSequence]:
    """The same random weights in transformers' model and in a sequence of ours."""
    config, model = KINDS[kind]
    torch.manual_seed(0)
    theirs = model(config(**SHAPE)).to(DEVICE, DTYPE).eval()
    for name, each in theirs.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(each, std=0.1)
    known = theirs.state_dict()
    weights = assemble(theirs.config.to_dict(), known.__getitem__, known.__contains__, matrix)
    shape = DecoderConfig.from_json(theirs.config.to_dict())
    return theirs, GpuSequence(GpuDecoder(shape, weights, 200))


def distance(actual: torch.Tensor, expected: torch.Tensor) -> float:
    return float((actual.float() - expected.float()).norm() / expected.float().norm())


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_those_of_transformers(kind: str) -> None:
    theirs, sequence = made(kind)
    ids = [*IDS, 5, 3, 1, 4, 1, 5]
    expected = theirs(torch.tensor([ids], device=DEVICE)).logits[0]
    for start, end in ((0, 34), (34, 37), (37, 38), (38, 40)):
        actual = sequence.forward(ids[start:end], min(end - start, 3))
        assert distance(actual, expected[end - len(actual) : end]) < TOLERANCE
    assert sequence.length == 40


def test_attention_over_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.engine.gpu.kernels.CHUNK", 64)
    theirs, sequence = made()
    ids = (IDS * 5)[:140]
    expected = theirs(torch.tensor([[*ids, 9, 8]], device=DEVICE)).logits[0]
    sequence.forward(ids[:60], 0)
    assert distance(sequence.forward(ids[60:], 1), expected[139:140]) < TOLERANCE
    assert distance(sequence.forward([9, 8], 2), expected[140:]) < TOLERANCE


def test_the_trial_finds_kernels_that_deviate() -> None:
    _, sequence = made()
    assert deviation(sequence) < TOLERANCE
    assert sequence.length == 0
    layer = sequence._decoder._weights.layers[0]
    layer.mlp_norm.copy_(torch.full_like(layer.mlp_norm, float("nan")))
    assert not deviation(sequence) < 1


def test_rows_do_not_depend_on_their_pass() -> None:
    """Drafts and batches give the same bits, and single tokens nearly so."""
    _, sequence = made()
    sequence.forward(IDS, 1)
    drafted = sequence.forward(IDS[:5], 5)
    sequence.truncate(len(IDS))
    few = sequence.forward(IDS[:3], 3)
    assert torch.equal(few, drafted[:3])
    sequence.truncate(len(IDS))
    alone = torch.cat([sequence.forward([number], 1) for number in IDS[:2]])
    assert distance(alone, few[:2]) < TOLERANCE
    twin = sequence.copy()
    twin.truncate(len(IDS))
    rows = GpuSequence.forward_together([(sequence, IDS[2:3]), (twin, IDS[:2])])
    assert distance(rows[0], few[2:3]) < TOLERANCE  # its cache was computed alone
    assert torch.equal(rows[1], few[:2])
    assert (sequence.length, twin.length) == (len(IDS) + 3, len(IDS) + 2)


def test_scores_are_those_of_the_library() -> None:
    rows = torch.randn(3, 3000, generator=torch.Generator().manual_seed(0)).to(DEVICE) * 4
    rows[1, 5] = float("-inf")
    for row, scored in zip(rows, scoring.score_rows(rows), strict=True):
        expected = torch.log_softmax(row.cpu(), 0)
        probabilities = expected.exp()
        entropy = -(probabilities * expected.clamp(min=-1e4)).sum()
        assert scored.entropy == pytest.approx(float(entropy), rel=1e-4)
        assert scored.best[0] == int(expected.argmax())
        assert scored.best[1] == pytest.approx(float(expected.max()), abs=1e-4)
        assert torch.allclose(scored.logprobs.cpu(), expected, atol=1e-4)
    rows[2, 7] = float("nan")
    with pytest.raises(EngineError, match="not finite"):
        list(scoring.score_rows(rows))


def test_a_grown_and_a_restored_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.engine.gpu.sequence._BLOCK", 16)
    _, sequence = made()
    sequence.forward(IDS, 0)
    other = sequence.copy()
    stored = sequence.export(len(IDS))
    assert stored.shape == (1, 2, 1, len(IDS), 32)
    expected = sequence.forward(IDS[:9], 9)
    assert torch.equal(other.forward(IDS[:9], 9), expected)
    other.load(stored)
    assert torch.equal(other.forward(IDS[:9], 9), expected)
    with pytest.raises(ValueError, match="does not fit"):
        other.load(stored[:, :1])
    assert torch.equal(other.forward(IDS[9:12], 3), sequence.forward(IDS[9:12], 3))


def test_4bit_weights_are_near() -> None:
    weight = torch.randn(48, 128, generator=torch.Generator().manual_seed(0))
    matrix = QuantizedMatrix(weight.to(DEVICE, DTYPE))
    assert distance(matrix.expanded().cpu(), weight) < 0.11
    packed, scales = pack(weight, 64, 4)
    assert packed.shape == (48, 64)
    assert scales.shape == (48, 1)


def eight_bit_rows(values: torch.Tensor, group: int) -> Rows:
    """Rows in 8-bit groups, by way of a norm that changes nothing."""
    count, inputs = values.shape
    rows = Rows.empty(count, inputs, group, values)
    unit = values * values.float().square().mean(1, keepdim=True).rsqrt().to(DTYPE)
    kernels.normalize[(count,)](
        unit, torch.ones_like(unit[0]), rows.values, rows.steps, 0.0,
        INPUTS=inputs, GROUP=group, BLOCK=inputs,
    )  # fmt: skip
    return rows


def expanded(rows: Rows) -> torch.Tensor:
    steps = rows.steps.view(torch.float16).float().repeat_interleave(rows.group, 1)
    return rows.values.float() * steps


@pytest.mark.parametrize("count", [1, 3, 6])
@pytest.mark.parametrize("add", [False, True])
def test_4bit_products_multiply_the_expanded_weights(count: int, add: bool) -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.randn(6, 128, generator=random).to(DEVICE, DTYPE)
    matrix = QuantizedMatrix(torch.randn(49, 128, generator=random).to(DEVICE, DTYPE))
    rows = eight_bit_rows(x, matrix.group)
    unit = x.float() * x.float().square().mean(1, keepdim=True).rsqrt()
    assert distance(expanded(rows), unit) < 0.01
    actual = torch.ones(6, 49, device=DEVICE, dtype=DTYPE)
    matrix.few(rows, actual, count, Step(add=add))
    expected = expanded(rows) @ matrix.expanded().float().t() + add
    assert distance(actual[:count], expected[:count]) < (0.01 if ON_GPU else 1e-5)
    assert torch.equal(actual[count:], torch.ones_like(actual[count:]))
    alone = torch.ones(6, 49, device=DEVICE, dtype=DTYPE)
    matrix.few(rows, alone, 1, Step(add=add))
    assert torch.equal(alone[0], actual[0])


def test_4bit_models_compute_nearly_what_others_do() -> None:
    _, exact = made()
    _, rough = made(matrix=QuantizedMatrix)
    similar = torch.nn.functional.cosine_similarity
    for ids in (IDS, IDS[:3]):
        expected, actual = exact.forward(ids, 1), rough.forward(ids, 1)
        assert similar(actual, expected).min() > 0.85


@pytest.mark.parametrize(
    ("change", "capability", "four_bit", "expected"),
    [
        ({}, (8, 0), False, True),
        ({}, (9, 0), True, True),
        ({}, (7, 5), False, False),
        ({"model_type": "gemma3"}, (8, 0), False, False),
        ({"attention_bias": True}, (8, 0), False, False),
        ({"hidden_size": 72}, (8, 0), False, True),
        ({"hidden_size": 72}, (8, 0), True, False),
        ({"hidden_size": 96}, (8, 0), True, True),
        ({"head_dim": 80}, (8, 0), False, False),
        ({"num_attention_heads": 32, "head_dim": 16}, (8, 0), False, False),
    ],
)
def test_models_and_gpus_that_the_decoder_serves(
    monkeypatch: pytest.MonkeyPatch, change: dict, capability: tuple, four_bit: bool, expected: bool
) -> None:
    config = {**Qwen2Config(**SHAPE).to_dict(), **change}
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert loading.serves(config, torch.device("cuda", 0), four_bit=four_bit) is expected


@pytest.mark.parametrize(
    ("found", "used"), [(0.01, True), (0.2, False), (float("nan"), False), (OSError(), False)]
)
def test_kernels_are_used_where_their_trial_succeeds(
    bf16_model: Path, monkeypatch: pytest.MonkeyPatch, found: object, used: bool
) -> None:
    def trial(sequence: GpuSequence) -> float:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(loading, "deviation", trial)
    config = json.loads((bf16_model / "config.json").read_text())
    sequence = loading.open_sequence(bf16_model, config, DEVICE, 64, four_bit=False)
    assert (sequence is not None) is used
