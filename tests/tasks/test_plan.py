import llguidance
import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer
from assistant.errors import Cancelled, ProposalError, UsageError
from assistant.tasks.events import (
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
from assistant.tasks.plan import plan, plan_grammar
from assistant.tasks.request import TaskRequest

TWO_STEPS = "edit calc.py::add: Add the numbers.\ncreate docs/usage.md: Say how to use it.\n"
SELECTION = (Selected("calc.py"),)


def test_steps_stream_in_and_the_plan_ends_it(make_world) -> None:
    world = make_world([TWO_STEPS])
    events = list(plan(world.workspace, TaskRequest("Correct add, with docs", SELECTION), Cancel()))
    first = Step(1, Verb.EDIT, "calc.py", "add", "Add the numbers.")
    second = Step(2, Verb.CREATE, "docs/usage.md", "", "Say how to use it.")
    kept = [e for e in events if not isinstance(e, TextStreamed | PromptProgress)]
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


def test_the_plan_is_constrained_to_places_that_exist(make_world) -> None:
    world = make_world([TWO_STEPS])
    list(plan(world.workspace, TaskRequest("Correct add, with docs", SELECTION), Cancel()))
    constraint = world.engine.requests[0].constraint
    assert constraint is not None
    assert '"calc.py::add: "' in constraint.text
    assert "nowhere" not in constraint.text


@pytest.mark.parametrize(
    ("task", "creates"),
    [("Correct add, test_calc.py fails", False), ("Tell in usage.md how to add", True)],
)
def test_a_file_is_planned_where_the_task_names_one_that_is_not_there(
    make_world, task, creates
) -> None:
    world = make_world(["edit calc.py::add: Add the numbers.\n"])
    list(plan(world.workspace, TaskRequest(task, SELECTION), Cancel()))
    constraint = world.engine.requests[0].constraint
    assert constraint is not None
    assert ('"create "' in constraint.text) is creates


def test_an_answer_without_a_step_is_an_error(make_world) -> None:
    world = make_world([Answer("", reason="length")])
    with pytest.raises(ProposalError, match="no step"):
        list(plan(world.workspace, TaskRequest("Correct add", SELECTION), Cancel()))


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


def test_a_small_file_is_one_step(make_world) -> None:
    world = make_world(["edit calc.py::add: Add them.\nedit calc.py::mean: Divide the sum.\n"])
    *_, ready = plan(world.workspace, TaskRequest("Correct it", SELECTION), Cancel())
    assert ready.plan.steps == (Step(1, Verb.EDIT, "calc.py", "", "Add them; Divide the sum."),)


def test_the_units_of_a_large_file_are_steps_of_their_own(make_world) -> None:
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
    """A tokenizer of single bytes, as llguidance wants one."""

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
        ("edit a.py::g: Add the numbers.", False),
        ("create a.py: Hold what is new.", False),
        ("create a.py.001: Hold what is new.", False),
        ("create a.py/b.py: Hold what is new.", False),
        ("create a.pyx: Hold what is new.", True),
        ("create ../a.py: Hold what is new.", False),
        ("create /a.py: Hold what is new.", False),
    ],
)
def test_the_grammar_knows_what_exists(line, accepted) -> None:
    assert _accepts(plan_grammar(("a.py", "a.py::f")), line + "\n") is accepted


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("edit a.py::f: Add the numbers.", Verb.EDIT),
        ("delete a.py: Nobody needs it.", Verb.DELETE),
        ("create b.py: Hold what is new.", Verb.CREATE),
    ],
)
def test_the_grammar_has_the_verbs_that_are_allowed(line, verb) -> None:
    assert _accepts(plan_grammar(("a.py",), {Verb.EDIT, verb}), line.replace("::f", "") + "\n")
    others = set(Verb) - {verb}
    assert not _accepts(plan_grammar(("a.py",), others), line.replace("::f", "") + "\n")


def test_a_file_is_created_even_so_where_there_is_none() -> None:
    assert _accepts(plan_grammar((), {Verb.EDIT}), "create b.py: Hold what is new.\n")
