import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Status, Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.engine.scripted import Answer
from assistant.errors import Cancelled, ContextError, ProposalError
from assistant.proposal.diff import hunks_of
from assistant.settings import Settings
from assistant.solving.drawing import LEAST_ANSWER, TEMPLATE_TOKENS
from assistant.solving.events import (
    CandidateDiscarded,
    CandidateReady,
    CheckFinished,
    Phase,
    PhaseStarted,
    ProposalReady,
    Step,
    TextStreamed,
    UnitsChosen,
    Verb,
)
from assistant.solving.request import TaskRequest
from assistant.solving.sources.rewrite import STUB_ANSWER
from assistant.tasks.edit import edit
from tests.worlds import CALC

RIGHT = CALC.replace("a - b", "a + b")
SELECTION = (Selected("calc.py"),)


OTHER = CALC.replace("a - b", "b + a")


def the_proposal(events):
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal


def test_a_small_file_is_rewritten_whole_and_proposed(make_world) -> None:
    world = make_world([[RIGHT, OTHER, RIGHT]])
    request = TaskRequest("Correct add", SELECTION, candidates=3)
    events = list(edit(world.workspace, request, Cancel()))
    phases = [event.phase for event in events if isinstance(event, PhaseStarted)]
    assert phases == [Phase.CONTEXT, Phase.LOCATING, Phase.WRITING]
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    assert chosen.labels == ("calc.py",)
    proposal = the_proposal(events)
    assert proposal.best.changes[0].new == RIGHT.encode()
    assert proposal.best.votes == 2
    assert proposal.best.verdict is Verdict.NOT_TESTED
    assert len(proposal.candidates) == 2
    assert (world.root / "calc.py").read_text() == CALC, "nothing is written"


def _written(events):
    return [event.candidate.id for event in events if isinstance(event, CandidateReady)]


def test_drawing_ends_when_no_further_candidate_could_become_the_best(make_world) -> None:
    world = make_world([[RIGHT, RIGHT, OTHER]])
    events = list(edit(world.workspace, TaskRequest("Correct add", SELECTION), Cancel()))
    assert _written(events) == [1, 2]
    assert the_proposal(events).best.votes == 2


def test_a_check_that_passes_already_does_not_prolong_drawing(make_world) -> None:
    world = make_world([[RIGHT, RIGHT, OTHER]], files={"calc.py": CALC, "test_calc.py": ""})
    check = parse_command("python -c pass")
    request = TaskRequest("Correct add", SELECTION, check=check)
    assert _written(list(edit(world.workspace, request, Cancel()))) == [1, 2]


def test_a_failing_check_may_still_prove_a_candidate_with_fewer_votes(make_world) -> None:
    world = make_world([[OTHER.replace("+", "-"), OTHER.replace("+", "-"), RIGHT]])
    check = parse_command("python -m unittest test_calc.py")
    request = TaskRequest("Correct add", SELECTION, check=check)
    events = list(edit(world.workspace, request, Cancel()))
    assert _written(events) == [1, 2, 3]
    assert the_proposal(events).best.verdict is Verdict.VERIFIED


def test_unusable_drafts_are_discarded_with_a_reason(make_world) -> None:
    cut = Answer(RIGHT, reason="length")
    world = make_world([["def add(:", CALC, cut, RIGHT]])
    request = TaskRequest("Correct add", SELECTION, candidates=4)
    events = list(edit(world.workspace, request, Cancel()))
    reasons = [event.reason for event in events if isinstance(event, CandidateDiscarded)]
    assert "does not parse" in reasons[0]
    assert "changes nothing" in reasons[1]
    assert reasons[2] == "cut at the token limit"
    assert [candidate.id for candidate in the_proposal(events).candidates] == [4]


def _asked(world):
    return world.engine.requests[0].messages[-1].content


@pytest.mark.parametrize(
    ("task", "told"), [("Fix the crash in mean", True), ("Use a faster way in mean", False)]
)
def test_the_prompt_of_a_repair_says_what_reading_the_file_shows(make_world, task, told) -> None:
    files = {"calc.py": "def mean(values):\n    return total(values) / len(values)\n"}
    world = make_world([files["calc.py"].replace("total", "sum")], files=files)
    list(edit(world.workspace, TaskRequest(task, SELECTION, candidates=1), Cancel()))
    assert ("calc.py:2: undefined name 'total'" in _asked(world)) is told


