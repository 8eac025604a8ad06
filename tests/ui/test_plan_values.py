"""The rules of a plan: what is split, merged, undone, needed, and run next."""

from dataclasses import replace

import pytest

from assistant.errors import UsageError
from assistant.solving.events import Step, StepState, Verb
from assistant.solving.request import TaskRequest
from assistant.ui.runningall import Next, RunningAll
from assistant.ui.screens.steps import halves
from assistant.ui.stepneeds import needs_of, unmet
from assistant.ui.steps import StepHistory, Steps
from tests.ui.stage import PLAN

EDIT, CREATE, DELETE = Verb.EDIT, Verb.CREATE, Verb.DELETE


def steps_of(*rows: tuple[Verb, str, str]) -> tuple[Step, ...]:
    """Steps from verb, target and sentence."""
    parts = [(verb, *target.partition("::")[::2], said) for verb, target, said in rows]
    return tuple(Step(number, *part) for number, part in enumerate(parts, start=1))


@pytest.mark.parametrize(
    ("first", "second", "needed"),
    [
        ((CREATE, "a/new.py", "Add it."), (EDIT, "b.py", "Call what a/new.py has."), True),
        ((CREATE, "a/new.py", "Add it."), (EDIT, "b.py", "Import from new.py."), True),
        ((CREATE, "a/new.py", "Add it."), (EDIT, "b.py", "Import a.new here."), True),
        ((CREATE, "a/new.py", "Add it."), (EDIT, "b.py", "Something new."), False),
        ((CREATE, "a/new.py", "Add it."), (EDIT, "a/new.py::f", "Round."), True),
        ((EDIT, "a.py::Cart.total", "Round."), (EDIT, "a.py::Cart.size", "Count."), False),
        ((EDIT, "a.py::Cart.total", "Round."), (EDIT, "a.py::Cart", "Sort."), True),
        ((EDIT, "a.py::Cart", "Round."), (EDIT, "a.py::Cart.total", "Sort."), True),
        ((EDIT, "a.py::Cart", "Round."), (EDIT, "a.py::Carton", "Sort."), False),
        ((EDIT, "a.py", "Round."), (EDIT, "a.py::Cart", "Sort."), True),
        ((EDIT, "a.py", "Round."), (EDIT, "b.py", "As in a.py, sort."), True),
        ((EDIT, "a.py::Cart.total", "Round."), (EDIT, "b.py", "Show Cart.total here."), True),
        ((EDIT, "a.py::Cart.total", "Round."), (EDIT, "b.py", "Test the total of a cart."), True),
        ((EDIT, "a.py::Cart.total", "Round."), (EDIT, "b.py", "Show the total."), False),
        ((EDIT, "a.py::parse_all", "Round."), (EDIT, "b.py", "Use parse_all."), True),
        ((EDIT, "a.py", "Add a function `to_cents`."), (EDIT, "b.py", "Use to_cents()."), True),
        ((DELETE, "a.py", "Remove it."), (EDIT, "b.py", "Sort."), False),
    ],
)
def test_a_step_needs_what_an_earlier_one_makes(first, second, needed) -> None:
    steps = steps_of(first, second)
    assert needs_of(steps) == {1: (), 2: (0,) if needed else ()}


def test_a_file_is_created_before_it_is_used_wherever_its_step_is() -> None:
    steps = steps_of((EDIT, "b.py", "Import from new.py."), (CREATE, "new.py", "Sort."))
    assert needs_of(steps) == {1: (1,), 2: ()}


def test_a_note_can_name_what_is_needed_and_written_steps_are_met() -> None:
    first, second = steps_of((EDIT, "a.py::parse_all", "Round."), (EDIT, "b.py", "Sort."))
    steps = (first, replace(second, note="after parse_all()"))
    assert unmet(steps, 2) == (0,)
    assert unmet((replace(first, state=StepState.DONE), steps[1]), 2) == ()


