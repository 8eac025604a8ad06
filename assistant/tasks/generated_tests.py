"""Owns the tests that the model writes for itself where nobody gave a check.

It is asked for the examples that the task's words give; such as these write out as code come with
them. What it writes is often wrong, so it only
ranks: of several answers to the same words, the one that does more of what the model expected is
the likelier one (CodeT, https://arxiv.org/abs/2207.10397), above all where the words say the same.
Only for Python code that has yet to be written, where there is nothing to go by but the text, and
only with the user's consent, in a sandbox without network or sight of the user's files.
"""

import ast
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.checks.results import Check, Status
from assistant.context.bundle import Context
from assistant.engine.base import Cancel, Constraint, Request
from assistant.intent.reading import read_intent
from assistant.intent.values import Edge, Topic
from assistant.probe.assertions import (
    assertions_in,
    binds,
    call_of,
    expected_by,
    is_closed,
    is_told,
    raised_in,
    with_arguments_packed,
    with_grouped_texts,
    with_positions,
    with_raising,
    without_contradictions,
)
from assistant.probe.edges import edge_calls
from assistant.probe.stated import told_examples
from assistant.probe.trials import stumbles_of, try_assertions, values_of
from assistant.prompt.builder import closing_fence, generated_tests_messages, opening_fence
from assistant.proposal.changes import Candidate
from assistant.proposal.ranking import ranked
from assistant.repo.python_trees import parsed
from assistant.repo.units import Unit, UnitKind
from assistant.tasks.candidates import overlay_of
from assistant.tasks.events import Event, Phase, PhaseStarted
from assistant.tasks.locate import Target
from assistant.tasks.request import TaskRequest, Workspace
from assistant.tasks.rewrite import is_to_be_written
from assistant.tasks.streams import Drawn, draw, ladder, request_for, room_for

ANSWERS = 4
"""Answers drawn in each view where own tests can rank them, all at the same time."""

_DRAWS = 2
_MOST_TOKENS = 250
_MOST_LITERAL = 8
"""Assertions that are asked for by the grammar."""
_MOST_DEFINITIONS = 2
"""Definitions of a file that are asked about, each by itself."""
_LONGEST_SHOWN = 200
"""Characters of a value that an answer gives."""
_AGREEING = 3
"""Answers that pass and fail the same tests, from which on more are not worth their time."""


@dataclass(frozen=True, slots=True)
class Missed:
    """An example of the task's words that an answer does not do."""

    call: str
    expected: str
    got: str
    """A value written out, or the name of an exception."""


