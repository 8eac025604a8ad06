"""Rows for `assistant doctor`: what the chosen server can do, and the servers on this machine."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from assistant.engine.server.abilities import Ability, Kind, Server
from assistant.engine.server.address import Address
from assistant.engine.server.connection import Connection
from assistant.engine.server.probing import identify
from assistant.errors import AssistantError
from assistant.models.doctor import Row

USUAL_PORTS = (11434, 1234, 8080, 8000)
"""Of Ollama, LM Studio, llama.cpp and vLLM."""

_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A server that answers on this machine."""

    address: Address
    kind: Kind
    models: tuple[str, ...]


def find_servers(ports: Sequence[int] | None = None) -> tuple[Found, ...]:
    """Servers on these ports of the loopback address, or on the usual ones; asks only what they
    are."""
    ports = USUAL_PORTS if ports is None else ports
    with ThreadPoolExecutor(len(ports) or 1) as pool:
        return tuple(found for found in pool.map(_found, ports) if found is not None)


def _found(port: int) -> Found | None:
    address = Address("http", "127.0.0.1", port)
    connection = Connection(address, connect_seconds=_SECONDS, answer_seconds=_SECONDS)
    try:
        kind, models = identify(connection)
    except AssistantError:
        return None
    return Found(address, kind, models)


def found_rows(found: Sequence[Found]) -> Iterator[Row]:
    """Servers that could be used, and how."""
    for each in found:
        models = ", ".join(each.models[:4]) + (", ..." if len(each.models) > 4 else "")
        value = f"{each.kind.value}: {models or 'no model'}"
        hint = f"Use it with --engine {each.address.text}"
        yield Row("servers on this machine", each.address.text, value, "ok", hint)
    if not found:
        ports = ", ".join(map(str, USUAL_PORTS))
        yield Row("servers on this machine", "none", f"nothing on the ports {ports}")


def server_rows(server: Server, window: int) -> Iterator[Row]:
    """The chosen server; `window` is how many tokens prompt and answer may take there."""
    where = "on this machine" if server.address.is_local else "not on this machine"
    version = f" {server.version}" if server.version else ""
    yield Row("server", "address", server.address.text, "ok", f"Prompts go there; it is {where}.")
    yield Row("server", "kind", f"{server.kind.value}{version}")
    others = [name for name in server.models if name != server.model]
    hint = f"It also has: {', '.join(others[:8])}." if others else ""
    yield Row("server", "model", server.model, "ok", hint)
    yield _context(server, window)
    yield Row("server", "requests at a time", str(server.slots))
    for ability in Ability:
        if server.can(ability):
            yield Row("server", ability.value, "yes")
        else:
            yield Row("server", ability.value, "no", "note", f"Without: {ability.without}.")


def _context(server: Server, window: int) -> Row:
    known = server.context_tokens
    if not known:
        hint = "The server does not tell its context; set context_tokens to it, or to less."
        return Row("server", "context", f"{window:,} tokens assumed", "note", hint)
    if known > window:
        hint = f"It could take {known:,}; raise context_tokens to use more."
        return Row("server", "context", f"{window:,} tokens", "ok", hint)
    return Row("server", "context", f"{known:,} tokens")
