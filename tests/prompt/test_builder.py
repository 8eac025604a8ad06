from assistant.checks.results import Failure, Frame
from assistant.context.bundle import Context, ContextFile
from assistant.prompt import builder

FILE = ContextFile("a.py", "def f():\n    return '$x ${y}'\n", (), 10)
CONTEXT = Context((FILE,), "b.py\n  def g()", 5, 15, 100)


def test_tasks_with_the_same_selection_share_their_prefix() -> None:
    prefix = builder.stable_messages(CONTEXT)[-1].content
    others = [
        builder.plan_messages(CONTEXT, "t", ("a.py::f",), 3),
        builder.choose_messages(CONTEXT, "t", ("a.py::f", "a.py::g")),
        builder.rewrite_messages(CONTEXT, "t", FILE, name="f", current="def f(): ..."),
        builder.create_messages(CONTEXT, "t", "new.py"),
        builder.ask_messages(CONTEXT, "t"),
    ]
    assert "b.py\n  def g()" in prefix
    for messages in others:
        assert messages[0] == builder.stable_messages(CONTEXT)[0]
        assert messages[-1].content.startswith(prefix)


def test_template_placeholders_in_code_or_task_stay() -> None:
    text = builder.plan_messages(CONTEXT, "use ${HOME} and $task", (), 3)[-1].content
    assert "return '$x ${y}'" in text
    assert "use ${HOME} and $task" in text


def test_choices_are_labelled_with_letters() -> None:
    text = builder.choose_messages(CONTEXT, "t", ("a.py::f", "a.py::g"))[-1].content
    assert "A. a.py::f\nB. a.py::g" in text


def test_the_current_code_is_fenced_longer_than_its_own_fences() -> None:
    current = '"""\n```\ncode\n```\n"""'
    text = builder.rewrite_messages(CONTEXT, "t", FILE, name="f", current=current)[-1].content
    assert f"````python\n{current}\n````" in text
    assert builder.closing_fence(current) == "\n````"


def test_failure_notes_have_message_and_location_and_are_limited() -> None:
    failure = Failure("test_f", "\n".join(f"line {n}" for n in range(50)), (Frame("a.py", 2, "f"),))
    notes = builder.failure_notes([failure] * 9, ("the test",))
    assert notes.count("test_f") == builder.MAX_FAILURES
    assert "at a.py:2 f" in notes
    assert "line 11" in notes
    assert "line 12" not in notes
    assert notes.rstrip().endswith("the test")
    assert builder.failure_notes([]) == ""


def test_a_path_is_listed_once_with_its_units() -> None:
    targets = ("a.py", "a.py::f", "a.py::K.m", "b.md")
    text = builder.plan_messages(CONTEXT, "t", targets, 3)[-1].content
    assert "\na.py: f, K.m\nb.md\n" in text
