"""Small edits to units of 20 to 60 lines, selected by rule.

From rows of the development sets whose only selected Python file has a function or class of that
length: its longest such unit, with the row's task as the edit; rows with the longest units first.
From the standard library: one function of that length per module, with a rename of its most used
local variable.
"""

import ast
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.context.bundle import Context, ContextFile, TokenCounter
from assistant.context.render import render_file
from assistant.engine.base import Message, Request, Sampling
from assistant.evaluation.dataset import read_tasks
from assistant.prompt.builder import (
    closing_fence,
    opening_fence,
    rewrite_messages,
    stable_messages,
)
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, unit_text
from assistant.solving.drawing import LEAST_ANSWER
from assistant.solving.prompts import SHORT_CONTEXT

SHORTEST, LONGEST = 20, 60
MODULES = (
    "argparse", "ast", "bisect", "calendar", "configparser", "csv", "dataclasses", "difflib",
    "enum", "fractions", "functools", "gettext", "heapq", "imaplib", "inspect", "locale", "netrc",
    "optparse", "pathlib", "pprint", "queue", "random", "sched", "shlex", "shutil", "smtplib",
    "statistics", "string", "tarfile", "textwrap", "tokenize", "uuid", "zipfile",
)  # fmt: skip


@dataclass(frozen=True)
class EditTask:
    id: str
    path: str
    text: str
    """What is in context: the file or, if it is long, the unit alone."""
    unit: Unit
    task: str

    @property
    def code(self) -> str:
        return unit_text(self.text, self.unit)

    def request(self, counter: TokenCounter) -> tuple[Request, tuple[Message, ...]]:
        """The greedy request as `tasks.rewrite` builds it, and its stable part, which can be
        prefilled.
        """
        file = ContextFile(self.path, self.text, (self.unit,), 0)
        tokens = counter.count(render_file(file))
        context = Context((file,), "", 0, tokens, 0)
        messages = rewrite_messages(
            context,
            self.task,
            file,
            name=self.unit.name,
            current=self.code if tokens > SHORT_CONTEXT else "",
        )
        most = 2 * counter.count(self.code) + LEAST_ANSWER
        request = Request(
            messages,
            opening=opening_fence(self.path, self.code),
            samplings=(Sampling(max_tokens=most, stop=(closing_fence(self.code),)),),
            draft=self.code,
        )
        return request, stable_messages(context)


def from_rows(files: Sequence[Path], count: int) -> list[EditTask]:
    found = [each for file in files for each in _rows(file)]
    found.sort(key=lambda task: (-_lines(task.unit), task.id))
    return found[:count]


def from_library(count: int) -> list[EditTask]:
    """At most one function per module, the longest that fits, with nothing else in context."""
    return list(_library())[:count]


def _rows(file: Path) -> Iterator[EditTask]:
    for row in read_tasks(file):
        paths = [path for path in row.selected if path.endswith(".py") and path in row.files]
        if len(paths) != 1 or len(row.selected) != 1:
            continue
        text = row.files[paths[0]]
        if units := _fitting(paths[0], text):
            unit = max(units, key=_lines)
            yield EditTask(row.id, paths[0], text, unit, row.task)


def _library() -> Iterator[EditTask]:
    folder = Path(sysconfig.get_paths()["stdlib"])
    for name in MODULES:
        path = next(p for p in (folder / f"{name}.py", folder / name / "__init__.py") if p.exists())
        text = path.read_text(encoding="utf-8")
        for unit in sorted(_fitting(path.name, text), key=_lines, reverse=True):
            code = unit_text(text, unit)
            if not code.startswith("def ") or not (local := _busiest(code)):
                continue
            (alone,) = (u for u in units_of(text_file(path.name, code.encode())) if
                        u.name == unit.name)  # fmt: skip
            change = f"Rename the local variable `{local}` to `{local}_value` everywhere."
            yield EditTask(f"{name}.{unit.name}", path.name, code, alone, change)
            break


def _busiest(code: str) -> str:
    """The local name assigned and used most; empty if there is none."""
    tree = ast.parse(code)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    outer = {n for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal)
             for n in node.names}  # fmt: skip
    uses = Counter(node.id for node in names if node.id in assigned - outer)
    return max(uses, key=lambda name: (uses[name], name)) if uses else ""


def _fitting(path: str, text: str) -> list[Unit]:
    try:
        ast.parse(text)
    except SyntaxError:
        return []
    kinds = ("function", "method", "class")
    units = units_of(text_file(path, text.encode()))
    return [
        unit for unit in units if unit.kind.value in kinds and SHORTEST <= _lines(unit) <= LONGEST
    ]


def _lines(unit: Unit) -> int:
    return unit.end - unit.start + 1
