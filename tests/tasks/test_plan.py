import llguidance
import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer
from assistant.errors import Cancelled, ProposalError, UsageError
from assistant.intent.reading import read_intent
from assistant.settings import Settings
from assistant.solving.events import (
    ContextRead,
    GenerationFinished,
    Phase,
    PhaseStarted,
    Plan,
    PlanReady,
    PromptProgress,
    Step,
    StepProposed,
    TextStreamed,
    Verb,
)
from assistant.solving.request import TaskRequest
from assistant.tasks.plan import plan, plan_grammar, verbs_for
from tests.worlds import CALC

TWO_STEPS = "edit calc.py::add: Add the numbers.\ncreate docs/usage.md: Say how to use it.\n"
SELECTION = (Selected("calc.py"),)
TWO_FILES = {"calc.py": CALC, "more.py": "X = 1\n", "RULES.md": "# Add\n"}


def test_steps_are_streamed_before_the_plan(make_world) -> None:
    world = make_world([TWO_STEPS])
    events = list(plan(world.workspace, TaskRequest("Correct add, with docs", SELECTION), Cancel()))
    first = Step(1, Verb.EDIT, "calc.py", "add", "Add the numbers.")
    second = Step(2, Verb.CREATE, "docs/usage.md", "", "Say how to use it.")
    kept = [e for e in events if not isinstance(e, TextStreamed | PromptProgress | ContextRead)]
    assert kept[0] == PhaseStarted(Phase.CONTEXT)
    assert kept[1] == PhaseStarted(Phase.PLANNING)
    assert [e for e in kept if isinstance(e, StepProposed)] == [
        StepProposed(first),
        StepProposed(second),
    ]
    assert isinstance(kept[-2], GenerationFinished)
    assert kept[-1] == PlanReady(Plan("Correct add, with docs", (first, second)))
    position = events.index(StepProposed(first))
    assert any(isinstance(e, TextStreamed) for e in events[position:]), "the first step came early"


def test_the_plan_is_constrained_to_targets_that_exist(make_world) -> None:
    world = make_world([TWO_STEPS])
    list(plan(world.workspace, TaskRequest("Correct add, with docs", SELECTION), Cancel()))
    constraint = world.engine.requests[0].constraint
    assert constraint is not None
    assert '"calc.py::add: "' in constraint.text
    assert "nowhere" not in constraint.text


@pytest.mark.parametrize(
    ("task", "creates"),
    [("Correct add, test_calc.py fails", False), ("Tell in a new file how to add", True)],
)
def test_a_file_is_created_only_when_the_task_mentions_one(make_world, task, creates) -> None:
    world = make_world(["edit calc.py::add: Add the numbers.\n"], files=TWO_FILES)
    selection = (*SELECTION, Selected("more.py"))
    list(plan(world.workspace, TaskRequest(task, selection), Cancel()))
    constraint = world.engine.requests[0].constraint
    assert constraint is not None
    assert ('"create "' in constraint.text) is creates


def test_a_document_that_the_task_only_refers_to_is_not_a_target(make_world) -> None:
    world = make_world(["edit calc.py::add: Add the numbers.\n"] * 2, files=TWO_FILES)
    selection = (*SELECTION, Selected("more.py"), Selected("RULES.md"))
    for task in ("Correct add as described in RULES.md", "Say more in RULES.md"):
        list(plan(world.workspace, TaskRequest(task, selection), Cancel()))
    read, changed = (request.constraint.text for request in world.engine.requests)
    assert '"RULES.md: "' not in read
    assert '"RULES.md: "' in changed
    assert "# Add" in world.engine.requests[0].messages[-1].content


@pytest.mark.parametrize(
    ("text", "unit"), [("def add(a, b):\n    return a - b\n", "add"), (CALC, ""), ("X = 1\n", "")]
)
def test_a_single_target_needs_no_model(make_world, text, unit) -> None:
    world = make_world([], files={"calc.py": text, "RULES.md": "# Add\n"})
    selection = (*SELECTION, Selected("RULES.md"))
    task = "Correct add.\nIt subtracts."
    events = list(plan(world.workspace, TaskRequest(task, selection), Cancel()))
    step = Step(1, Verb.EDIT, "calc.py", unit, "Correct add.")
    assert events[-2:] == [StepProposed(step), PlanReady(Plan(task, (step,)))]
    assert world.engine.requests == []


