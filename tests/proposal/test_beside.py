"""Members inserted from candidates that have other code beside the type."""

import pytest

from assistant.errors import ProposalError
from assistant.intent.reading import read_intent
from assistant.proposal.members import insert_members
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from tests.tasks.insertion_samples import CPP, GO, JAVA, JAVASCRIPT, RUBY, RUST, TYPESCRIPT


def inserted(path: str, text: str, owner: str, task: str, code: str) -> str:
    file = text_file(path, text.encode())
    unit = next(each for each in units_of(file) if each.name == owner)
    return insert_members(file, unit, code, intent=read_intent(task)).decode()


QUEUE = "\ntype Queue struct{}\n\nfunc (q *Queue) Get() int {\n\treturn 0\n}\n"
LOADERS = [
    ("a.js", "class A {\n  load(s) {\n    return s;\n  }\n}\n", "return s;", "return this.peek(s);",
     "  peek(s) {\n    return s;\n  }\n"),
    ("a.ts", "class A {\n  load(s: string) {\n    return s;\n  }\n}\n", "return s;",
     "return this.peek(s);", "  peek(s: string) {\n    return s;\n  }\n"),
    ("a.go", "package a\n\ntype A struct {\n\tx int\n}\n\nfunc (a *A) load(s int) int {\n"
     "\treturn s\n}\n", "return s\n", "return a.peek(s)\n",
     "func (a *A) peek(s int) int {\n\treturn a.x\n}\n"),
    ("a.rs", "struct A {}\n\nimpl A {\n    fn load(&self, s: i32) -> i32 {\n        s\n    }\n}\n",
     "        s\n", "        self.peek(s)\n",
     "    fn peek(&self, s: i32) -> i32 {\n        s + 1\n    }\n"),
    ("A.java", "class A {\n    int load(int s) {\n        return s;\n    }\n}\n", "return s;",
     "return peek(s);", "    int peek(int s) {\n        return s + 1;\n    }\n"),
    ("a.cpp", "class A {\npublic:\n    int load(int s) {\n        return s;\n    }\n};\n",
     "return s;", "return peek(s);", "    int peek(int s) {\n        return s + 1;\n    }\n"),
    ("a.rb", "class A\n  def load(s)\n    s\n  end\nend\n", "    s\n", "    peek(s)\n",
     "  def peek(s)\n    s + 1\n  end\n"),
]  # fmt: skip
HELPED = [
    ("a.js", JAVASCRIPT, "Router", "function helper(x) {\n  return x;\n}\n", "class Router {\n",
     "  post(x) {\n    return helper(x);\n  }\n"),
    ("a.ts", TYPESCRIPT, "Queue", "function helper(x: number): number {\n  return x;\n}\n",
     "export class Queue<T> {\n", "  post(x: number): number {\n    return helper(x);\n  }\n"),
    ("a.go", GO, "Stack", "func helper(x int) int {\n\treturn x\n}\n",
     "// Stack is a stack.\n", "func (s *Stack) post(x int) int {\n\treturn helper(x)\n}\n"),
    ("a.rs", RUST, "Stack", "fn helper(x: i32) -> i32 {\n    x\n}\n", "pub struct Stack {\n",
     "    pub fn post(&self, x: i32) -> i32 {\n        helper(x)\n    }\n"),
]  # fmt: skip
WHOLE = [
    *((*row[:4], row[4], row[5]) for row in HELPED if row[0] not in ("a.go", "a.rs")),
    ("A.java", JAVA, "Stack", "class Helper {\n    int value = 0;\n}\n", "public class Stack {\n",
     "    public Helper post() {\n        return new Helper();\n    }\n"),
    ("a.cpp", CPP, "demo.Stack", "int helper(int x) {\n    return x;\n}\n", "class Stack {\n",
     "    int post(int x) {\n        return helper(x);\n    }\n"),
    ("a.rb", RUBY, "Stack", "class Helper\n  VALUE = 1\nend\n", "class Stack\n",
     "  def post\n    Helper::VALUE\n  end\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "owner", "helper", "head", "member"), HELPED)
def test_a_helper_beside_bare_members_goes_before_the_type(
    path, text, owner, helper, head, member
) -> None:
    new = inserted(path, text, owner, "Add a method post", f"{helper}\n{member}")
    assert f"\n\n{helper}\n{head}" in new
    assert f"\n{member}" in new
    assert new.replace(f"{helper}\n", "").replace(f"\n{member}", "") == text


@pytest.mark.parametrize(("path", "text", "owner", "helper", "head", "member"), WHOLE)
def test_a_helper_beside_the_type_goes_before_it(path, text, owner, helper, head, member) -> None:
    foot = "end\n" if path == "a.rb" else "};\n" if path == "a.cpp" else "}\n"
    public = "public:\n" if path == "a.cpp" else ""
    code = f"{helper}\n{head}{public}{member}{foot}"
    new = inserted(path, text, owner, "Add a method post", code)
    assert f"\n\n{helper}\n{head}" in new
    assert new.replace(f"{helper}\n", "").replace(f"\n{member}", "") == text


@pytest.mark.parametrize(("path", "text", "old", "new", "member"), LOADERS)
@pytest.mark.parametrize("mentioned", [True, False])
def test_a_method_is_changed_only_if_the_task_mentions_it(
    path, text, old, new, member, mentioned
) -> None:
    changed = text.replace(old, new)
    end = changed.rindex("\n", 0, -1) + 1 if path != "a.go" else len(changed)
    code = f"{changed[:end]}\n{member}{changed[end:]}"
    task = f"Add a method peek to A{' and call it in load' if mentioned else ''}"
    result = inserted(path, text, "A", task, code)
    assert result == (code if mentioned else code.replace(new, old))


CONSTANTS = [
    ("a.ts", TYPESCRIPT, "Queue", "const LIMIT = 3;\n", "export class Queue<T> {\n",
     "  post(): number {\n    return LIMIT;\n  }\n", "}\n"),
    ("a.go", GO, "Stack", "const LIMIT = 3\n", "",
     "func (s *Stack) Post() int {\n\treturn LIMIT\n}\n", ""),
    ("a.rs", RUST, "Stack", "const LIMIT: i32 = 3;\n", "",
     "    pub fn post(&self) -> i32 {\n        LIMIT\n    }\n", ""),
    ("a.rb", RUBY, "Stack", "LIMIT = 3\n", "class Stack\n", "  def post\n    LIMIT\n  end\n",
     "end\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "owner", "constant", "head", "member", "foot"), CONSTANTS)
def test_a_constant_that_a_member_uses_stays_with_it(
    path, text, owner, constant, head, member, foot
) -> None:
    code = f"{constant}\n{head}{member}{foot}"
    new = inserted(path, text, owner, "Add a method post", code)
    assert constant in new
    assert new.replace(f"{constant}\n", "", 1).replace(f"\n{member}", "") == text


def test_a_use_of_the_type_is_no_helper() -> None:
    member = "  post() {\n    return 1;\n  }\n"
    use = "const router = new Router();\nconsole.log(router.post());\n"
    code = f"class Router {{\n{member}}}\n\n{use}"
    new = inserted("a.js", JAVASCRIPT, "Router", "Add a method post", code)
    assert new.replace(f"\n{member}", "") == JAVASCRIPT


def test_fields_and_methods_of_go_are_both_added() -> None:
    code = (
        "type Stack struct {\n\titems []int\n\tlimit int\n\tname string\n}\n\n"
        "func (s *Stack) Name() string {\n\treturn s.name\n}\n"
    )
    new = inserted("a.go", GO, "Stack", "Add a method Name", code)
    assert "\tlimit int\n\tname string\n}" in new
    assert "item)\n}\n\nfunc (s *Stack) Name() string {\n" in new


def test_a_method_of_another_type_goes_there_if_it_is_used() -> None:
    size = "func (q *Queue) Size() int {\n\treturn 1\n}\n"
    peek = "func (s *Stack) Peek(q *Queue) int {\n\treturn q.Size()\n}\n"
    new = inserted("a.go", GO + QUEUE, "Stack", "Add a method Peek", f"{size}\n{peek}")
    assert new.endswith(f"{QUEUE}\n{size}")
    assert f"item)\n}}\n\n{peek}\nfunc New()" in new
    with pytest.raises(ProposalError, match="adds nothing"):
        inserted("a.go", GO + QUEUE, "Stack", "Add a method Peek", size)


def test_a_method_defined_outside_of_its_class_goes_after_the_others() -> None:
    head = "class Stack {\npublic:\n    int top() const;\n};\n"
    code = f"{head}\nint Stack::top() const {{\n    return 1;\n}}\n"
    new = inserted("a.cpp", CPP, "demo.Stack", "Add a method top", code)
    assert "    int size() const;\n\n    int top() const;\n" in new
    assert "size());\n}\n\nint Stack::top() const {\n    return 1;\n}\n\n}  // namespace" in new


def test_an_implementation_of_a_trait_stays_one() -> None:
    code = "impl Drop for Stack {\n    fn drop(&mut self) {}\n}\n"
    new = inserted("a.rs", RUST, "Stack", "Add a method drop", code)
    assert code in new
    assert new.replace(f"\n{code}", "") == RUST


def test_a_field_that_the_constructor_sets_is_added() -> None:
    constructor = "  constructor() {\n    this.routes = [];\n    this.count = 0;\n  }\n"
    new = inserted("a.js", JAVASCRIPT, "Router", "Add a field `count`", constructor)
    assert new == JAVASCRIPT.replace("= [];\n", "= [];\n    this.count = 0;\n")
