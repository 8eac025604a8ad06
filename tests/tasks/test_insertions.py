"""Insertions by one plain sentence, in eight languages: the thing is there and nothing else moved.

Each case is a file, a task, what a model might answer, and the text that must have been put in
after a line of the file.
"""

from dataclasses import dataclass

import pytest

from assistant.checks.results import Status
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import ProposalReady, Step, UnitsChosen, Verb
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

PYTHON = '''"""Stacks."""

import sys


class Stack:
    """Last in, first out."""

    limit = 10

    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        return self.items.pop()


class Queue:
    def put(self, item):
        pass


def main():
    return Stack()


if __name__ == "__main__":
    main()
'''
TYPESCRIPT = """export enum Level {
  Low = "low",
  High = "high",
}

export interface Options {
  size: number;
  name?: string;
}

export class Queue<T> {
  private items: T[] = [];

  constructor(private options: Options) {}

  add(item: T): void {
    this.items.push(item);
  }

  remove(item: T): void {
    this.items = this.items.filter(each => each !== item);
  }
}

export function create<T>(): Queue<T> {
  return new Queue<T>({ size: 1 });
}
"""
JAVASCRIPT = """'use strict';

class Router {
  constructor() {
    this.routes = [];
  }

  get(path, handler) {
    this.routes.push({ path, handler });
  }
}

function create() {
  return new Router();
}

module.exports = { Router, create };
"""
GO = """package stack

import "fmt"

// Stack is a stack.
type Stack struct {
\titems []int
\tlimit int
}

func (s *Stack) Push(item int) {
\ts.items = append(s.items, item)
}

func New() *Stack {
\treturn &Stack{}
}

func show(s *Stack) {
\tfmt.Println(s.items)
}
"""
RUST = """use std::fmt;

/// A shape.
#[derive(Debug)]
pub enum Shape {
    Circle(f64),
    Square(f64)
}

pub struct Stack {
    items: Vec<i32>,
}

impl Stack {
    pub fn new() -> Self {
        Stack { items: Vec::new() }
    }

    pub fn push(&mut self, item: i32) {
        self.items.push(item);
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.items.len())
    }
}
"""
JAVA = """package demo;

import java.util.List;

public class Stack {
    private final List<Integer> items;
    private int limit = 10;

    public Stack(List<Integer> items) {
        this.items = items;
    }

    public void push(int item) {
        items.add(item);
    }
}

enum Color {
    RED,
    GREEN;

    boolean isRed() {
        return this == RED;
    }
}
"""
CPP = """#include <vector>

namespace demo {

class Stack {
public:
    Stack() = default;

    void push(int item) { items_.push_back(item); }

    int size() const;

private:
    void grow();

    std::vector<int> items_;
    int limit_ = 10;
};

enum class Color { Red, Green };

int Stack::size() const {
    return static_cast<int>(items_.size());
}

}  // namespace demo
"""
RUBY = """require 'set'

class Stack
  attr_reader :items

  def initialize
    @items = []
  end

  def push(item)
    @items << item
  end

  private

  def grow
    @items
  end
end
"""


@dataclass(frozen=True)
class Case:
    path: str
    text: str
    task: str
    answer: str
    after: str
    """The last line before what is new."""
    new: str
    """The bytes that are new."""
    replaced: tuple[str, str] = ("", "")
    """A line that must change too, such as one that gets a comma."""


