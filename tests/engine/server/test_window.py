"""How many tokens prompt and answer may take on a model server."""

import pytest

from assistant.engine.server.abilities import Kind, Server
from assistant.engine.server.address import Address
from assistant.engine.server.diagnosis import server_rows
from assistant.engine.server.window import MOST_UNASKED, server_window
from assistant.settings import CPU_WINDOW

HERE = Address("http", "127.0.0.1", 8080)


def server(kind: Kind, known: int, loaded: int = 0) -> Server:
    return Server(HERE, kind, "m", ("m",), known, frozenset(), loaded_tokens=loaded)


CASES = [
    (Kind.LLAMA_CPP, 4096, 0, 4096),
    (Kind.LLAMA_CPP, 24_000, 0, 24_000),
    (Kind.VLLM, 262_144, 0, MOST_UNASKED),
    (Kind.OTHER, 1_000_000, 0, MOST_UNASKED),
    (Kind.OTHER, 0, 0, CPU_WINDOW),
    (Kind.OLLAMA, 131_072, 0, CPU_WINDOW),
    (Kind.OLLAMA, 131_072, 16_384, 16_384),
    (Kind.OLLAMA, 131_072, 131_072, MOST_UNASKED),
    (Kind.OLLAMA, 2048, 0, 2048),
    (Kind.LM_STUDIO, 131_072, 0, CPU_WINDOW),
    (Kind.LM_STUDIO, 20_000, 20_000, 20_000),
]


@pytest.mark.parametrize(("kind", "known", "loaded", "expected"), CASES)
def test_a_server_has_its_own_window(kind: Kind, known: int, loaded: int, expected: int) -> None:
    assert server_window(server(kind, known, loaded), 0) == expected


@pytest.mark.parametrize(("kind", "known", "loaded", "expected"), CASES)
def test_a_number_in_the_settings_is_the_limit(
    kind: Kind, known: int, loaded: int, expected: int
) -> None:
    asked = server(kind, known, loaded)
    assert server_window(asked, 1000) == 1000
    assert server_window(asked, 100_000) == min(100_000, known or 100_000)


def shown(known: int, window: int) -> tuple[str, str]:
    rows = server_rows(server(Kind.VLLM, known), window)
    row = next(row for row in rows if row.name == "context")
    return row.value, row.hint


def test_doctor_says_what_is_used_and_what_there_is() -> None:
    assert shown(4096, 4096) == ("4,096 tokens", "")
    value, hint = shown(262_144, 32_768)
    assert (value, "262,144; raise context_tokens" in hint) == ("32,768 tokens", True)
    value, hint = shown(0, 8192)
    assert (value, "does not tell" in hint) == ("8,192 tokens assumed", True)