@pytest.mark.parametrize("task", ["Remove `mean`.", "Rename mean to average, make it return v"])
def test_what_the_task_removes_is_removed(make_world, task) -> None:
    head, _, _ = CALC.partition("\n\n\ndef mean")
    answer = head + "\n" + ("" if "Remove" in task else "\n\ndef average(v):\n    return v\n")
    world = make_world([answer])
    request = TaskRequest(task, SELECTION, candidates=1)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert proposal.best.changes[0].new == answer.encode()
    assert proposal.best.found("definitions") is None


def test_a_candidate_that_loses_a_method_does_not_rank_first(make_world) -> None:
    stub = "class Tree:\n    def add(self, value): ...\n\n    def data(self): ...\n"
    add = "class Tree:\n    def add(self, value):\n        self.value = value\n"
    whole = f"{add}\n    def data(self):\n        return self.value\n"
    world = make_world([[add, add, whole]], files={"tree.py": stub})
    request = TaskRequest("Implement the class", (Selected("tree.py"),))
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    forgetful = proposal.candidates[1].found("definitions")
    assert [each.id for each in proposal.candidates] == [3, 1]
    assert proposal.best.found("definitions") is None
    assert forgetful is not None
    assert forgetful.about == ("tree.py::Tree.data",)


def _most_tokens(world):
    return world.engine.requests[0].samplings[0].max_tokens


def test_a_stub_has_room_for_a_long_body(make_world) -> None:
    world = make_world(["def f():\n    return 1\n"], files={"a.py": "def f():\n    pass\n"})
    request = TaskRequest("Implement it", (Selected("a.py"),), candidates=1)
    list(edit(world.workspace, request, Cancel()))
    assert _most_tokens(world) == STUB_ANSWER


def test_a_draft_may_take_what_the_prompt_leaves_of_the_context(make_world) -> None:
    settings = Settings(context_tokens=900)
    world = make_world([RIGHT], settings=settings)
    list(edit(world.workspace, TaskRequest("Correct add", SELECTION, candidates=1), Cancel()))
    read = sum(len(message.content.split()) for message in world.engine.requests[0].messages)
    assert _most_tokens(world) == 900 - read - 1 - TEMPLATE_TOKENS


def test_a_prompt_that_leaves_no_room_is_refused_rather_than_cut(make_world) -> None:
    world = make_world([RIGHT], settings=Settings(context_tokens=150))
    list(edit(world.workspace, TaskRequest("Correct add", SELECTION, candidates=1), Cancel()))
    assert _most_tokens(world) > LEAST_ANSWER, "the engine is asked for what it needs, and refuses"


def test_code_that_is_too_long_for_the_context_is_read_alone(make_world) -> None:
    long = "def long(value):\n" + "    value += 1 + 2\n" * 100 + "    return value\n"
    rest = "\n\n".join(f"def long_{n}(value):\n" + "    value -= 3\n" * 6 for n in range(60))
    files = {"a.py": f"{long}\n\n{rest}"}
    answer = long.replace("return value", "return 7")
    world = make_world([[answer]], files=files, settings=Settings(context_tokens=1500))
    request = TaskRequest("Make `long` return 7", (Selected("a.py"),), candidates=1)
    last = list(edit(world.workspace, request, Cancel()))[-1]
    assert isinstance(last, ProposalReady)
    assert b"return 7" in last.proposal.best.changes[0].new
    read = world.engine.requests[0].messages[-1].content
    assert long.strip() in read
    assert "long_1" not in read


@pytest.mark.parametrize("hurried_at", [1, 2])
def test_a_hurried_edit_proposes_the_best_candidate_so_far(make_world, hurried_at) -> None:
    world = make_world([[RIGHT, OTHER, OTHER]])
    cancel, events = Cancel(), []
    for event in edit(world.workspace, TaskRequest("Add", SELECTION, candidates=3), cancel):
        events.append(event)
        if isinstance(event, TextStreamed) and event.candidate == hurried_at:
            cancel.hurry()
    (only,) = the_proposal(events).candidates
    assert only.changes[0].new == RIGHT.encode(), "a draft that is half written is not waited for"
    assert not cancel.is_set


