"""Token ids and token counts from a server, and estimates where it gives none."""

import re
from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import Any

from assistant.engine.server.abilities import Ability, Kind, Server
from assistant.engine.server.connection import Connection
from assistant.engine.server.faults import not_understood

_PIECE = re.compile(r"[A-Za-z]{1,6}|[0-9]|[^\S\n]+(?=[^\w\s])|\n[ \t]*|[^\x00-\x7f]|[^\w\s]{1,2}|_")
_CACHED = 8192


def estimated(text: str) -> int:
    """Tokens of a text, on the safe side: more than byte-pair encodings of code need."""
    return len(_PIECE.findall(text))


class ServerTokens:
    """Counts and encodes with the server's tokenizer. Thread-safe.

    Texts are sent for counting only to servers on this machine: what is counted is more than what
    ends up in a prompt.
    """

    def __init__(self, connection: Connection, server: Server) -> None:
        self._connection = connection
        self._server = server
        self._lock = Lock()
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def count(self, text: str) -> int:
        """Tokens of the text, without those that a chat template adds. Raises ServerFault."""
        if not (self._server.can(Ability.TOKENIZE) and self._server.address.is_local):
            return estimated(text)
        key = sha256(text.encode("utf-8", "replace")).digest()
        with self._lock:
            if key in self._counts:
                self._counts.move_to_end(key)
                return self._counts[key]
        found = len(self.encode(text))
        with self._lock:
            self._counts[key] = found
            while len(self._counts) > _CACHED:
                self._counts.popitem(last=False)
        return found

    def encode(self, text: str, *, controls: bool = False) -> list[int]:
        """Ids of a text; with `controls`, of a rendered template, whose control tokens count.

        Raises ServerFault.
        """
        clean = text.encode("utf-8", "replace").decode("utf-8")
        if self._server.kind is Kind.LLAMA_CPP:
            body = {"content": clean, "parse_special": controls, "add_special": controls}
        else:
            body = {"model": self._server.model, "prompt": clean, "add_special_tokens": False}
        return self._ids(body)

    def encode_chat(self, messages: list[dict[str, str]]) -> list[int]:
        """Ids of messages by vLLM's own rendering, up to the start of the reply."""
        body = {
            "model": self._server.model,
            "messages": messages,
            "add_generation_prompt": True,
            "chat_template_kwargs": {"enable_thinking": False},
        }
        return self._ids(body)

    def _ids(self, body: dict[str, Any]) -> list[int]:
        found = self._connection.post("/tokenize", body)
        ids = found.get("tokens") if isinstance(found, dict) else None
        if not isinstance(ids, list) or not all(isinstance(each, int) for each in ids):
            raise not_understood(self._server.address, str(found))
        return ids
