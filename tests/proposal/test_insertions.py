"""Insertions of definitions by candidates that repeat what is there."""

import pytest

from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.proposal.insertions import insert_new
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from tests.tasks.insertion_samples import CPP, GO, JAVA, JAVASCRIPT, PYTHON, RUBY, RUST, TYPESCRIPT


def inserted(path: str, text: str, task: str, code: str) -> str:
    file = text_file(path, text.encode())
    kinds = ("function", "method", "class")
    top = [u for u in units_of(file) if u.kind.value in kinds and "." not in u.name]
    return insert_new(file, top[-1], code, read_intent(task)).decode()


STUMPS = [
    ("a.py", PYTHON, 'class Stack:\n    """A stack."""\n\n    def push(self, item):\n        pass',
     "def make_stack():\n    return Stack()", "    return Stack()\n", "\n\n"),
    ("a.ts", TYPESCRIPT, "export class Queue<T> {\n  add(item: T): void {}\n}",
     "export function make_stack() {\n  return new Queue();\n}",
     "({ size: 1 });\n}\n", "\n"),
    ("a.js", JAVASCRIPT, "class Router {\n  get(path, handler) {}\n}",
     "function make_stack() {\n  return new Router();\n}", "return new Router();\n}\n", "\n"),
    ("a.go", GO, "package stack\n\ntype Stack struct {\n\titems []int\n}",
     "func make_stack() *Stack {\n\treturn New()\n}", "s.items)\n}\n", "\n"),
    ("a.rs", RUST, "pub struct Stack {\n}\n\nimpl Stack {\n    pub fn new() -> Self {}\n}",
     "pub fn make_stack() -> Stack {\n    Stack::new()\n}",
     "self.items.len())\n    }\n}\n", "\n"),
    ("A.java", JAVA, "public class Stack {\n    public void push(int item) {}\n}",
     "class make_stack {\n    Stack stack;\n}", "return this == RED;\n    }\n}\n", "\n"),
    ("a.cpp", CPP, "namespace demo {\nclass Stack {\n};\n}",
     "demo::Stack make_stack() {\n    return {};\n}", "}  // namespace demo\n", "\n"),
    ("a.rb", RUBY, "class Stack\n  def push(item)\n  end\nend",
     "def make_stack\n  Stack.new\nend", "  def grow\n    @items\n  end\nend\n", "\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "stump", "code", "after", "blank"), STUMPS)
def test_a_shortened_copy_of_a_type_changes_nothing(path, text, stump, code, after, blank) -> None:
    task = "Add a function make_stack that returns a Stack, Queue or Router"
    new = inserted(path, text, task, f"{stump}\n\n\n{code}\n")
    assert new == text.replace(after, f"{after}{blank}{code}\n", 1)


NORMALIZED = [
    ("a.py", "def load(text):\n    return text\n",
     "def normalize(text):\n    return text.strip()\n",
     "    return text\n", "    return normalize(text)\n"),
    ("a.js", "function load(text) {\n  return text;\n}\n",
     "function normalize(text) {\n  return text.trim();\n}\n",
     "return text;", "return normalize(text);"),
    ("a.go", "package a\n\nfunc load(s string) string {\n\treturn s\n}\n",
     "func normalize(s string) string {\n\treturn s + s\n}\n",
     "return s\n", "return normalize(s)\n"),
    ("a.rs", "fn load(s: &str) -> &str {\n    s\n}\n",
     "fn normalize(s: &str) -> &str {\n    s.trim()\n}\n", "    s\n", "    normalize(s)\n"),
    ("a.cpp", "int load(int s) {\n    return s;\n}\n",
     "int normalize(int s) {\n    return s + 1;\n}\n", "return s;", "return normalize(s);"),
    ("a.rb", "def load(s)\n  s\nend\n", "def normalize(s)\n  s.strip\nend\n",
     "  s\n", "  normalize(s)\n"),
    ("a.py",
     "class A:\n    def load(self, s):\n        return s\n\n    def b(self):\n        return 1\n",
     "def normalize(s):\n    return s.strip()\n", "return s\n", "return normalize(s)\n"),
    ("a.ts", "class A {\n  load(s: string) {\n    return s;\n  }\n}\n",
     "function normalize(s: string) {\n  return s.trim();\n}\n",
     "return s;", "return normalize(s);"),
    ("A.java", "class A {\n    int load(int s) {\n        return s;\n    }\n}\n",
     "class Normalize {\n    static int normalize(int s) {\n        return s + 1;\n    }\n}\n",
     "return s;", "return Normalize.normalize(s);"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "code", "old", "new"), NORMALIZED)
def test_what_the_task_mentions_is_changed_with_it(path, text, code, old, new) -> None:
    changed = text.replace(old, new, 1)
    result = inserted(
        path, text, "Add a function normalize and use it in load", changed + "\n\n" + code
    )
    blank = "\n\n" if path == "a.py" else "\n"
    assert result == changed + blank + code


def test_a_list_of_exports_that_grows_stays_one_list() -> None:
    new = "function isRouter(value) {\n  return value instanceof Router;\n}\n"
    exports = "module.exports = { Router, create };"
    grown = "module.exports = { Router, create, isRouter };"
    result = inserted("a.js", JAVASCRIPT, "Add a function isRouter", f"{new}\n{grown}\n")
    assert result == JAVASCRIPT.replace(exports, f"{new}\n{grown}")


def test_a_type_that_the_task_mentions_gets_another_base() -> None:
    code = "class Base:\n    size = 0\n\n\nclass Queue(Base):\n    pass\n"
    result = inserted("a.py", PYTHON, "Add a class Base and derive Queue from it", code)
    text = PYTHON.replace("class Queue:", "class Queue(Base):")
    assert result == text.replace(
        "    return Stack()\n", "    return Stack()\n\n\nclass Base:\n    size = 0\n"
    )


def test_a_method_that_the_new_code_uses_is_added() -> None:
    code = (
        "class Stack:\n    def peek(self):\n        return self.items[-1]\n\n"
        "    def other(self):\n        return 2\n\n\ndef top(stack):\n    return stack.peek()\n"
    )
    result = inserted("a.py", PYTHON, "Add a function top", code)
    assert "pop()\n\n    def peek(self):\n        return self.items[-1]\n\n\nclass Queue" in result
    assert "def other" not in result


def test_an_overload_is_new() -> None:
    text = "int area(int a) {\n    return a;\n}\n"
    code = "int area(double b) {\n    return 2;\n}\n"
    assert inserted("a.cpp", text, "Overload area for double", code) == f"{text}\n{code}"


@pytest.mark.parametrize(("path", "text", "stump"), [row[:3] for row in STUMPS])
def test_a_copy_alone_is_no_candidate(path, text, stump) -> None:
    with pytest.raises(ProposalError, match="adds nothing"):
        inserted(path, text, "Add a function make_stack", stump)
