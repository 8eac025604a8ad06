"""Finds out what code that is yet to be written should do: stated examples and generated tests.

Stated examples are read from the task's words without the model. Generated tests are assertions
that the model writes; they are often wrong, so they rank candidates and prove nothing: of several
candidates, the one that does more of what was expected is likelier right (CodeT,
https://arxiv.org/abs/2207.10397). An assertion whose values all occur in the words counts as a
stated example too. Used only with the user's consent, in a sandbox.
"""

import ast
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.context.bundle import Context
from assistant.engine.base import Cancel, Constraint, Request
from assistant.intent.values import Intent
from assistant.probe.assertions import (
    assertions_in,
    binds,
    call_of,
    is_closed,
    without_contradictions,
)
from assistant.probe.normalizing import (
    raised_in,
    with_arguments_packed,
    with_digit_groups,
    with_positions,
    with_raising,
)
from assistant.probe.stated import is_stated, stated_examples
from assistant.probe.trials import try_assertions
from assistant.prompt.builder import closing_fence, generated_tests_messages, opening_fence
from assistant.repo.python_trees import parsed
from assistant.repo.units import Unit, UnitKind
from assistant.solving.drawing import Drawn, draw, ladder, room_for
from assistant.solving.events import Event, Phase, PhaseStarted
from assistant.solving.pool import fingerprint
from assistant.solving.request import Workspace
from assistant.solving.splicing import overlay_of
from assistant.solving.values import Candidate

LEAST_CANDIDATES = 4
"""Candidates of a draw where expectations can rank them."""

_DRAWS = 2
_MOST_TOKENS = 250
_MOST_LITERAL = 8
"""Assertions that the grammar of literals asks for."""
_MOST_DEFINITIONS = 2
"""Definitions of a file for which tests are generated, each in a request of its own."""
_AGREEING = 3
"""Candidates with the same results after which more are not worth their time."""


@dataclass(slots=True)
class Expectations:
    """Assertions about one file, and how candidates do on them; each candidate runs once."""

    workspace: Workspace
    path: str
    assertions: tuple[str, ...]
    examples: int
    """The first so many assertions are stated in the task."""
    cancel: Cancel
    _held: dict[tuple[str, ...], tuple[bool, ...]] = field(default_factory=dict)

    def held(self, candidate: Candidate) -> tuple[bool, ...]:
        """Which assertions hold for a candidate. Raises Cancelled."""
        mark = fingerprint(candidate)
        if mark not in self._held:
            self._held[mark] = try_assertions(
                self.workspace.runner,
                self.path,
                self.assertions,
                overlay_of(candidate),
                self.cancel,
            )
        return self._held[mark]

    def are_settled(self, ranked: Sequence[Candidate], drawn: Sequence[Candidate]) -> bool:
        """Enough candidates do the same, and most of what is expected."""
        if not ranked:
            return False
        best = ranked[0]
        if best.found("bodies") or self.misses(best):
            return False
        same = Counter(self.held(each) for each in drawn)[self.held(best)]
        return same >= _AGREEING and 2 * sum(self.held(best)) >= len(self.assertions)

    def are_far(self, ranked: Sequence[Candidate]) -> bool:
        """The best candidate misses more than half of the stated examples, though some assertion
        holds: more drafts are worthwhile then, because a right one could be told."""
        near = bool(ranked) and 2 * sum(self.held(ranked[0])[: self.examples]) >= self.examples
        return not near and self.are_credible(ranked)

    def are_credible(self, candidates: Iterable[Candidate]) -> bool:
        """False where no candidate passes any: then the assertions are of the wrong kind."""
        return any(any(self.held(each)) for each in candidates)

    def misses(self, candidate: Candidate) -> bool:
        """The candidate contradicts a stated example."""
        return not all(self.held(candidate)[: self.examples])

    def wrong_units(self, units: Iterable[Unit], candidate: Candidate) -> tuple[Unit, ...]:
        """The functions that missed examples call directly."""
        calls = [call_of(each) for each in self.missed_examples(candidate)]
        return tuple(
            unit
            for unit in units
            if unit.kind is UnitKind.FUNCTION
            and any(call.startswith(f"{unit.name}(") for call in calls)
        )

    def missed_examples(self, candidate: Candidate) -> list[str]:
        """The stated examples that do not hold for a candidate."""
        rows = zip(self.assertions[: self.examples], self.held(candidate), strict=False)
        return [each for each, held in rows if not held]


