"""Owns the tokenizer that cannot make control tokens: theirs are renamed to what no text can guess.

Two ways to the same: one reads the whole tokenizer, the other leaves the vocabulary, which is all
but a few kilobytes of it, unread. The second looks at what came out, and gives nothing where it
would not be sure.
"""

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

from tokenizers import Tokenizer

Added = dict[int, dict[str, Any]]
"""The tokens beside the vocabulary, as the publisher wrote them, by their numbers."""

_CONTROL = re.compile(r"<.+>|\[[A-Z_]+\]", re.DOTALL)
_READ = ("added_tokens", "pre_tokenizer")


def is_control(added: dict[str, Any]) -> bool:
    return bool(added.get("special")) or _CONTROL.fullmatch(str(added["content"])) is not None


def renamed(tokenizer_json: str) -> tuple[Tokenizer, Added]:
    """The tokenizer without control tokens, and what its publisher had added.

    Raises whatever json, tokenizers and a damaged tokenizer raise.
    """
    spec = json.loads(tokenizer_json)
    vocabulary = spec["model"]["vocab"]
    words = set(vocabulary if isinstance(vocabulary, dict) else (each[0] for each in vocabulary))
    changed = _without_controls(spec, words.__contains__)
    return Tokenizer.from_str(json.dumps(changed)), _by_number(spec)


def renamed_beside_vocabulary(tokenizer_json: str) -> tuple[Tokenizer, Added] | None:
    """The same as `renamed`, in half the time, for a text that ends with the model.

    None where the text is laid out otherwise, or where what came out is not what was meant.
    """
    try:
        spec, start = _before_model(tokenizer_json)
        # A tokenizer may hold a key twice, and then mean the second.
        if any(key not in spec or tokenizer_json.find(f'"{key}"', start) >= 0 for key in _READ):
            return None
        added = _by_number(spec)
        changed = _without_controls(
            spec, lambda word: tokenizer_json.find(_quoted(word), start) >= 0
        )
        tokenizer = Tokenizer.from_str(f"{json.dumps(changed)[:-1]}, {tokenizer_json[start:]}")
        return (tokenizer, added) if _as_meant(tokenizer, added, changed) else None
    except Exception:  # noqa: BLE001 - tokenizers raises that; the other way says what is wrong
        return None


def _before_model(text: str) -> tuple[dict[str, Any], int]:
    """The values that stand before the model, and where its key begins.

    Raises ValueError when the text is no object with a model.
    """
    decoder = json.JSONDecoder()
    values: dict[str, Any] = {}
    at = _behind("{", text, 0)
    while True:
        start = at
        key, at = decoder.raw_decode(text, at)
        if key == "model":
            return values, start
        values[key], at = decoder.raw_decode(text, _behind(":", text, at))
        at = _behind(",", text, at)


def _behind(sign: str, text: str, at: int) -> int:
    """Where the next thing begins behind a sign, and white space on either side of it."""
    match = re.compile(rf"\s*{re.escape(sign)}\s*").match(text, at)
    if match is None:
        raise ValueError(f"no {sign!r} at character {at}")
    return match.end()


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def _without_controls(spec: dict[str, Any], in_model: Callable[[str], bool]) -> dict[str, Any]:
    """The tokenizer with names for its control tokens that no text can guess.

    Renaming instead of dropping keeps the numbers of the others. One that is also in the model's
    own vocabulary can be dropped: its number is fixed there.
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
    """Text is encoded in pieces: only a whole prompt would begin with the space some models add."""
    parts = [spec.get("pre_tokenizer")]
    if parts[0] and parts[0].get("type") == "Sequence":
        parts = parts[0]["pretokenizers"]
    for part in parts:
        if part and part.get("prepend_scheme") == "first":
            part["prepend_scheme"] = "never"
    return spec


def _as_meant(tokenizer: Tokenizer, added: Added, changed: dict[str, Any]) -> bool:
    """Whether exactly these tokens are beside the vocabulary, and no other text makes a control."""
    found = {n: token.content for n, token in tokenizer.get_added_tokens_decoder().items()}
    kept = {int(each["id"]): each["content"] for each in changed["added_tokens"]}
    controls = {number: each["content"] for number, each in added.items() if is_control(each)}
    # A number is found under the control's own name only in the model's vocabulary.
    return found == kept and all(
        tokenizer.token_to_id(content) == (None if number in kept else number)
        for number, content in controls.items()
    )


def _by_number(spec: dict[str, Any]) -> Added:
    return {int(each["id"]): each for each in spec.get("added_tokens") or ()}