@dataclass(frozen=True, slots=True)
class GeneratedTests:
    """Assertions that the model wrote about one file."""

    path: str
    assertions: tuple[str, ...]
    examples: int = 0
    """How many of them, the first, stand in the task's words."""
    edges: frozenset[Edge] = frozenset()
    """What else the words speak of."""
    errors: frozenset[str] = frozenset()
    """Names of exceptions in the words: a call may end with one of them."""
    refuses: bool = False
    """The words want some input refused, so an answer may raise an error of its own."""

    def tried(self, workspace: Workspace, candidate: Candidate, cancel: Cancel) -> Candidate:
        """The candidate with what it passes, and how many edges it stumbles over: both prove
        nothing."""
        held = try_assertions(
            workspace.runner, self.path, self.assertions, overlay_of(candidate), cancel
        )
        said = f"passes {sum(held)} of {len(held)} tests that the model wrote for itself"
        if self.examples:
            said += f", {sum(held[: self.examples])} of {self.examples} examples of the task"
        checks = [Check("generated tests", Status.HINT, said)]
        candidate = replace(candidate, tried=held, examples=self.examples)
        stumbled = self.stumbled(workspace, candidate, cancel)
        if stumbled:
            call, error = stumbled[0]
            more = f", and {len(stumbled) - 1} more" if len(stumbled) > 1 else ""
            checks.append(Check("edges", Status.HINT, f"{call} ends with {error}{more}"))
        return replace(candidate, stumbles=len(stumbled), checks=(*candidate.checks, *checks))

    def stumbled(
        self, workspace: Workspace, candidate: Candidate, cancel: Cancel
    ) -> tuple[tuple[str, str], ...]:
        """Calls at the edges, of the kind that the candidate can do, with the errors in which it
        ends though the words want none."""
        held = [
            each for each, passed in zip(self.assertions, candidate.tried, strict=True) if passed
        ]
        calls = edge_calls(held, self.edges)
        overlay = overlay_of(candidate)
        errors = stumbles_of(
            workspace.runner, self.path, calls, overlay, cancel, refuses=self.refuses
        )
        return tuple(
            (call, error)
            for call, error in zip(calls, errors, strict=True)
            if error and error.partition(":")[0] not in self.errors
        )

    def settled(self, candidates: Sequence[Candidate]) -> bool:
        """Whether enough answers do the same, and most of what was expected."""
        best = next(iter(ranked(candidates)), None)
        if best is None or best.unwritten or best.stumbles or self.misses(best):
            return False
        same = Counter(each.tried for each in candidates)[best.tried]
        return same >= _AGREEING and 2 * sum(best.tried) >= len(self.assertions)

    def tells(self, candidates: Sequence[Candidate]) -> bool:
        """Whether examples could tell a right answer from these, all of which miss most of them."""
        best = next(iter(ranked(candidates)), None)
        near = best is not None and 2 * best.expected[0] >= self.examples
        return not near and self.are_credible(candidates)

    def are_credible(self, candidates: Sequence[Candidate]) -> bool:
        """False where no answer passes any: such tests are wrong in kind, of another type of value
        mostly."""
        return any(any(each.tried) for each in candidates)

    def misses(self, candidate: Candidate) -> bool:
        """Whether an answer does otherwise than an example of the task's words."""
        return not all(candidate.tried[: self.examples])

    def wrong_units(self, units: Iterable[Unit], candidate: Candidate) -> tuple[Unit, ...]:
        """The functions by themselves that missed examples call."""
        told = self.assertions[: self.examples]
        calls = [
            call_of(each) for each, held in zip(told, candidate.tried, strict=False) if not held
        ]
        return tuple(
            unit
            for unit in units
            if unit.kind is UnitKind.FUNCTION
            and any(call.startswith(f"{unit.name}(") for call in calls)
        )

    def missed(
        self, workspace: Workspace, candidate: Candidate, cancel: Cancel
    ) -> tuple[Missed, ...]:
        """The examples that an answer misses, with what it gives instead."""
        told = self.assertions[: self.examples]
        missed = [each for each, held in zip(told, candidate.tried, strict=False) if not held]
        wrong = [each for each in missed if call_of(each)]
        calls = [call_of(assertion) for assertion in wrong]
        gave = values_of(workspace.runner, self.path, calls, overlay_of(candidate), cancel)
        return tuple(
            Missed(call, expected_by(assertion), _shown(value[1:]))
            for call, assertion, value in zip(calls, wrong, gave, strict=False)
            if value[:1] in ("=", "!")
        )


def suit(workspace: Workspace, request: TaskRequest, target: Target) -> bool:
    """Whether own tests can rank the answers for a place."""
    return (
        request.generated_tests
        and request.check is None
        and request.candidates > 1
        and is_to_be_written(workspace, target)
        and workspace.runner.isolates
    )


