"""Asks a server what it is and what it can do. No code is sent for that.

Sources: the READMEs and API references of llama.cpp's server, vLLM, Ollama and LM Studio.
"""

from collections.abc import Sequence
from typing import Any

from assistant.engine.server.abilities import Ability, Kind, Server
from assistant.engine.server.connection import Connection
from assistant.engine.server.faults import NotUnderstood, ServerFault, not_understood
from assistant.errors import ModelError

_OLLAMA_LOGPROBS = (0, 12, 11)
"""The first version of Ollama with log-probabilities."""


def probe(connection: Connection, model: str = "") -> Server:
    """The server behind a connection, with `model` or the one it has.

    Raises ServerFault when it does not answer as a model server, and ModelError when it does not
    have the model, or has several and none is named.
    """
    for ask in (_llama, _ollama, _lm_studio):
        if (found := ask(connection, model)) is not None:
            return found
    return _vllm_or_other(connection, model)


def identify(connection: Connection) -> tuple[Kind, tuple[str, ...]]:
    """What kind of server answers, and its models; asks for nothing that needs a model.

    Raises ServerFault.
    """
    if isinstance(_asked(connection, "/props").get("default_generation_settings"), dict):
        return Kind.LLAMA_CPP, tuple(_models(connection))
    if _asked(connection, "/api/version").get("version"):
        rows = _asked(connection, "/api/tags").get("models")
        names = (each.get("name") for each in rows or () if isinstance(each, dict))
        return Kind.OLLAMA, tuple(str(name) for name in names if name)
    rows = _asked(connection, "/api/v0/models").get("data")
    if isinstance(rows, list):
        return Kind.LM_STUDIO, tuple(str(each["id"]) for each in rows if "id" in each)
    listed = _models(connection)
    is_vllm = any(row.get("owned_by") == "vllm" for row in listed.values())
    return Kind.VLLM if is_vllm else Kind.OTHER, tuple(listed)


def _llama(connection: Connection, model: str) -> Server | None:
    props = _asked(connection, "/props")
    settings = props.get("default_generation_settings")
    if not isinstance(settings, dict):
        return None
    listed = _models(connection)
    abilities = {Ability.OWN_PROMPT, Ability.TOKENIZE, Ability.GRAMMAR, Ability.JSON_SCHEMA}
    abilities |= {Ability.LOGPROBS, Ability.PROGRESS}
    if _has_infill_tokens(connection):
        abilities.add(Ability.INFILL)
    return Server(
        connection.address,
        Kind.LLAMA_CPP,
        _chosen(connection, listed, model),
        tuple(listed),
        _count(settings.get("n_ctx")),
        frozenset(abilities),
        slots=_count(props.get("total_slots")) or 1,
        version=str(props.get("build_info", "")),
    )


def _has_infill_tokens(connection: Connection) -> bool:
    found = connection.post("/tokenize", {"content": "<|fim_prefix|>", "parse_special": True})
    return isinstance(found, dict) and len(found.get("tokens", ())) == 1


def _ollama(connection: Connection, model: str) -> Server | None:
    version = _asked(connection, "/api/version").get("version")
    tags = _asked(connection, "/api/tags").get("models") if version else None
    if not isinstance(tags, list):
        return None
    listed = [str(each["name"]) for each in tags if isinstance(each, dict) and "name" in each]
    loaded = {
        str(each["name"]): _count(each.get("context_length"))
        for each in _asked(connection, "/api/ps").get("models") or ()
        if isinstance(each, dict) and "name" in each
    }
    named = f"{model}:latest" if model and f"{model}:latest" in listed else model
    name = _chosen(connection, listed, named or next(iter(loaded), ""))
    about = connection.post("/api/show", {"model": name})
    facts = about.get("model_info") if isinstance(about, dict) else None
    window = next(
        (
            _count(value)
            for key, value in (facts or {}).items()
            if str(key).endswith(".context_length")
        ),
        0,
    )
    abilities = {Ability.JSON_SCHEMA}
    if _numbers(str(version)) >= _OLLAMA_LOGPROBS:
        abilities.add(Ability.LOGPROBS)
    return Server(
        connection.address,
        Kind.OLLAMA,
        name,
        tuple(listed),
        window,
        frozenset(abilities),
        version=str(version),
        loaded_tokens=loaded.get(name, 0),
    )


