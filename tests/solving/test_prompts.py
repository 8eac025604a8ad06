"""What the model reads of a target: the code as it is, or the unit without its body."""

from dataclasses import replace

import pytest

from assistant.context.bundle import Context, ContextFile
from assistant.engine.base import SourceFile
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import unit_text
from assistant.solving.prompts import Prompt, continued, usual, without_body
from assistant.solving.values import Target

CODE = '''class Sums:
    def add(self, a, b):
        """The sum."""
        c = a - b
        return c

    def same(self, a):
        return a
'''


def target_in(path: str, text: str, name: str) -> tuple[Context, Target, str]:
    units = units_of(text_file(path, text.encode()))
    unit = next((each for each in units if each.name == name), None)
    file = ContextFile(path, text, units, 10)
    context = Context((file,), "", 0, 10, 100)
    return context, Target(file, unit), unit_text(text, unit) if unit else text


def test_the_body_is_gone_and_everything_else_is_there() -> None:
    prompt = without_body(*target_in("a.py", CODE, "Sums.add"), "Fix it", "# The test")
    assert prompt is not None
    said = prompt.messages[-1].content
    assert 'The sum."""\n        ...\n\n    def same' in said
    assert "a - b" not in said
    assert "# The test" in said
    assert prompt.opening == '    def add(self, a, b):\n        """The sum."""\n'


def test_another_language_keeps_its_last_line() -> None:
    text = "function add(a, b) {\n  return a - b;\n}\n"
    prompt = without_body(*target_in("a.js", text, "add"), "Fix it", "")
    assert prompt is not None
    assert "function add(a, b) {\n  ...\n}\n" in prompt.messages[-1].content


def test_code_of_a_large_file_that_is_not_shown_is_repeated_once() -> None:
    context, target, text = target_in("a.py", CODE, "Sums.add")
    part = replace(target.file, text="class Sums:\n⋮\n", whole=False)
    context = replace(context, files=(part,))
    said = usual(context, target, text, "Fix it", "", fixing=False).messages[-1].content
    assert said.count("c = a - b") == 1
    hidden = without_body(context, target, text, "Fix it", "")
    assert hidden is not None
    assert "c = a - b" not in hidden.messages[-1].content
    assert hidden.opening == '    def add(self, a, b):\n        """The sum."""\n'


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (CODE, "no unit: the whole file"),
        ("def add(a, b): return a - b\n", "add"),
        ('def add(a, b):\n    """Only words."""\n', "add"),
        (CODE, "Sums"),
    ],
)
def test_code_without_a_body_to_hide_has_no_such_prompt(text, name) -> None:
    assert without_body(*target_in("a.py", text, name), "Fix it", "") is None


def test_a_unit_that_is_not_in_its_file_has_no_such_prompt() -> None:
    _, target, text = target_in("a.py", CODE, "Sums.add")
    other = ContextFile("a.py", "class Sums:\n    ...\n", target.file.units, 5)
    assert without_body(Context((other,), "", 0, 5, 100), target, text, "Fix it", "") is None


def test_the_usual_prompt_opens_with_the_signature_only_in_a_fix() -> None:
    context, target, text = target_in("a.py", CODE, "Sums.add")
    kept = usual(context, target, text, "Fix it", "", fixing=True)
    free = usual(context, target, text, "Fix it", "", fixing=False)
    assert kept.opening.endswith('"""The sum."""\n')
    assert free.opening == ""
    assert "a - b" in kept.messages[-1].content


def continuation_of(path: str, text: str, name: str) -> Prompt | None:
    return continued(*target_in(path, text, name), "Do what the notes say")


def test_a_file_to_write_is_the_last_of_its_repository() -> None:
    text = "import math\n\n\ndef area(r):\n    pass\n\n\ndef edge(r):\n    pass\n"
    prompt = continuation_of("shapes/round.py", text, "the whole file")
    assert prompt is not None
    assert prompt.messages == ()
    assert prompt.opening == "import math\n\n\ndef area(r):\n"
    assert prompt.files == (
        SourceFile("TASK.md", "Do what the notes say\n"),
        SourceFile("stubs/shapes/round.py", text),
        SourceFile("shapes/round.py", ""),
    )
    assert "\ndef " not in prompt.stop


def test_a_unit_to_write_follows_what_is_before_it() -> None:
    text = CODE.replace(
        '        """The sum."""\n        c = a - b\n        return c', "        pass"
    )
    prompt = continuation_of("a.py", text, "Sums.add")
    assert prompt is not None
    assert prompt.opening == "    def add(self, a, b):\n"
    assert prompt.files[-1] == SourceFile("a.py", "class Sums:\n")
    assert {"\n    def ", "\n    @", "\ndef ", "\nclass "} <= set(prompt.stop)


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("def f(a): ...\n", "def f(a):\n"),
        ("def f(a):\n    # TODO\n\n    pass\n", "def f(a):\n"),
        ('def f(a):\n    """What."""\n    pass\n', 'def f(a):\n    """What."""\n'),
        ('def f(a): """What."""\n', "def f(a):\n"),
        ("@cache\ndef f(\n    a,\n):\n    pass\n", "@cache\ndef f(\n    a,\n):\n"),
        ("class A:\n    @property\n    def x(self):\n        pass\n", "class A:\n"),
        (
            "def done(a):\n    return a\n\n\ndef f(a):\n    pass\n",
            "def done(a):\n    return a\n\n\ndef f(a):\n",
        ),
        ("ä = 'ö'; x = 1\ndef ä(ö): pass\n", "ä = 'ö'; x = 1\ndef ä(ö):\n"),
    ],
)
def test_the_opening_is_the_head_of_the_first_unwritten_definition(text: str, opening: str) -> None:
    prompt = continuation_of("a.py", text, "the whole file")
    assert prompt is not None
    assert prompt.opening == opening


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x = 1\n", "the whole file"),
        ("def f(:\n", "the whole file"),
        ("class A:\n    def f(self): ...\n\n\nclass B:\n    def f(self): ...\n", "A.f"),
    ],
)
def test_code_without_a_head_or_a_unique_position_cannot_be_continued(text: str, name: str) -> None:
    assert continuation_of("a.py", text, name) is None