def find_expectations(
    workspace: Workspace,
    context: Context,
    intent: Intent,
    path: str,
    seed: int,
    cancel: Cancel,
    *,
    generate: bool = True,
) -> Generator[Event, None, Expectations | None]:
    """What the file at `path` should do; None when nothing was found that can be run.

    With `generate` the model writes tests too.
    """
    code = workspace.repository.text(path).text
    words = "\n".join([intent.text, *(file.text for file in context.files)])
    stated = stated_examples(words, code)
    generated: list[list[str]] = []
    if generate:
        yield PhaseStarted(Phase.TESTING, path)
        generated = yield from _generated(workspace, context, intent.text, path, seed, cancel)
    generated = [[with_digit_groups(each, words) for each in one] for one in generated]
    assertions = without_contradictions([*stated, *(each for one in generated for each in one)])
    if not assertions:
        return None
    found = [each for each in assertions if is_stated(each, words)]
    # Values from the words can be combined wrongly: what was written twice is likelier stated.
    twice = [each for each in found if sum(each in one for one in generated) > 1]
    examples = list(dict.fromkeys([*stated, *(twice or found)]))
    rest = [each for each in assertions if each not in examples]
    raised = raised_in(words)
    tests = tuple(with_raising(each, raised) for each in (*examples, *rest))
    return Expectations(workspace, path, tests, len(examples), cancel)


def _generated(
    workspace: Workspace, context: Context, task: str, path: str, seed: int, cancel: Cancel
) -> Generator[Event, None, list[list[str]]]:
    """The runnable assertions of each text that the model wrote."""
    messages = generated_tests_messages(context, task, path)
    code = workspace.repository.text(path).text
    beginnings = list(_beginnings(code))[:_MOST_DEFINITIONS] or [("assert ", None)]
    draws = _DRAWS if len(beginnings) == 1 else 1
    found: list[list[str]] = []
    for begun, takes in beginnings:
        opening = opening_fence(path) + begun
        if room_for(workspace, [each.content for each in messages], opening) < _MOST_TOKENS:
            return []
        samplings = ladder(draws, seed=seed, max_tokens=_MOST_TOKENS, stop=(closing_fence(),))
        asked = Request(messages, opening=opening.rstrip(" "), samplings=samplings, wants_all=True)
        drawn = yield from _drawn(workspace, asked, begun, code, cancel)
        if takes is not None and not any(drawn):
            # Undefined names, or arguments that the function does not take: ask for literals.
            grammar = Constraint("lark", literal_calls(begun, *takes))
            asked = replace(asked, samplings=samplings[:1], constraint=grammar)
            drawn = yield from _drawn(workspace, asked, begun, code, cancel)
        found += drawn
    return found


def _drawn(
    workspace: Workspace, asked: Request, begun: str, code: str, cancel: Cancel
) -> Generator[Event, None, list[list[str]]]:
    numbers = iter(range(len(asked.samplings) + 1))
    texts: list[str] = []
    for event in draw(workspace.engine, asked, cancel, lambda: next(numbers)):
        if isinstance(event, Drawn):
            texts.append(begun.rstrip(" ") + event.completion.text)
        else:
            yield event
    return [list(_runnable(text, code)) for text in texts]


def _runnable(text: str, code: str) -> Iterator[str]:
    """The assertions of a text that can be run on the definitions of `code`."""
    for each in assertions_in(text):
        assertion = with_arguments_packed(with_positions(each, code), code)
        if is_closed(assertion, code) and binds(assertion, code):
            yield assertion


def literal_calls(begun: str, least: int, most: int) -> str:
    """A grammar, in llguidance's Lark, of assertions that compare a call with a literal.

    Every line begins with `begun`, which the first one already has. The call takes `least` to
    `most` arguments, which are literals.
    """
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


def _beginnings(code: str) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """How an assertion about each definition begins, and the least and most positional arguments
    of a function that needs no others.

    Where arguments could be confused, the name of the first one is part of the beginning.
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