def write_generated_tests(
    workspace: Workspace, context: Context, task: str, target: Target, seed: int, cancel: Cancel
) -> Generator[Event, None, GeneratedTests | None]:
    """Asks for tests; None when none came that can be run."""
    path = target.file.path
    yield PhaseStarted(Phase.TESTING, path)
    messages = generated_tests_messages(context, task, path)
    code = workspace.repository.text(path).text
    beginnings = list(_beginnings(code))[:_MOST_DEFINITIONS] or [("assert ", None)]
    draws = _DRAWS if len(beginnings) == 1 else 1
    total = draws * len(beginnings)
    found: list[list[str]] = []
    for number, (begun, takes) in enumerate(beginnings):
        opening = opening_fence(path) + begun
        if room_for(workspace, [each.content for each in messages], opening) < _MOST_TOKENS:
            return None
        samplings = ladder(draws, seed=seed, max_tokens=_MOST_TOKENS, stop=(closing_fence(),))
        asked = request_for(messages, samplings, opening=opening.rstrip(" "))
        asked = replace(asked, wants_all=True)
        offset = number * draws
        drawn = yield from _drawn(workspace, asked, begun, code, cancel, offset, total)
        if takes is not None and not any(drawn):
            # Names of values that stand nowhere, or arguments that are not taken.
            grammar = Constraint("lark", literal_calls(begun, *takes))
            asked = replace(asked, samplings=samplings[:1], constraint=grammar)
            drawn = yield from _drawn(workspace, asked, begun, code, cancel, offset, total)
        found += drawn
    words = "\n".join([task, *(file.text for file in context.files)])
    found = [[with_grouped_texts(each, words) for each in one] for one in found]
    plain = told_examples(words, code)
    assertions = without_contradictions([*plain, *(each for one in found for each in one)])
    told = [each for each in assertions if is_told(each, words)]
    # Values of the words can be put together wrongly too: what was written twice is likelier told.
    twice = [each for each in told if sum(each in one for one in found) > 1]
    examples = list(dict.fromkeys([*plain, *(twice or told)]))
    rest = [each for each in assertions if each not in examples]
    raised = raised_in(words)
    tests = tuple(with_raising(each, raised) for each in (*examples, *rest))
    if not assertions:
        return None
    intent = read_intent(task, context="\n".join(file.text for file in context.files))
    refuses = intent.asks(Topic.REFUSAL)
    return GeneratedTests(path, tests, len(examples), intent.edges, intent.errors, refuses)


def _drawn(
    workspace: Workspace,
    asked: Request,
    begun: str,
    code: str,
    cancel: Cancel,
    offset: int,
    total: int,
) -> Generator[Event, None, list[list[str]]]:
    """The assertions of each answer that can be run, as text that begins with `begun`."""
    written: dict[int, str] = {}
    for event in draw(workspace.engine, asked, cancel, offset=offset, total=total):
        if isinstance(event, Drawn):
            written[event.index] = begun.rstrip(" ") + event.completion.text
        else:
            yield event
    return [list(_runnable(text, code)) for _, text in sorted(written.items())]


def _runnable(text: str, code: str) -> Iterator[str]:
    """The assertions of a text that can be run on the definitions of `code`."""
    for each in assertions_in(text):
        assertion = with_arguments_packed(with_positions(each, code), code)
        if is_closed(assertion, code) and binds(assertion, code):
            yield assertion


def literal_calls(begun: str, least: int, most: int) -> str:
    """A grammar, in llguidance's Lark, of lines that begin so and compare a call with a literal;
    the first one has begun. The call has `least` to `most` arguments, which are literals."""
    further = f' (", " NAME? value){{{max(0, least - 1)},{most - 1}}}' if most > 1 else ""
    given = f"(value{further}){'' if least else '?'}" if most else ""
    call = begun.replace("\\", "\\\\").replace('"', '\\"')
    return f"""\
start: rest ("\\n{call}" rest){{0,{_MOST_LITERAL - 1}}} "\\n"? "```"?
rest: {given} ") == " value
value: NUMBER | STRING | "True" | "False" | "None" | list | tuple | dict
list: "[" (value (", " value)*)? "]"
tuple: "(" value ("," " " value)* ","? ")"
dict: "{{" (pair (", " pair)*)? "}}"
pair: value ": " value
NAME: /[A-Za-z_][A-Za-z0-9_]*=/
NUMBER: /-?[0-9]{{1,12}}(\\.[0-9]{{1,6}})?/
STRING: /"[^"\\\\\\n]{{0,160}}"|'[^'\\\\\\n]{{0,160}}'/
"""


def _shown(value: str) -> str:
    return value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."


def _beginnings(code: str) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """How an assertion about each definition of a file begins, and how many arguments it takes at
    least and at most, where that is a function which takes so many.

    Where the order of arguments could be mistaken, with the name of the first.
    """
    tree = parsed(code)
    for node in tree.body if tree else ():
        match node:
            case ast.FunctionDef(name=name, args=given):
                named = not given.posonlyargs and len(given.args) > 1
                first = f"{given.args[0].arg}=" if named else ""
                most = len(given.posonlyargs) + len(given.args)
                keywords = any(default is None for default in given.kw_defaults)
                takes = None if keywords else (most - len(given.defaults), most)
                yield f"assert {name}({first}", takes
            case ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name, bases=[]):
                yield f"assert {name}(", None
            case _:
                pass
