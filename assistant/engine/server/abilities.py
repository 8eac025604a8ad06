"""What a model server is and can do, as it was asked."""

from dataclasses import dataclass
from enum import Enum

from assistant.engine.server.address import Address


class Kind(Enum):
    """The servers whose own API is used; all others speak OpenAI's chat API."""

    LLAMA_CPP = "llama.cpp"
    VLLM = "vLLM"
    OLLAMA = "Ollama"
    LM_STUDIO = "LM Studio"
    OTHER = "OpenAI-compatible server"


class Ability(Enum):
    """What differs between servers. The value names it in `assistant doctor`."""

    OWN_PROMPT = "prompt of our own"
    TOKENIZE = "tokenizing"
    GRAMMAR = "grammars"
    JSON_SCHEMA = "JSON schemas"
    LOGPROBS = "log-probabilities"
    PROGRESS = "progress of reading"
    INFILL = "fill in the middle"

    @property
    def without(self) -> str:
        """What happens where a server lacks it."""
        return _WITHOUT[self]


_WITHOUT = {
    Ability.OWN_PROMPT: "the chat API is used; a reply that does not begin as asked is asked for "
    "once more",
    Ability.TOKENIZE: "tokens are estimated, on the safe side",
    Ability.GRAMMAR: "replies are checked, and asked for once more when they do not parse",
    Ability.JSON_SCHEMA: "replies are checked, and asked for once more when they do not parse",
    Ability.LOGPROBS: "no confidence is shown",
    Ability.PROGRESS: "only the elapsed time is shown",
    Ability.INFILL: "files are not continued or filled in",
}


@dataclass(frozen=True, slots=True)
class Server:
    """One model of one server."""

    address: Address
    kind: Kind
    model: str
    """The name by which requests ask for the model."""
    models: tuple[str, ...]
    """All that the server has."""
    context_tokens: int
    """Of prompt and reply together; 0 where the server does not tell."""
    abilities: frozenset[Ability]
    slots: int = 1
    """Requests that it works on at the same time."""
    version: str = ""
    loaded_tokens: int = 0
    """Context that the model is loaded with now; 0 where it is not loaded, or the server does not
    tell."""

    def can(self, ability: Ability) -> bool:
        return ability in self.abilities