def test_a_file_that_the_task_names_is_created_first(make_world) -> None:
    world = make_world(["edit calc.py: Add them.\n", Answer("")])
    task = "Add a command line in cli/add.py"
    asked = TaskRequest(task, SELECTION)
    *_, ready = plan(world.workspace, asked, Cancel())
    first = Step(1, Verb.CREATE, "cli/add.py", "", task)
    assert ready.plan.steps == (first, Step(2, Verb.EDIT, "calc.py", "", "Add them."))
    *events, ready = plan(world.workspace, asked, Cancel())
    assert ready.plan.steps == (first,)
    assert StepProposed(first) in events
    assert world.engine.requests[0].opening == f"create cli/add.py: {task}\n"
    grammar = world.engine.requests[0].constraint.text
    assert _accepts(grammar, "edit calc.py: Add them.\n" * 5)
    assert not _accepts(grammar, "edit calc.py: Add them.\n" * 6)


@pytest.mark.parametrize("most", [1, 2, 6])
def test_there_are_no_more_steps_than_targets(most) -> None:
    lines = ["edit a.py: Add the numbers."] * (most + 1)
    grammar = plan_grammar(("a.py", "a.py::f"), {Verb.EDIT}, most)
    assert _accepts(grammar, "\n".join(lines[:most]) + "\n")
    assert not _accepts(grammar, "\n".join(lines) + "\n")


def test_a_large_file_with_three_units_has_no_more_than_three_steps(make_world) -> None:
    body = "".join(f"    x = {n} + a\n" for n in range(300))
    text = "".join(f"def f{n}(a):\n{body}\n\n" for n in range(3))
    answer = "".join(f"edit calc.py::f{n}: Add them.\n" for n in range(3))
    world = make_world([answer], files={"calc.py": text}, settings=Settings(context_tokens=32768))
    *_, ready = plan(world.workspace, TaskRequest("Correct it", SELECTION), Cancel())
    assert [step.unit for step in ready.plan.steps] == ["f0", "f1", "f2"]
    assert [step.sentence for step in ready.plan.steps] == ["Add them."] * 3
    assert not _accepts(world.engine.requests[0].constraint.text, f"{answer}{answer}")


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_line_ends_between_and_after_steps_may_vary(end) -> None:
    grammar = plan_grammar(("a.py", "b.py"))
    lines = f"edit a.py: Add the numbers.{end or chr(10)}edit b.py: Add them.{end}"
    assert _accepts(grammar, lines)


def test_a_plan_without_a_step_is_an_error(make_world) -> None:
    world = make_world([Answer("", reason="length")])
    with pytest.raises(ProposalError, match="no step"):
        list(plan(world.workspace, TaskRequest("Correct add, with docs", SELECTION), Cancel()))


def test_an_empty_task_is_refused_before_the_model_is_asked(make_world) -> None:
    world = make_world([])
    with pytest.raises(UsageError, match="empty"):
        list(plan(world.workspace, TaskRequest("  \n", SELECTION), Cancel()))
    assert world.engine.requests == []


def test_a_cancelled_plan_raises_cancelled(make_world) -> None:
    world = make_world([TWO_STEPS])
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        list(plan(world.workspace, TaskRequest("Correct add, with docs", SELECTION), cancel))


def test_a_plan_that_repeats_itself_is_ended(make_world) -> None:
    lines = [
        "edit more.py: Hold one.",
        "edit calc.py::add: Add another.",
        "edit more.py: Hold more.",
    ]
    world = make_world(["\n".join([*lines, "edit calc.py::mean: Halve it."])], files=TWO_FILES)
    selection = (*SELECTION, Selected("more.py"))
    events = list(
        plan(world.workspace, TaskRequest("Let it grow, in new files", selection), Cancel())
    )
    assert [step.target for step in events[-1].plan.steps] == ["more.py", "calc.py::add"]
    streamed = "".join(e.text for e in events if isinstance(e, TextStreamed))
    assert "Hold more.\n" in streamed
    assert "Halve it." not in streamed
    assert any(isinstance(e, GenerationFinished) for e in events), "its figures are reported"


def test_a_small_file_is_one_step(make_world) -> None:
    world = make_world(["edit calc.py::add: Add them.\nedit calc.py::mean: Divide the sum.\n"])
    *_, ready = plan(world.workspace, TaskRequest("Correct it", SELECTION), Cancel())
    assert ready.plan.steps == (Step(1, Verb.EDIT, "calc.py", "", "Correct it"),)


