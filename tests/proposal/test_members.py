"""Members inserted into types, in the languages that we parse: byte-exact elsewhere."""

import textwrap

import pytest

from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.proposal.members import insert_members
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file

PYTHON = """class Stack:
    \"\"\"Items.\"\"\"

    limit: int = 3

    def push(self, item):
        self.items.append(item)


class Queue(Stack):
    pass
"""
TYPESCRIPT = """export class Stack<T> extends Base {
  #items: T[] = [];

  push(item: T): void {
    this.#items.push(item);
  }
}

export const stack = new Stack();
"""
JAVASCRIPT = """class Stack {
\tpush(item) {
\t\tthis.items.push(item);
\t}
}
module.exports = Stack;
"""
GO = """package stack

type Stack struct {
\titems []int
}

func (s *Stack) Push(x int) {
\ts.items = append(s.items, x)
}

func New() *Stack { return &Stack{} }
"""
RUST = """pub struct Stack {
    items: Vec<i32>,
}

impl Stack {
    pub fn push(&mut self, x: i32) {
        self.items.push(x);
    }
}

impl Drop for Stack {
    fn drop(&mut self) {}
}
"""
JAVA = """public class Stack {
  private int size = 0;

  public void push(int x) {
    size++;
  }

  enum Kind { A, B }
}
"""
CPP = """namespace shop {
class Stack {
 public:
  void push(int x) {
    items.push_back(x);
  }

 private:
  std::vector<int> items;
};
}  // namespace shop
"""
RUBY = """module Shop
  class Stack
    def push(item)
      @items << item
    end

    private

    def secret
      1
    end
  end
end
"""

ROWS = [
    ("a.py", PYTHON, "Stack", "def peek(self):\n    return self.items[-1]",
     "append(item)\n", "\n    def peek(self):\n        return self.items[-1]\n"),
    ("a.py", PYTHON, "Stack", "    @property\n    def size(self):\n        return 1\n",
     "append(item)\n", "\n    @property\n    def size(self):\n        return 1\n"),
    ("a.py", PYTHON, "Stack", "class Stack:\n    def push(self, item):\n        pass\n\n"
     "    def peek(self):\n        return 1", "append(item)\n",
     "\n    def peek(self):\n        return 1\n"),
    ("a.py", PYTHON, "Stack", "name: str = ''", "limit: int = 3\n", "    name: str = ''\n"),
    ("a.ts", TYPESCRIPT, "Stack", "peek(): T {\n  return this.#items[0];\n}",
     "this.#items.push(item);\n  }\n", "\n  peek(): T {\n    return this.#items[0];\n  }\n"),
    ("a.ts", TYPESCRIPT, "Stack", "export class Stack<T> {\n  push(item: T): void {\n  }\n\n"
     "  /** Looks. */\n  peek(): T {\n    return this.#items[0];\n  }\n}",
     "this.#items.push(item);\n  }\n",
     "\n  /** Looks. */\n  peek(): T {\n    return this.#items[0];\n  }\n"),
    ("a.js", JAVASCRIPT, "Stack", "peek() {\n\treturn this.items[0];\n}",
     "push(item);\n\t}\n", "\n\tpeek() {\n\t\treturn this.items[0];\n\t}\n"),
    ("a.go", GO, "Stack", "func (s *Stack) Peek() int {\n\treturn s.items[0]\n}",
     "append(s.items, x)\n}\n", "\nfunc (s *Stack) Peek() int {\n\treturn s.items[0]\n}\n"),
    ("a.go", GO, "Stack", "type Stack struct {\n\titems []int\n}\n\n"
     "func (s *Stack) Peek() int {\n\treturn s.items[0]\n}",
     "append(s.items, x)\n}\n", "\nfunc (s *Stack) Peek() int {\n\treturn s.items[0]\n}\n"),
    ("a.rs", RUST, "Stack", "pub fn peek(&self) -> i32 {\n    self.items[0]\n}",
     "self.items.push(x);\n    }\n",
     "\n    pub fn peek(&self) -> i32 {\n        self.items[0]\n    }\n"),
    ("a.rs", RUST, "Stack", "impl Stack {\n    pub fn peek(&self) -> i32 {\n"
     "        self.items[0]\n    }\n}",
     "self.items.push(x);\n    }\n",
     "\n    pub fn peek(&self) -> i32 {\n        self.items[0]\n    }\n"),
    ("A.java", JAVA, "Stack", "/** Looks. */\npublic int peek() {\n  return size;\n}",
     "size++;\n  }\n", "\n  /** Looks. */\n  public int peek() {\n    return size;\n  }\n"),
    ("a.cpp", CPP, "shop.Stack", "int peek() const {\n  return items.back();\n}",
     "push_back(x);\n  }\n", "\n  int peek() const {\n    return items.back();\n  }\n"),
    ("a.rb", RUBY, "Shop.Stack", "def peek\n  @items.last\nend",
     "@items << item\n    end\n", "\n    def peek\n      @items.last\n    end\n"),
    ("a.rb", RUBY, "Shop.Stack", "class Stack\n  def peek\n    @items.last\n  end\nend",
     "@items << item\n    end\n", "\n    def peek\n      @items.last\n    end\n"),
]  # fmt: skip