def test_the_note_is_in_the_text_for_the_model_and_not_in_what_finds_the_place() -> None:
    step = replace(PLAN[0], note="keep cents as integers")
    request = TaskRequest("Be exact", step=step)
    assert request.wanted == step.sentence
    assert request.text == (
        f"{step.sentence}\n\nNote: keep cents as integers\n\nThis is one step of: Be exact"
    )
    alone = TaskRequest(step.sentence, step=step)
    assert alone.text == f"{step.sentence}\n\nNote: keep cents as integers"
    assert alone.wanted == alone.title.replace("…", "") or alone.wanted == step.sentence


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("Read it; write it.", ("Read it.", "Write it.")),
        ("Read the file and write the sum", ("Read the file.", "Write the sum")),
        ("Read it. Write it.", ("Read it.", "Write it.")),
        ("Round the sum", ("Round the sum", "")),
    ],
)
def test_a_sentence_is_split_where_it_has_two_parts(sentence, parts) -> None:
    assert halves(sentence) == parts


def test_a_split_of_a_created_file_edits_it_afterwards() -> None:
    steps = Steps(PLAN)
    split = steps.split(PLAN[3], "Make it.", "Test it.", PLAN[3].path)
    assert [(s.id, s.verb, s.sentence) for s in split.items[3:]] == [
        (4, CREATE, "Make it."),
        (5, EDIT, "Test it."),
    ]


def test_a_merge_joins_sentences_notes_and_units() -> None:
    one, two = replace(PLAN[0], note="a"), replace(PLAN[1], note="b")
    (step, *_) = Steps((one, two, *PLAN[2:])).merged(0).items
    assert (step.id, step.unit, step.note) == (1, "", "a\nb")
    assert step.sentence.startswith("Multiply each price by its quantity and round the sum")
    assert step.sentence.endswith("; " + two.sentence)


@pytest.mark.parametrize(
    ("steps", "at", "message"),
    [
        (PLAN, 3, "no step after"),
        (PLAN, 1, "different files"),
        ((replace(PLAN[0], state=StepState.RUNNING), PLAN[1]), 0, "at work"),
        ((PLAN[0], replace(PLAN[1], verb=DELETE)), 0, "cannot edit and then delete"),
    ],
)
def test_what_cannot_be_merged_is_said(steps, at, message) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        Steps(steps).merged(at)
    assert raised.value.hint


def test_an_undo_does_not_take_back_what_was_run() -> None:
    history, steps = StepHistory(), Steps(PLAN)
    history.add(steps)
    history.moved_on(1, StepState.DONE, "2 hunks")
    back = history.back()
    assert (back.items[0].state, back.items[0].outcome) == (StepState.DONE, "2 hunks")
    assert back.items[1:] == PLAN[1:]
    assert not history


def in_state(steps: tuple[Step, ...], **states: StepState) -> tuple[Step, ...]:
    """The steps with states by `s1`, `s2`, …"""
    return tuple(replace(s, state=states.get(f"s{s.id}", StepState.ACCEPTED)) for s in steps)


INDEPENDENT = steps_of((EDIT, "a.py", "Sort."), (EDIT, "b.py", "Sort."), (EDIT, "c.py", "Sort."))


def test_all_steps_follow_each_other_when_written_or_discarded() -> None:
    running = RunningAll()
    running.begin(in_state(INDEPENDENT, s2=StepState.PROPOSED))
    first = running.next(in_state(INDEPENDENT, s2=StepState.PROPOSED))
    assert first.step.id == 1
    assert running.remaining == 1
    now = in_state(INDEPENDENT, s1=StepState.REVIEW, s2=StepState.PROPOSED)
    running.seen(now)
    assert running.next(now) == Next()
    assert running.next(in_state(INDEPENDENT, s2=StepState.PROPOSED)).step.id == 3, "discarded"
    assert running.next(in_state(INDEPENDENT, s3=StepState.DONE)) == Next()
    assert not running.active


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.ACCEPTED])
def test_a_step_without_a_proposal_ends_it(state) -> None:
    running = RunningAll()
    running.begin(in_state(INDEPENDENT))
    running.next(in_state(INDEPENDENT))
    assert "Step 1 has no proposal" in running.next(in_state(INDEPENDENT, s1=state)).problem
    assert not running.active


def test_a_step_waits_for_what_it_needs_and_says_so_if_that_never_comes() -> None:
    steps = steps_of((EDIT, "b.py", "Import from new.py."), (CREATE, "new.py", "Sort."))
    running = RunningAll()
    running.begin(in_state(steps))
    assert running.next(in_state(steps)).step.id == 2, "the file comes first"
    running.seen(in_state(steps, s2=StepState.REVIEW))
    ended = running.next(in_state(steps, s2=StepState.REJECTED))
    assert ended == Next(problem="Step 1 needs step 2, which is not written.")