CASES = {
    "python method, bare and not indented": Case(
        "stack.py", PYTHON, "In the class Stack, add a method peek() that returns the last item",
        "def peek(self):\n    return self.items[-1]\n",
        "        return self.items.pop()\n",
        "\n    def peek(self):\n        return self.items[-1]\n",
    ),
    "python method, the class around it": Case(
        "stack.py", PYTHON, "Add a method clear() to the class Stack after push",
        'class Stack:\n    """Last in, first out."""\n\n    def push(self, item):\n'
        "        self.items.insert(0, item)\n\n    def clear(self):\n        self.items = []\n",
        "        self.items.append(item)\n",
        "\n    def clear(self):\n        self.items = []\n",
    ),
    "python method, first line without its indentation": Case(
        "stack.py", PYTHON, "Give Queue a method `get` that returns None",
        "def get(self):\n        return None\n",
        "        pass\n",
        "\n    def get(self):\n        return None\n",
    ),
    "python field": Case(
        "stack.py", PYTHON, "Add a field `name` to the class Stack with the value 'stack'",
        "name = 'stack'\n", "    limit = 10\n", "    name = 'stack'\n",
    ),
    "python function": Case(
        "stack.py", PYTHON, "Add a function drain(stack) that pops every item",
        "def drain(stack):\n    while stack.items:\n        stack.pop()\n",
        "    return Stack()\n",
        "\n\ndef drain(stack):\n    while stack.items:\n        stack.pop()\n",
    ),
    "typescript method": Case(
        "queue.ts", TYPESCRIPT, "Add a method has(item) to Queue",
        "has(item: T): boolean {\n  return this.items.includes(item);\n}\n",
        "    this.items = this.items.filter(each => each !== item);\n  }\n",
        "\n  has(item: T): boolean {\n    return this.items.includes(item);\n  }\n",
    ),
    "typescript method, the class around it": Case(
        "queue.ts", TYPESCRIPT, "Add a method clear() to the class Queue",
        "export class Queue<T> {\n  private items: T[] = [];\n\n  add(item: T): void {\n"
        "    this.items.unshift(item);\n  }\n\n  clear(): void {\n    this.items = [];\n  }\n}\n",
        "    this.items = this.items.filter(each => each !== item);\n  }\n",
        "\n  clear(): void {\n    this.items = [];\n  }\n",
    ),
    "typescript field of an interface": Case(
        "queue.ts", TYPESCRIPT, "Add an optional field `timeout` to the interface Options",
        "timeout?: number;\n", "  name?: string;\n", "  timeout?: number;\n",
    ),
    "typescript variant": Case(
        "queue.ts", TYPESCRIPT, "Add a variant `Middle` to the enum Level",
        'Middle = "middle"\n', '  High = "high",\n', '  Middle = "middle",\n',
    ),
    "javascript method, first line without its indentation": Case(
        "router.js", JAVASCRIPT, "Add a method post(path, handler) to Router",
        "post(path, handler) {\n    this.routes.push({ path, handler });\n  }\n",
        "    this.routes.push({ path, handler });\n  }\n",
        "\n  post(path, handler) {\n    this.routes.push({ path, handler });\n  }\n",
    ),
    "javascript function": Case(
        "router.js", JAVASCRIPT, "Add a function `isRouter` that tells whether a value is a Router",
        "function isRouter(value) {\n  return value instanceof Router;\n}\n\n"
        "function create() {\n  return new Router();\n}\n\n"
        "module.exports = { Router, create };\n",
        "  return new Router();\n}\n",
        "\nfunction isRouter(value) {\n  return value instanceof Router;\n}\n",
    ),
    "go method": Case(
        "stack.go", GO, "Add a method Pop() to Stack",
        "// Pop removes the last item.\nfunc (s *Stack) Pop() int {\n\tn := len(s.items) - 1\n"
        "\titem := s.items[n]\n\ts.items = s.items[:n]\n\treturn item\n}\n",
        "\ts.items = append(s.items, item)\n}\n",
        "\n// Pop removes the last item.\nfunc (s *Stack) Pop() int {\n\tn := len(s.items) - 1\n"
        "\titem := s.items[n]\n\ts.items = s.items[:n]\n\treturn item\n}\n",
    ),
    "go field, the struct around it": Case(
        "stack.go", GO, "Add a field `name` of type string to the struct Stack",
        "type Stack struct {\n\titems []int\n\tlimit int\n\tname string\n}\n",
        "\tlimit int\n", "\tname string\n",
    ),
    "rust method in its impl": Case(
        "stack.rs", RUST, "Add a method pop() to Stack",
        "impl Stack {\n    pub fn pop(&mut self) -> Option<i32> {\n        self.items.pop()\n"
        "    }\n}\n",
        "        self.items.push(item);\n    }\n",
        "\n    pub fn pop(&mut self) -> Option<i32> {\n        self.items.pop()\n    }\n",
    ),
    "rust variant without a comma before": Case(
        "stack.rs", RUST, "Add a variant `Triangle` to the enum Shape",
        "Triangle(f64, f64),\n", "    Square(f64),\n", "    Triangle(f64, f64)\n",
        ("    Square(f64)\n", "    Square(f64),\n"),
    ),
    "rust field": Case(
        "stack.rs", RUST, "Add a field `limit` of type usize to the struct Stack",
        "limit: usize\n", "    items: Vec<i32>,\n", "    limit: usize,\n",
    ),
    "java method": Case(
        "Stack.java", JAVA, "Add a method isEmpty() to the class Stack",
        "    public boolean isEmpty() {\n        return items.isEmpty();\n    }\n",
        "        items.add(item);\n    }\n",
        "\n    public boolean isEmpty() {\n        return items.isEmpty();\n    }\n",
    ),
    "java field": Case(
        "Stack.java", JAVA, "Add a field `name` of type String to the class Stack",
        'private String name = "";\n', "    private int limit = 10;\n",
        '    private String name = "";\n',
    ),
    "java constant of an enum": Case(
        "Stack.java", JAVA, "Add a constant BLUE to the enum Color",
        "enum Color {\n    RED,\n    GREEN,\n    BLUE;\n\n    boolean isRed() {\n"
        "        return this == RED;\n    }\n}\n",
        "    GREEN,\n", "    BLUE;\n", ("    GREEN;\n", "    GREEN,\n"),
    ),
    "c++ method in the public part": Case(
        "stack.cpp", CPP, "Add a method empty() to the class Stack",
        "bool empty() const {\n    return items_.empty();\n}\n",
        "    int size() const;\n",
        "\n    bool empty() const {\n        return items_.empty();\n    }\n",
    ),
    "c++ method, with names in scope and a qualified constructor": Case(
        "stack.cpp", CPP, "Add a method first() to the class Stack",
        "using std::vector;\n\nclass Stack {\npublic:\n    demo::Stack::Stack() : limit_{1} {}\n\n"
        "    int first() const {\n        return items_[0];\n    }\n};\n",
        "    int size() const;\n",
        "\n    int first() const {\n        return items_[0];\n    }\n",
    ),
    "c++ field": Case(
        "stack.cpp", CPP, "Add a member `name_` of type std::string to the class Stack",
        "std::string name_;\n", "    int limit_ = 10;\n", "    std::string name_;\n",
    ),
    "c++ variant on one line": Case(
        "stack.cpp", CPP, "Add a variant `Blue` to the enum Color",
        "Blue\n", "", "", ("{ Red, Green }", "{ Red, Green, Blue }"),
    ),
    "ruby method before the private ones": Case(
        "stack.rb", RUBY, "Add a method pop to the class Stack",
        "def pop\n  @items.pop\nend\n", "    @items << item\n  end\n",
        "\n  def pop\n    @items.pop\n  end\n",
    ),
    "ruby method, the class around it": Case(
        "stack.rb", RUBY, "Add a method `peek` to the class Stack",
        "class Stack\n  def peek\n    @items.last\n  end\nend\n", "    @items << item\n  end\n",
        "\n  def peek\n    @items.last\n  end\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fence", ["", "```\n"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_added_is_there_and_nothing_else_changed(make_world, case, fence) -> None:
    answer = f"{case.answer}{fence}"
    world = make_world([[answer] * 3] * 3, files={case.path: case.text})
    request = TaskRequest(case.task, (Selected(case.path),), candidates=1)
    events = list(edit(world.workspace, request, Cancel()))
    assert isinstance(events[-1], ProposalReady)
    best = events[-1].proposal.best
    text = case.text.replace(*case.replaced) if case.replaced[0] else case.text
    before, middle, behind = text.partition(case.after) if case.new else ("", "", text)
    expected = f"{before}{middle}{case.new}{behind}"
    assert (best.changes[0].new or b"").decode() == expected
    assert best.found("requested") is None


def test_a_candidate_without_what_is_asked_for_fails(make_world) -> None:
    world = make_world([["def other(self):\n    return 1\n"] * 3] * 3, files={"a.py": PYTHON})
    task = "Add a method peek() to the class Stack"
    events = list(edit(world.workspace, TaskRequest(task, (Selected("a.py"),)), Cancel()))
    found = events[-1].proposal.best.found("requested")
    assert found.status is Status.FAILED
    assert "peek" in found.detail


def test_a_step_for_a_unit_that_does_not_exist_yet_inserts_it(make_world) -> None:
    world = make_world([["def peek(self):\n    return 1\n"] * 3] * 3, files={"a.py": PYTHON})
    step = Step(1, Verb.EDIT, "a.py", "Stack.peek", "Let the top be looked at")
    request = TaskRequest("Stacks", (Selected("a.py"),), step=step)
    events = list(edit(world.workspace, request, Cancel()))
    new = events[-1].proposal.best.changes[0].new.decode()
    added = "\n    def peek(self):\n        return 1\n"
    after = "        return self.items.pop()\n"
    assert new == PYTHON.replace(after, after + added)


def test_a_file_of_one_function_is_rewritten_whole_as_ever(make_world) -> None:
    text = "def add(a, b):\n    return a + b\n"
    world = make_world(
        [[f"{text}\n\ndef double(a):\n    return a * 2\n"] * 3] * 3, files={"a.py": text}
    )
    request = TaskRequest("Add a function double(a)", (Selected("a.py"),))
    events = list(edit(world.workspace, request, Cancel()))
    assert next(e.labels for e in events if isinstance(e, UnitsChosen)) == ("a.py",)
    prompt = world.engine.requests[0].messages[-1].content
    assert "Write the code to add" not in prompt


def test_a_definition_that_nothing_uses_is_removed_without_the_model(make_world) -> None:
    world = make_world([], files={"a.py": PYTHON})
    request = TaskRequest("Remove the method pop()", (Selected("a.py"),))
    best = list(edit(world.workspace, request, Cancel()))[-1].proposal.best
    gone = "\n    def pop(self):\n        return self.items.pop()\n"
    assert best.changes[0].new.decode() == PYTHON.replace(gone, "")