def _lm_studio(connection: Connection, model: str) -> Server | None:
    rows = _asked(connection, "/api/v0/models").get("data")
    if not isinstance(rows, list):
        return None
    told = {
        str(row["id"]): row
        for row in rows
        if isinstance(row, dict) and "id" in row and row.get("type") in ("llm", "vlm", None)
    }
    loaded = [name for name, row in told.items() if row.get("state") == "loaded"]
    name = _chosen(connection, list(told), model or (loaded[0] if len(loaded) == 1 else ""))
    row = told.get(name, {})
    now = _count(row.get("loaded_context_length"))
    window = now or _count(row.get("max_context_length"))
    abilities = {Ability.JSON_SCHEMA}
    if tells_logprobs(connection, name):
        abilities.add(Ability.LOGPROBS)
    return Server(
        connection.address,
        Kind.LM_STUDIO,
        name,
        tuple(told),
        window,
        frozenset(abilities),
        loaded_tokens=now,
    )


def _vllm_or_other(connection: Connection, model: str) -> Server:
    listed = _models(connection)
    name = _chosen(connection, listed, model)
    row = listed.get(name, {})
    window = _count(row.get("max_model_len"))
    if row.get("owned_by") == "vllm" or (window and _tokenizes(connection, name)):
        abilities = {Ability.OWN_PROMPT, Ability.TOKENIZE, Ability.GRAMMAR, Ability.JSON_SCHEMA}
        version = str(_asked(connection, "/version").get("version", ""))
        return Server(
            connection.address,
            Kind.VLLM,
            name,
            tuple(listed),
            window,
            frozenset({*abilities, Ability.LOGPROBS}),
            slots=8,  # it batches what comes; more at once would only compete for its cache
            version=version,
        )
    abilities = {Ability.LOGPROBS} if tells_logprobs(connection, name) else set()
    context = _count(row.get("context_length")) or window
    return Server(
        connection.address, Kind.OTHER, name, tuple(listed), context, frozenset(abilities)
    )


def _tokenizes(connection: Connection, model: str) -> bool:
    try:
        found = connection.post("/tokenize", {"model": model, "prompt": "a"})
    except ServerFault:
        return False
    return isinstance(found, dict) and isinstance(found.get("tokens"), list)


def tells_logprobs(connection: Connection, model: str) -> bool:
    """Whether the chat API gives log-probabilities: asked with a reply of one token."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": "Say OK."}],
        "max_tokens": 1,
        "logprobs": True,
        "top_logprobs": 1,
    }
    try:
        found = connection.post("/v1/chat/completions", body)
        choice = found["choices"][0]
    except (ServerFault, KeyError, IndexError, TypeError):
        return False
    told = choice.get("logprobs") if isinstance(choice, dict) else None
    return isinstance(told, dict) and bool(told.get("content"))


def _models(connection: Connection) -> dict[str, dict[str, Any]]:
    """The rows of `/v1/models` by name."""
    found = connection.get("/v1/models")
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise not_understood(connection.address, str(found))
    return {str(row["id"]): row for row in rows if isinstance(row, dict) and "id" in row}


def _chosen(connection: Connection, listed: Sequence[str] | dict[str, Any], wanted: str) -> str:
    names = list(listed)
    if wanted in names:
        return wanted
    where = connection.address.text
    some = ", ".join(names[:8]) or "none"
    if wanted:
        raise ModelError(
            f"{where} has no model {wanted!r}.", hint=f"It has: {some}. Name one with --model."
        )
    if len(names) != 1:
        raise ModelError(
            f"{where} has {len(names) or 'no'} models, and none was named.",
            hint=f"Name one with --model: {some}." if names else "Load a model there first.",
        )
    return names[0]


def _asked(connection: Connection, path: str) -> dict[str, Any]:
    """The answer of a path that only some servers have; empty where it has none.

    Raises ServerFault where no server answers, or it refuses to.
    """
    try:
        found = connection.get(path)
    except NotUnderstood:
        return {}  # a page that is not JSON
    except ServerFault as fault:
        if fault.status in (0, 401, 403, 429, 500, 502, 503, 504):
            raise
        return {}
    return found if isinstance(found, dict) else {}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split("-")[0].split(".")
    return tuple(int(part) if part.isdigit() else 0 for part in parts)