def test_an_edit_without_a_usable_draft_is_an_error_that_says_why(make_world) -> None:
    world = make_world([CALC, "", CALC, CALC])
    with pytest.raises(ProposalError, match="changes nothing"):
        list(edit(world.workspace, TaskRequest("Correct add", SELECTION, candidates=1), Cancel()))
    assert world.engine.requests[2].opening == "```python\n", (
        "an empty reasoning does not stop the variant"
    )


def test_a_step_rewrites_its_unit_only(make_world) -> None:
    world = make_world(["def mean(values):\n    return sum(values) / max(len(values), 1)\n"])
    step = Step(1, Verb.EDIT, "calc.py", "mean", "Allow an empty list.")
    request = TaskRequest("Be robust", SELECTION, candidates=1, step=step)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    expected = CALC.replace("len(values)", "max(len(values), 1)")
    assert proposal.best.changes[0].new == expected.encode()
    asked = world.engine.requests[0].messages[-1].content
    assert "Allow an empty list.\n\nThis is one step of: Be robust" in asked
    assert world.engine.requests[0].draft.startswith("def mean(values):")


def test_a_step_with_the_first_line_of_the_task_is_the_whole_task(make_world) -> None:
    world = make_world(["def mean(values):\n    return sum(values) / max(len(values), 1)\n"])
    step = Step(1, Verb.EDIT, "calc.py", "mean", "Be robust.")
    task = "Be robust.\n\nAn empty list has the mean 0."
    request = TaskRequest(task, SELECTION, candidates=1, step=step)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert proposal.title == "Be robust."
    asked = world.engine.requests[0].messages[-1].content
    assert task in asked
    assert "one step of" not in asked


def test_a_missing_import_of_the_standard_library_is_added(make_world) -> None:
    world = make_world(["def mean(values):\n    return math.fsum(values) / len(values)\n"])
    step = Step(1, Verb.EDIT, "calc.py", "mean", "Sum exactly.")
    request = TaskRequest("Be exact", SELECTION, candidates=1, step=step)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert b"\nimport math\n" in proposal.best.changes[0].new


def test_a_check_that_failed_before_proves_a_candidate_and_ends_drawing(make_world) -> None:
    world = make_world([[CALC.replace("a - b", "a * b"), RIGHT, CALC]])
    check = parse_command("python -m unittest -q")
    request = TaskRequest("Correct add", SELECTION, candidates=3, check=check)
    events = list(edit(world.workspace, request, Cancel()))
    runs = [e for e in events if isinstance(e, CheckFinished) and e.check.judge == "tests"]
    assert [(run.candidate, run.check.status) for run in runs] == [
        (-1, Status.FAILED),
        (1, Status.FAILED),
        (2, Status.PASSED),
    ]
    proposal = the_proposal(events)
    assert proposal.best.id == 2
    assert proposal.best.verdict is Verdict.VERIFIED
    assert proposal.candidates[1].verdict is Verdict.FAILED
    assert _written(events) == [1, 2]


def test_a_check_that_passed_before_proves_nothing(make_world) -> None:
    world = make_world([RIGHT.replace("sum(values)", "sum(list(values))")])
    (world.root / "calc.py").write_text(RIGHT)
    check = parse_command("python -m unittest -q")
    request = TaskRequest("Copy first, for speed", SELECTION, candidates=1, check=check)
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert proposal.best.verdict is Verdict.NOT_TESTED


def test_a_created_file_is_proposed_and_an_existing_one_refused(make_world) -> None:
    step = Step(1, Verb.CREATE, "docs/usage.md", "", "Say how to use it.")
    world = make_world(["# Usage\n\nAdd.", "x"])
    request = TaskRequest("Document", SELECTION, candidates=1, step=step)
    change = the_proposal(list(edit(world.workspace, request, Cancel()))).best.changes[0]
    assert (change.path, change.old, change.new) == ("docs/usage.md", None, b"# Usage\n\nAdd.\n")
    clash = Step(1, Verb.CREATE, "test_calc.py", "", "Again.")
    with pytest.raises(ProposalError, match="exists already"):
        list(edit(world.workspace, TaskRequest("Again", SELECTION, step=clash), Cancel()))