def inserted(path: str, text: str, owner: str, code: str) -> str:
    file = text_file(path, text.encode())
    unit = next(each for each in units_of(file) if each.name == owner)
    return insert_members(file, unit, code).decode()


@pytest.mark.parametrize(("path", "text", "owner", "code", "after", "added"), ROWS)
def test_a_member_goes_into_its_type_and_nothing_else_changes(
    path, text, owner, code, after, added
) -> None:
    assert inserted(path, text, owner, code) == text.replace(after, after + added, 1)


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_the_line_ends_of_the_file_are_kept(newline) -> None:
    text = PYTHON.replace("\n", newline)
    new = inserted("a.py", text, "Stack", "def peek(self):\n    return 1")
    assert "\n    def peek(self):\n        return 1\n".replace("\n", newline) in new
    assert new.count("\n") == new.count(newline)


def test_imports_of_the_answer_go_to_the_top() -> None:
    new = inserted("a.py", PYTHON, "Stack", "import os\n\ndef peek(self):\n    return os.sep")
    assert new.startswith("import os\n")
    assert "    def peek(self):\n        return os.sep\n" in new


def test_a_type_of_rust_without_methods_gets_an_impl_block() -> None:
    text = "pub struct Point {\n    x: i32,\n}\n"
    new = inserted("a.rs", text, "Point", "pub fn x(&self) -> i32 {\n    self.x\n}")
    assert new == text + "\nimpl Point {\n    pub fn x(&self) -> i32 {\n        self.x\n    }\n}\n"


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("a.py", PYTHON, "def push(self, item):\n    return 1"),
        ("a.ts", TYPESCRIPT, "push(item: T): void {\n  return;\n}"),
        ("a.py", PYTHON, "  \n"),
    ],
)
def test_an_answer_without_anything_new_is_no_candidate(path, text, code) -> None:
    with pytest.raises(ProposalError):
        inserted(path, text, "Stack", code)


STRING = 'return """a\n  b\n"""'


@pytest.mark.parametrize(
    "code", [f"def query(self):\n    {STRING}", f"    def query(self):\n        {STRING}"]
)
def test_strings_in_a_method_keep_their_value(code) -> None:
    new = inserted("a.py", PYTHON, "Stack", code)
    assert f"append(item)\n\n    def query(self):\n        {STRING}\n" in new


def test_a_template_in_a_method_keeps_its_value() -> None:
    code = "text(): string {\n  return `a\n  b\n`;\n}"
    new = inserted("a.ts", TYPESCRIPT, "Stack", code)
    assert "\n  text(): string {\n    return `a\n  b\n`;\n  }\n" in new


LOST = [
    ("a.py", PYTHON, "def {}(self):\n        return 1\n", "    def {}(self):\n        return 1\n"),
    ("a.ts", TYPESCRIPT, "{}() {{\n    return 1;\n  }}\n", "  {}() {{\n    return 1;\n  }}\n"),
]


@pytest.mark.parametrize(("path", "text", "first", "others"), LOST)
@pytest.mark.parametrize("names", ["a", "ab", "abc"])
def test_the_indentation_that_the_first_line_lost_is_put_back(
    path, text, first, others, names
) -> None:
    code = "\n".join([first.format(names[0]), *(others.format(each) for each in names[1:])])
    new = inserted(path, text, "Stack", code)
    assert "\n".join(others.format(each) for each in names) in new


def changed(path: str, text: str, owner: str, task: str, code: str) -> str:
    file = text_file(path, text.encode())
    unit = next(each for each in units_of(file) if each.name == owner)
    return insert_members(file, unit, code, intent=read_intent(task)).decode()


PEEK = "    def peek(self):\n        return helper(self.items)\n"
HELPER = "def helper(items):\n    return items[-1]\n"


