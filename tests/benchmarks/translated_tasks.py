"""Measures how tasks in German and Chinese find their files, against the same tasks in English.

    python -m tests.benchmarks.translated_tasks REALEDIT.jsonl REALPLAN.jsonl

The rows come from real commits (evals/README.md): the task is the first line of a commit's message,
here translated by hand. Prints how often a source file that the commit changed is first, and is at
all, among the files (five at most) that are read for the task. No model is involved.
"""

import argparse
import json
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from assistant.context.choosing import choose
from assistant.repo.git import Repository
from assistant.repo.paths import is_test_path

ROOM = 100_000
"""Tokens: all files fit."""
LANGUAGES = ("English", "German", "Chinese")
TASKS: dict[str, tuple[str, str, str]] = {
    "edit/lark/f68e3534": (
        "Support match on tree",
        "match auf Tree unterstützen",
        "支持对 Tree 使用 match 模式匹配",
    ),
    "edit/jinja/7232b824": (
        "Fix pickle/copy support for the `missing` singleton",
        "Pickle und copy für das Singleton `missing` reparieren",
        "修复 `missing` 单例的 pickle/copy 支持",
    ),
    "edit/structlog/0eef50d9": (
        "stdlib: Add snake_case shims for isEnabledFor & getEffectiveLevel",
        "stdlib: Aliase in snake_case für isEnabledFor und getEffectiveLevel hinzufügen",
        "stdlib：为 isEnabledFor 和 getEffectiveLevel 添加 snake_case 别名",
    ),
    "edit/structlog/3763c623": (
        "Add name attribute to BytesLogger",
        "Dem BytesLogger ein Attribut name geben",
        "给 BytesLogger 添加 name 属性",
    ),
    "edit/structlog/ad85c52d": (
        "dev: add event_key and timestamp_key properties",
        "dev: Properties event_key und timestamp_key hinzufügen",
        "dev：添加 event_key 和 timestamp_key 属性",
    ),
    "edit/attrs/0f758fe5": (
        "Expose converter as a decorator",
        "converter als Dekorator anbieten",
        "把 converter 作为装饰器提供",
    ),
    "edit/attrs/48b8611c": (
        "Add instance support to attrs.fields()",
        "attrs.fields() soll auch Instanzen annehmen",
        "让 attrs.fields() 支持实例",
    ),
    "edit/attrs/a572c3a4": (
        "Allow field(on_setattr=NO_OP) on frozen classes",
        "field(on_setattr=NO_OP) bei eingefrorenen (frozen) Klassen erlauben",
        "允许在冻结（frozen）类上使用 field(on_setattr=NO_OP)",
    ),
    "plan/lark/0978b724": (
        "scan: Add LineCounter.advance_to(text, pos) for better performance + minor fixes",
        "scan: Für mehr Tempo LineCounter.advance_to(text, pos) hinzufügen, kleine Korrekturen",
        "scan：添加 LineCounter.advance_to(text, pos) 以提高性能，并做小修复",
    ),
    "plan/lark/f65f88e3": (
        "scan(): search start terminals directly so ignored spans aren't skipped",
        "scan(): Start-Terminale direkt suchen, damit ignorierte Stellen nicht übersprungen werden",
        "scan()：直接搜索起始终结符，避免跳过被忽略的区间",
    ),
    "plan/rich/60b064a7": (
        "fix for infinite loop in split_graphemes",
        "Endlosschleife in split_graphemes beheben",
        "修复 split_graphemes 中的死循环",
    ),
    "plan/rich/1c5e03eb": (
        "fix for padding width",
        "Breite von padding korrigieren",
        "修复 padding 的宽度",
    ),
    "plan/jinja/065334d1": (
        "attr filter uses env.getattr",
        "Der Filter attr benutzt env.getattr",
        "attr 过滤器使用 env.getattr",
    ),
    "plan/werkzeug/da9d4724": (
        "parse plain int in a few more inputs",
        "einfache ganze Zahlen (plain int) in weiteren Eingaben parsen",
        "在更多输入中解析普通整数 (plain int)",
    ),
    "plan/werkzeug/a852be7a": (
        "use secrets.token_urlsafe for salt",
        "für das Salz (salt) secrets.token_urlsafe benutzen",
        "盐值 (salt) 使用 secrets.token_urlsafe",
    ),
    "plan/werkzeug/8e9105fb": (
        "if-range discards weak etag",
        "if-range verwirft schwache ETags",
        "if-range 丢弃弱 etag",
    ),
    "plan/structlog/c6e7cad1": (
        "Correctly unpickle WriteLogger",
        "WriteLogger richtig entpickeln",
        "正确地反序列化（unpickle）WriteLogger",
    ),
    "plan/cachetools/330f1478": (
        "Add efficient clear() method to Cache, LRUCache, and LFUCache.",
        "Cache, LRUCache und LFUCache eine schnelle Methode clear() geben.",
        "为 Cache、LRUCache 和 LFUCache 添加高效的 clear() 方法。",
    ),
    "plan/attrs/f53fc544": (
        "Stop evolve dunders from being modified",
        "evolve soll Dunder-Namen nicht mehr verändern",
        "不要让 evolve 修改双下划线（dunder）名称",
    ),
    "plan/attrs/5aa76a44": (
        "Add `ne` validator",
        "Validator `ne` hinzufügen",
        "添加 `ne` 校验器",
    ),
}
"""By the kind of the row and its id: the task in each of LANGUAGES."""


class WordCounter:
    """Counts words, which is enough where everything fits."""

    def count(self, text: str) -> int:
        return len(text.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="+", type=Path)
    options = parser.parse_args()
    figures: Counter[tuple[str, str]] = Counter()
    for path in options.sets:
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            for language, task in zip(LANGUAGES, TASKS.get(_key(row), ()), strict=False):
                figures[language, "tasks"] += 1
                order = read_for(task, row["files"])
                wanted = _wanted(row)
                figures[language, "first"] += order[:1] != [] and order[0] in wanted
                figures[language, "read"] += not wanted.isdisjoint(order)
    for language in LANGUAGES:
        tasks, first, read = (figures[language, what] for what in ("tasks", "first", "read"))
        print(f"{language:8} {tasks} tasks: file@1 {first}, among the files that are read {read}")


def read_for(task: str, files: dict[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        for path, text in files.items():
            file = Path(name) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        subprocess.run(["git", "init", "-q", name], check=True)
        repository = Repository.open(Path(name))
        found, _ = choose(repository, repository.snapshot().files, task, WordCounter(), ROOM)
        return [file.path for file in found]


def _key(row: dict[str, Any]) -> str:
    return f"{row['kind']}/{row['id']}"


def _wanted(row: dict[str, Any]) -> set[str]:
    """The source files that the commit changed."""
    paths = row["expected"]["must"] if row["kind"] == "plan" else row["selected"]
    return {path for path in paths if path.endswith(".py") and not is_test_path(path)}


if __name__ == "__main__":
    main()
