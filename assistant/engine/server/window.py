"""The window on a model server: how many tokens prompt and answer may take together."""

from assistant.engine.server.abilities import Kind, Server
from assistant.settings import CPU_WINDOW

MOST_UNASKED = 32_768
"""Default limit on the window of a server, in tokens. A server does not report its prefill
speed, and on a CPU even this many tokens take minutes."""

_LOADS_ON_DEMAND = (Kind.OLLAMA, Kind.LM_STUDIO)
"""Servers that load a model with less than it can take, unless it is loaded with more already."""


def server_window(server: Server, wanted: int) -> int:
    """Tokens that prompt and answer may take on a server.

    `wanted`, the number in the settings, is the limit; with 0 it is the server's own context, up to
    MOST_UNASKED. Where the server does not tell its context, or would have to load the model again
    for more, it is CPU_WINDOW.
    """
    known = server.context_tokens
    if wanted:
        return min(wanted, known or wanted)
    if not known:
        return CPU_WINDOW
    if server.kind in _LOADS_ON_DEMAND:
        known = min(known, server.loaded_tokens or CPU_WINDOW)
    return min(known, MOST_UNASKED)