def test_a_deleted_unit_needs_no_model(make_world) -> None:
    world = make_world([])
    step = Step(1, Verb.DELETE, "calc.py", "mean", "Nobody uses it.")
    request = TaskRequest("Tidy", SELECTION, step=step)
    change = the_proposal(list(edit(world.workspace, request, Cancel()))).best.changes[0]
    assert change.new is not None
    assert b"def mean" not in change.new
    assert b"def add" in change.new


def test_a_step_on_a_unit_that_is_gone_is_an_error(make_world) -> None:
    world = make_world([])
    step = Step(1, Verb.EDIT, "calc.py", "gone", "Change it.")
    with pytest.raises(ContextError, match="no longer contains gone"):
        list(edit(world.workspace, TaskRequest("x", SELECTION, step=step), Cancel()))


def test_cancel_while_writing_raises_cancelled_and_proposes_nothing(make_world) -> None:
    cancel = Cancel()
    world = make_world([RIGHT])
    seen = []

    def run():
        for event in edit(world.workspace, TaskRequest("Correct add", SELECTION), cancel):
            seen.append(event)
            if event == PhaseStarted(Phase.WRITING, "calc.py"):
                cancel.set()

    with pytest.raises(Cancelled):
        run()
    assert PhaseStarted(Phase.WRITING, "calc.py") in seen
    assert not any(isinstance(event, ProposalReady) for event in seen)


@pytest.mark.parametrize(
    ("task", "check", "hunks"),
    [
        ("Return the sum", None, 1),
        ("Return the sum and tidy up the white space", None, 2),
        pytest.param("Return the sum", "python -c pass", 1, id="a test is not about them"),
        pytest.param("Return the sum", "sh -c true", 2, id="a linter may be about them"),
    ],
)
def test_changes_of_blank_lines_are_dropped_unless_asked_for(
    make_world, task, check, hunks
) -> None:
    code = 'def add(a, b):\n    """Says."""\n\n    c = a\n    return c - b\n'
    answer = 'def add(a, b):\n    """Says."""\n    c = a\n    return c + b\n'
    world = make_world([[answer]], files={"calc.py": code})
    command = parse_command(check) if check else None
    request = TaskRequest(task, SELECTION, candidates=1, check=command)
    (change,) = the_proposal(list(edit(world.workspace, request, Cancel()))).best.changes
    assert len(hunks_of(change)) == hunks


def test_a_candidate_that_never_reads_its_parameter_does_not_rank_first(make_world) -> None:
    code = "def size(value):\n    text = str(value)\n    return text\n"
    only_head = code.replace("(value)", "(value, strip=False)", 1)
    whole = only_head.replace("return text", "return text.strip() if strip else text")
    world = make_world([[only_head, only_head, whole]], files={"size.py": code})
    request = TaskRequest("Add a parameter strip to size", (Selected("size.py", "size"),))
    proposal = the_proposal(list(edit(world.workspace, request, Cancel())))
    assert [each.id for each in proposal.candidates] == [3, 1]
    found = proposal.candidates[1].found("parameters")
    assert found is not None
    assert found.detail == "size never reads strip"


@pytest.mark.parametrize(
    ("task", "proposed"), [("Fix copy support for `add`", False), ("Fix a typo in `add`", True)]
)
def test_a_docstring_alone_is_no_answer_to_other_tasks(make_world, task, proposed) -> None:
    answer = CALC.replace("The sum.", "The sum of two.")
    unit = answer[answer.index("def add") : answer.index("\n\n\ndef mean")]
    world = make_world(lambda request: [unit] * len(request.samplings))
    request = TaskRequest(task, SELECTION)
    if proposed:
        assert isinstance(list(edit(world.workspace, request, Cancel()))[-1], ProposalReady)
    else:
        with pytest.raises(ProposalError, match="nothing but docstrings"):
            list(edit(world.workspace, request, Cancel()))