@pytest.mark.parametrize("code", [
    f"{HELPER}\n\nclass Stack:\n{PEEK}", f"class Stack:\n{PEEK}\n\n{HELPER}",
    f"{textwrap.dedent(PEEK)}\n\n{HELPER}",
])  # fmt: skip
def test_a_helper_that_a_member_uses_goes_before_its_type(code) -> None:
    new = changed("a.py", PYTHON, "Stack", "Add a method peek", code)
    added = PYTHON.replace("append(item)\n", f"append(item)\n\n{PEEK}")
    assert new == f"{HELPER}\n\n{added}"


def test_what_nothing_uses_is_no_helper() -> None:
    use = "stack = Stack()\n\n\ndef main():\n    print(stack.peek())\n"
    code = f"class Stack:\n{PEEK}\n\n{use}"
    assert "stack =" not in changed("a.py", PYTHON, "Stack", "Add a method peek", code)


PUSH = "    def push(self, item):\n        self.peek()\n        self.items.append(item)\n"


@pytest.mark.parametrize(
    ("task", "is_changed"),
    [
        ("Add a method peek to Stack and call it in push", True),
        ("Add a method peek to Stack", False),
    ],
)
def test_a_member_that_the_task_mentions_is_changed_too(task, is_changed) -> None:
    new = changed("a.py", PYTHON, "Stack", task, f"class Stack:\n{PUSH}\n{PEEK}")
    assert (PUSH in new, PEEK in new) == (is_changed, True)


def test_a_field_that_the_constructor_sets_is_added() -> None:
    text = (
        "class A:\n    def __init__(self):\n        self.a = 1\n\n    def b(self):\n        pass\n"
    )
    code = "def __init__(self):\n    self.a = 1\n    self.count = 0\n"
    new = changed("a.py", text, "A", "Add a field `count` to A", code)
    assert new == text.replace("a = 1\n", "a = 1\n        self.count = 0\n")


