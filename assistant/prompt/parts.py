"""Lists what a prompt is made of, in its order: for people who want to see what the model reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.context.bundle import Context, ContextFile, Selected, TokenCounter, covers
from assistant.context.describing import amount
from assistant.context.render import render_file
from assistant.prompt.builder import stable_messages
from assistant.prompt.conversation import Exchange


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    """The path of a file, else what it is: instructions, outline, earlier question, task."""
    tokens: int
    reason: str
    """Why it is there."""
    text: str
    """As the model reads it."""
    path: str = ""
    """Of a file."""
    detail: str = ""
    """How much of a file is there."""
    cached: int = 0
    """Tokens that need not be read again."""


@dataclass(frozen=True, slots=True)
class Composition:
    """A prompt in parts, and what is not in it."""

    parts: tuple[Part, ...]
    budget: int
    """Most tokens of files and outline."""
    used: int = 0
    """Tokens of files and outline."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Paths or labels of what is not read, each with the reason."""
    sent: int = 0
    """Tokens that were sent, with the template of the chat; 0 before."""

    @property
    def tokens(self) -> int:
        """Tokens of all parts."""
        return sum(part.tokens for part in self.parts)

    @property
    def cached(self) -> int:
        return sum(part.cached for part in self.parts)


def composition(
    context: Context,
    task: str,
    earlier: Sequence[Exchange],
    selection: Sequence[Selected],
    counter: TokenCounter,
) -> Composition:
    """The parts of a prompt about a context. The wording around the task is not among them."""
    system = stable_messages(context)[0].content
    parts = [Part("instructions", 0, "the same for every task", system)]
    if context.outline:
        reason = "signatures of other code that is near"
        parts.append(Part("outline", context.outline_tokens, reason, context.outline))
    parts += [_file_part(context, file, selection) for file in context.files]
    for exchange in earlier:
        text = f"{exchange.question}\n\n{exchange.answer}"
        parts.append(Part("earlier question", 0, "asked before in this session", text))
    if task.strip():
        parts.append(Part("task", 0, "what you typed", task.strip()))
    counted = tuple(replace(p, tokens=p.tokens or counter.count(p.text)) for p in parts)
    return Composition(counted, context.budget, context.tokens, _left_out(context, selection))


def with_cached(found: Composition, tokens: int) -> Composition:
    """The composition whose first `tokens` tokens need not be read again."""
    parts, left = [], tokens
    for part in found.parts:
        parts.append(replace(part, cached=max(0, min(left, part.tokens))))
        left -= part.tokens
    return replace(found, parts=tuple(parts))


def common_tokens(found: Composition, before: Composition | None) -> int:
    """Tokens of the first parts that are the same as those of an earlier prompt."""
    count = 0
    for part, other in zip(found.parts, before.parts if before else (), strict=False):
        if part.text != other.text:
            break
        count += part.tokens
    return count


def _file_part(context: Context, file: ContextFile, selection: Sequence[Selected]) -> Part:
    units = [item.unit for item in selection if item.path == file.path and item.unit]
    if units:
        reason = f"you selected {', '.join(units)}"
    elif any(item.path == file.path for item in selection):
        reason = "you selected it"
    elif covers([item.path for item in selection], file.path):
        reason = "in a folder that you selected"
    else:
        reason = context.reason(file.path) or "chosen for the task"
    names = [*file.shown, *(f"{name} (its beginning)" for name in file.begun)]
    detail = amount(file) + (f" · {', '.join(names)}" if names else "")
    return Part(file.path, file.tokens, reason, render_file(file), file.path, detail)


def _left_out(context: Context, selection: Sequence[Selected]) -> tuple[tuple[str, str], ...]:
    found = [(path, "selected, but there is no room for it") for path in context.unread]
    found += [(label, "less relevant, and there is no room") for label in context.left_out]
    selected = {item.path for item in selection if not item.unit}
    for file in context.files:
        if file.path in selected and not file.whole:
            found.append((file.path, f"in part: {amount(file)}"))
    return tuple(found)
