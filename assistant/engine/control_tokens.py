"""Builds a tokenizer that never produces control tokens: they get names that no text can contain.

There are two ways to the same result. `renamed` parses the whole tokenizer;
`renamed_beside_vocabulary` skips the vocabulary, which is all but a few kilobytes of the file. The
fast path verifies its result and returns None when it is not certain.
"""

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

from tokenizers import Tokenizer

Added = dict[int, dict[str, Any]]
"""Added tokens, beyond the model's vocabulary, as published; by id."""

_CONTROL = re.compile(r"<.+>|\[[A-Z_]+\]", re.DOTALL)
_READ = ("added_tokens", "pre_tokenizer")


def is_control(added: dict[str, Any]) -> bool:
    """Whether an added token is flagged special or is spelled like a control token."""
    return bool(added.get("special")) or _CONTROL.fullmatch(str(added["content"])) is not None


def renamed(tokenizer_json: str) -> tuple[Tokenizer, Added]:
    """The tokenizer without control tokens, and the added tokens as published.

    Raises whatever json, tokenizers and an invalid tokenizer raise.
    """
    spec = json.loads(tokenizer_json)
    vocabulary = spec["model"]["vocab"]
    words = set(vocabulary if isinstance(vocabulary, dict) else (each[0] for each in vocabulary))
    changed = _without_controls(spec, words.__contains__)
    return Tokenizer.from_str(json.dumps(changed)), _by_number(spec)


def renamed_beside_vocabulary(tokenizer_json: str) -> tuple[Tokenizer, Added] | None:
    """As `renamed`, in half the time, for a file that ends with the model.

    None where the file is laid out differently, or where the result fails verification.
    """
    try:
        spec, start = _before_model(tokenizer_json)
        # A key may occur twice, and the second occurrence then counts.
        if any(key not in spec or tokenizer_json.find(f'"{key}"', start) >= 0 for key in _READ):
            return None
        added = _by_number(spec)
        changed = _without_controls(
            spec, lambda word: tokenizer_json.find(_quoted(word), start) >= 0
        )
        tokenizer = Tokenizer.from_str(f"{json.dumps(changed)[:-1]}, {tokenizer_json[start:]}")
        return (tokenizer, added) if _is_verified(tokenizer, added, changed) else None
    except Exception:  # noqa: BLE001 - tokenizers raises it; `renamed` reports what is wrong
        return None


def _before_model(text: str) -> tuple[dict[str, Any], int]:
    """The values that precede the model, and the offset of its key.

    Raises ValueError when the text is not an object with a model.
    """
    decoder = json.JSONDecoder()
    values: dict[str, Any] = {}
    at = _after("{", text, 0)
    while True:
        start = at
        key, at = decoder.raw_decode(text, at)
        if key == "model":
            return values, start
        values[key], at = decoder.raw_decode(text, _after(":", text, at))
        at = _after(",", text, at)


def _after(sign: str, text: str, at: int) -> int:
    """Offset after a sign and the white space on both sides of it."""
    match = re.compile(rf"\s*{re.escape(sign)}\s*").match(text, at)
    if match is None:
        raise ValueError(f"no {sign!r} at character {at}")
    return match.end()


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def _without_controls(spec: dict[str, Any], in_model: Callable[[str], bool]) -> dict[str, Any]:
    """The tokenizer with unguessable names for its control tokens.

    Renaming keeps the ids of the other tokens; dropping would not. A control token that is also in
    the model's vocabulary can be dropped, because its id is fixed there.
    """
    kept = []
    for added in spec.get("added_tokens") or ():
        if not is_control(added):
            kept.append(added)
        elif not in_model(added["content"]):
            name = f"\ue000{secrets.token_hex(16)}\ue000"
            kept.append({**added, "content": name, "normalized": False})
    return _without_first_space({**spec, "added_tokens": kept})


def _without_first_space(spec: dict[str, Any]) -> dict[str, Any]:
    """Text is encoded in pieces, so the space that some models prepend to a whole text is turned
    off.
    """
    parts = [spec.get("pre_tokenizer")]
    if parts[0] and parts[0].get("type") == "Sequence":
        parts = parts[0]["pretokenizers"]
    for part in parts:
        if part and part.get("prepend_scheme") == "first":
            part["prepend_scheme"] = "never"
    return spec


def _is_verified(tokenizer: Tokenizer, added: Added, changed: dict[str, Any]) -> bool:
    """Whether exactly the expected tokens were added and no text yields a control token."""
    found = {n: token.content for n, token in tokenizer.get_added_tokens_decoder().items()}
    kept = {int(each["id"]): each["content"] for each in changed["added_tokens"]}
    controls = {number: each["content"] for number, each in added.items() if is_control(each)}
    # The original name resolves to an id only through the model's vocabulary.
    return found == kept and all(
        tokenizer.token_to_id(content) == (None if number in kept else number)
        for number, content in controls.items()
    )


def _by_number(spec: dict[str, Any]) -> Added:
    return {int(each["id"]): each for each in spec.get("added_tokens") or ()}