ONE_LINE = [
    ("a.ts", "export class NotFound extends Error {}\n", "NotFound", "code = 404;",
     "export class NotFound extends Error {\n    code = 404;\n}\n"),
    ("a.ts", "interface P { x: number }\n", "P", "y: number;",
     "interface P {\n    x: number\n    y: number;\n}\n"),
    ("a.js", "module.exports = class A {};\n\nclass B { b() {} }\n", "B", "a() {\n    return 1;\n}",
     "module.exports = class A {};\n\nclass B {\n    b() {}\n\n    a() {\n"
     "        return 1;\n    }\n}\n"),
    ("A.java", "  class E {} // none\n", "E", "int x;", "  class E {\n    int x;\n  } // none\n"),
    ("a.rs", "pub enum E {}\n", "E", "A,", "pub enum E {\n    A,\n}\n"),
    ("a.rs", "struct P { x: i32 }\n", "P", "y: i32", "struct P { x: i32, y: i32 }\n"),
    ("a.cpp", "struct P { int x; };\n", "P", "int y;",
     "struct P {\n    int x;\n    int y;\n};\n"),
    ("a.go", "package a\n\ntype P struct{ X int }\n", "P", "Y int",
     "package a\n\ntype P struct{\n\tX int\n\tY int\n}\n"),
    ("a.go", "package a\n\ntype P struct{}\n", "P", "Y int",
     "package a\n\ntype P struct{\n\tY int\n}\n"),
    ("a.rb", "# Note.\nclass A; end\n", "A", "def b\n  1\nend",
     "# Note.\nclass A\n  def b\n    1\n  end\nend\n"),
    ("a.rb", "class A < B; attr_reader :x; end\n", "A", "def b\n  1\nend",
     "class A < B\n  attr_reader :x\n\n  def b\n    1\n  end\nend\n"),
    ("a.py", "class E(Exception): pass  # none\n", "E", "def b(self):\n    return 1",
     "class E(Exception):\n    pass  # none\n\n    def b(self):\n        return 1\n"),
    ("a.py", "class A:\n    class B: x = 1; y = 2\n", "A.B", "z: int = 1",
     "class A:\n    class B:\n        x = 1; y = 2\n        z: int = 1\n"),
    ("a.ts", "interface P { x: number;\n  z: number }\n", "P", "y: number;",
     "interface P { x: number;\n  z: number\n  y: number;\n}\n"),
    ("a.rb", "# Note.\nclass A\nend\n", "A", "def b\n  1\nend",
     "# Note.\nclass A\n  def b\n    1\n  end\nend\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "owner", "code", "expected"), ONE_LINE)
def test_a_body_on_one_line_is_opened(path, text, owner, code, expected) -> None:
    assert inserted(path, text, owner, code) == expected


@pytest.mark.parametrize("text", ["pub struct A;\n", "pub struct A(i32);\n"])
def test_a_type_without_a_body_gets_no_field(text) -> None:
    with pytest.raises(ProposalError, match="has no body"):
        inserted("a.rs", text, "A", "x: i32,")


@pytest.mark.parametrize("text", ["pub struct A;\n", "pub struct A(i32);\n"])
def test_a_type_without_a_body_gets_methods(text) -> None:
    new = inserted("a.rs", text, "A", "fn b(&self) {}")
    assert new == f"{text}\nimpl A {{\n    fn b(&self) {{}}\n}}\n"


RUST_HEADS = [
    ("struct Buf<const N: usize> {}", "impl<const N: usize> Buf<N> {"),
    ("struct Buf<T = u8> {}", "impl<T> Buf<T> {"),
    ("struct Buf<'a, T: Iterator<Item = u8> + 'a>(&'a T);",
     "impl<'a, T: Iterator<Item = u8> + 'a> Buf<'a, T> {"),
    ("struct Buf<T, U = Vec<T>>(T, U);", "impl<T, U> Buf<T, U> {"),
    ("struct Buf<T> where T: Clone {}", "impl<T> Buf<T> where T: Clone {"),
    ("struct Buf<T>\nwhere\n    T: Clone,\n{\n    x: T,\n}",
     "impl<T> Buf<T>\nwhere\n    T: Clone,\n{"),
    ("struct Buf<T>(T) where T: Fn(u8) -> u8;", "impl<T> Buf<T> where T: Fn(u8) -> u8 {"),
    ("struct Buf<F: Fn(u8) -> u8>(F);", "impl<F: Fn(u8) -> u8> Buf<F> {"),
    ("struct Buf<const N: usize = { 3 }>;", "impl<const N: usize> Buf<N> {"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "head"), RUST_HEADS)
def test_an_impl_block_repeats_the_generics_of_its_type(text, head) -> None:
    new = inserted("a.rs", f"{text}\n", "Buf", "fn b(&self) {}")
    assert new == f"{text}\n\n{head}\n    fn b(&self) {{}}\n}}\n"


COMMENTED = [
    ("A.java", "enum E {\n    A(1),\n    B(2); // second\n}\n", "C(3)",
     "enum E {\n    A(1),\n    B(2), // second\n    C(3);\n}\n"),
    ("A.java", "enum E {\n    A,\n    B // second\n}\n", "C",
     "enum E {\n    A,\n    B, // second\n    C\n}\n"),
    ("A.java", "enum E {\n    A,\n    B /* b */; // second\n}\n", "C",
     "enum E {\n    A,\n    B, /* b */ // second\n    C;\n}\n"),
    ("A.java", "enum E {\n    A,\n    B\n    ;\n\n    int x;\n}\n", "C",
     "enum E {\n    A,\n    B,\n    C\n    ;\n\n    int x;\n}\n"),
    ("A.java", "enum E {\n    A,\n    B, // b;\n}\n", "int x;",
     "enum E {\n    A,\n    B; // b;\n\n    int x;\n}\n"),
    ("A.java", "enum E { A, B }\n", "int f() {\n    return 1;\n}",
     "enum E {\n    A, B;\n\n    int f() {\n        return 1;\n    }\n}\n"),
    ("A.java", "enum E {\n    A;\n\n    int x;\n}\n", "int y;",
     "enum E {\n    A;\n\n    int x;\n    int y;\n}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "code", "expected"), COMMENTED)
def test_a_comment_stays_with_its_variant(path, text, code, expected) -> None:
    assert inserted(path, text, "E", code) == expected


def test_an_object_type_in_the_head_is_not_the_body() -> None:
    text = "class Box<T = {}> extends Base<{ x: number }> {\n  a = 1;\n}\n"
    assert inserted("a.ts", text, "Box", "b = 2;") == text.replace("1;\n", "1;\n  b = 2;\n")


def test_a_singleton_class_gets_methods() -> None:
    text = "class A\n  class << self\n    def a\n    end\n  end\nend\n"
    new = inserted("a.rb", text, "A.self", "def b\n  1\nend")
    added = "    end\n\n    def b\n      1\n    end\n"
    assert new == text.replace("    end\n", added, 1)


def test_a_field_of_a_type_with_bounds_on_lines_of_their_own() -> None:
    text = "struct Buf<T>\nwhere\n    T: Clone,\n{\n    x: T,\n}\n"
    assert inserted("a.rs", text, "Buf", "y: T") == text.replace("x: T,\n", "x: T,\n    y: T,\n")