def test_the_units_of_a_large_file_are_separate_steps(make_world) -> None:
    long = "".join(f"def f{n}(a, b):\n    return a + b + {n} + 1\n\n\n" for n in range(90))
    answer = "edit calc.py::f1: Add them.\nedit calc.py::f2: Divide the sum.\n"
    world = make_world([answer], files={"calc.py": long})
    *_, ready = plan(world.workspace, TaskRequest("Correct it", SELECTION), Cancel())
    assert [step.unit for step in ready.plan.steps] == ["f1", "f2"]


@pytest.mark.parametrize("targets", [(), ("a.py", 'we"ird\\name.py::f')])
@pytest.mark.parametrize("verbs", [tuple(Verb), (Verb.EDIT,)])
def test_the_grammar_is_valid(targets, verbs) -> None:
    grammar = llguidance.grammar_from("lark", plan_grammar(targets, verbs))
    assert llguidance.LLMatcher.validate_grammar(grammar) == ""


class Bytes:
    """A tokenizer of single bytes, as llguidance expects it."""

    bos_token_id = None
    eos_token_id = 256
    special_token_ids = (256,)
    tokens = (*(bytes([byte]) for byte in range(256)), b"<end>")

    def __call__(self, text):
        return list(text.encode() if isinstance(text, str) else text)


def _accepts(grammar, text):
    tokenizer = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Bytes()))
    matcher = llguidance.LLMatcher(tokenizer, llguidance.grammar_from("lark", grammar))
    return matcher.try_consume_tokens(list(text.encode())) == len(text)


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ("edit a.py::f: Add the numbers.", True),
        ("delete a.py: Nobody needs it.", True),
        ("create b/c.py: Hold what is new.", True),
        ("edit a.py::f: Add a.x to 1.5", True),
        ("edit a.py::f: Add the numbers. Then rest.", False),
        ("edit a.py::f: Add the numbers, edit a.py::f: Rest.", False),
        ("edit a.py::f: return a + b if c == {}", False),
        ("edit a.py::g: Add the numbers.", False),
        ("create a.py: Hold what is new.", False),
        ("create a.py.001: Hold what is new.", False),
        ("create a.py/b.py: Hold what is new.", False),
        ("create a.pyx: Hold what is new.", True),
        ("create ../a.py: Hold what is new.", False),
        ("create /a.py: Hold what is new.", False),
    ],
)
def test_the_grammar_accepts_only_targets_that_exist_and_new_paths(line, accepted) -> None:
    assert _accepts(plan_grammar(("a.py", "a.py::f")), line + "\n") is accepted


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("edit a.py::f: Add the numbers.", Verb.EDIT),
        ("delete a.py: Nobody needs it.", Verb.DELETE),
        ("create b.py: Hold what is new.", Verb.CREATE),
    ],
)
def test_the_grammar_has_only_the_allowed_verbs(line, verb) -> None:
    assert _accepts(plan_grammar(("a.py",), {Verb.EDIT, verb}), line.replace("::f", "") + "\n")
    others = set(Verb) - {verb}
    assert not _accepts(plan_grammar(("a.py",), others), line.replace("::f", "") + "\n")


def test_without_targets_the_grammar_always_allows_create() -> None:
    assert _accepts(plan_grammar((), {Verb.EDIT}), "create b.py: Hold what is new.\n")


@pytest.mark.parametrize(
    ("task", "verbs"),
    [
        ("Make add faster.", ""),
        ("Correct src/a.py, as in a.py.", ""),
        ("Call self.add() and a.load(1).", ""),
        ("Fix add, the test fails: call remove_all", ""),
        ("Tree.total is wrong", ""),
        ("Round to 1.5 digits, e.g. 2.25.", ""),
        ("Round as described in SPEC.md", ""),
        ("Add usage.md.", "create"),
        ("Put add into src/b.py", "create"),
        ("Add a test for add", "create"),
        ("Remove add.", "delete"),
        ("Move add to a file of its own", "create delete"),
        ("Entferne add", "delete"),
        ("Elimina add", "delete"),
        ("新建一个文件", "create"),
        ("addを削除する", "delete"),
        ("让 add 更好", ""),
    ],
)
def test_the_verbs_follow_from_the_task(task, verbs) -> None:
    allowed = verbs_for(read_intent(task), ("src/a.py", "src/a.py::add", "src/a.py::Tree.total"))
    assert {verb.value for verb in allowed} == {"edit", *verbs.split()}
