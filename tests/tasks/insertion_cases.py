"""What a task adds to a sample, what a model might answer, and what must be new in the file."""

from dataclasses import dataclass

from tests.tasks.insertion_samples import CPP, GO, JAVA, JAVASCRIPT, PYTHON, RUBY, RUST, TYPESCRIPT


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
