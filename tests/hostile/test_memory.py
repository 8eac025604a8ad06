"""A model that runs out of memory: its caches are dropped, and the next request works."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from assistant.engine.base import Cancel
from assistant.engine.local import LocalEngine
from assistant.engine.torch_backend import out_of_memory
from assistant.errors import OutOfMemory
from tests.engine.fake_backends import engine_over, hashed
from tests.engine.requests import reason, request, run

Operation = Callable[[LocalEngine], object]


@pytest.mark.parametrize(
    "operation",
    [
        lambda engine: run(engine, request()),
        lambda engine: engine.score(request(), ["a", "b"], Cancel()),
        lambda engine: list(engine.warm(request(), Cancel())),
    ],
    ids=["stream", "score", "warm"],
)
@pytest.mark.parametrize(
    "raised", [torch.OutOfMemoryError("CUDA out of memory"), MemoryError()], ids=["GPU", "CPU"]
)
def test_the_caches_are_dropped_and_the_next_request_works(
    operation: Operation, raised: Exception
) -> None:
    backend = hashed(2)
    engine = engine_over(backend)
    run(engine, request())
    assert backend.length > 0
    real = backend.forward

    def full(ids: Sequence[int], last: int) -> Tensor:
        real(ids[:1], 1)  # what was appended before the memory ended
        raise out_of_memory(raised) from raised

    backend.forward = full  # type: ignore[method-assign]
    with pytest.raises(OutOfMemory) as caught:
        operation(engine)
    assert "Select less context" in caught.value.hint
    offers_cpu = isinstance(raised, torch.OutOfMemoryError)
    assert ("set device to cpu" in caught.value.hint) == offers_cpu
    assert backend.length == 0
    backend.forward = real  # type: ignore[method-assign]
    assert reason(run(engine, request())[0])
