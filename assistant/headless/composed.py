"""Prints what a task would send to the model, without sending it."""

import json
from typing import Any

from rich.console import Console
from rich.text import Text

from assistant.credentials.redacting import redacted_document
from assistant.headless.document import FORMAT
from assistant.headless.outcome import Kind
from assistant.prompt.parts import Composition
from assistant.sanitize import sanitize_line
from assistant.solving.request import TaskRequest, Workspace


def show_composition(
    kind: Kind, workspace: Workspace, request: TaskRequest, console: Console, *, as_json: bool
) -> None:
    """Prints the parts of the prompt in order, with tokens and reasons, and what is left out.

    Raises ContextError if the selection cannot be sent.
    """
    from assistant.tasks.previewing import preview

    found = preview(workspace, request, kind.value)
    if as_json:
        document = redacted_document(_document(kind, request, found))
        console.file.write(json.dumps(document, indent=2, ensure_ascii=True) + "\n")
        return
    for part in found.parts:
        detail = f" ({part.detail})" if part.detail else ""
        line = f"{part.tokens:>7,}  {part.name}: {part.reason}{detail}"
        console.print(Text(sanitize_line(line)), soft_wrap=True)
    for name, reason in found.left_out:
        line = f"      -  {name}: not read, {reason}"
        console.print(Text(sanitize_line(line), style="dim"), soft_wrap=True)
    total = (
        f"{found.tokens:,} tokens, {found.used:,} of {found.budget:,} for code. Nothing was sent."
    )
    console.print(Text(total, style="bold"), soft_wrap=True)


def _document(kind: Kind, request: TaskRequest, found: Composition) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": kind.value,
        "task": request.task,
        "tokens": found.tokens,
        "code_tokens": found.used,
        "budget": found.budget,
        "parts": [
            {
                "name": part.name,
                "path": part.path or None,
                "tokens": part.tokens,
                "reason": part.reason,
                "detail": part.detail,
                "text": part.text,
            }
            for part in found.parts
        ],
        "left_out": [{"name": name, "reason": reason} for name, reason in found.left_out],
    }
