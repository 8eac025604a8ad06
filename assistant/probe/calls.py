"""Calls a function of a candidate on many inputs, to compare what candidates do.

Runs in the sandbox of the check, and only if the user consented to running the repository's Python
code. Outcomes say what a candidate does, not whether that is right.
"""

from collections.abc import Mapping, Sequence

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.probe.examples import Arguments, Expectation
from assistant.probe.outcomes import Outcome, decoded
from assistant.probe.scripts import Trial, run_trial

PROBE_SECONDS = 10.0
"""Wall-clock limit of all calls together."""

_CALL_SECONDS = 0.2
_UNCOMPARABLE = 4000
"""From this many characters on, the repr of a value with its effects is not compared."""
_CALL = """\
EFFECTS, UNCOMPARABLE = %r, %d

def one(function, item):
    arguments = ast.literal_eval(item)
    text = repr(function(*arguments))
    effects = repr(arguments) if EFFECTS else ""
    if len(text) + len(effects) >= UNCOMPARABLE:
        return {"ending": "uncomparable"}
    return {"ending": "value", "text": text, "effects": effects}
"""
_SATISFIES = """\
import copy

def one(names, item):
    space = dict(names)
    exec(item, space)
    for arguments, value, truth in %s:
        got = space[%r](*copy.deepcopy(arguments))
        if not (bool(got) == value if truth else got == value):
            return False
    return True
"""
_MOST_TIMEOUTS = 25
"""Versions of a function that may time out before the rest is skipped."""


def probe(
    runner: CheckRunner,
    path: str,
    name: str,
    inputs: Sequence[Arguments],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
    *,
    effects: bool = False,
) -> tuple[Outcome, ...]:
    """What the function `name` of the Python file `path` does on each input, under the overlay.

    With `effects`, outcomes include the arguments after the call. Empty if the function cannot be
    called at all. Raises Cancelled.
    """
    items = [repr(each) for each in inputs]
    code = _CALL % (effects, _UNCOMPARABLE)
    trial = Trial(code, path, name, items, _CALL_SECONDS, PROBE_SECONDS)
    return decoded(run_trial(runner, trial, overlay, cancel))


def satisfying(
    runner: CheckRunner,
    path: str,
    name: str,
    sources: Sequence[str],
    expected: Sequence[Expectation],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
) -> tuple[str, ...]:
    """The versions of the function `name` that meet all expectations.

    `sources` are the versions, each executed in the namespace of the Python file `path` under the
    overlay. After many timeouts, the remaining versions are left out untried. Raises Cancelled.
    """
    facts = [(each.arguments, each.value, each.truth) for each in expected]
    code = _SATISFIES % (repr(facts), name)
    trial = Trial(code, path, "", sources, _CALL_SECONDS, PROBE_SECONDS, _MOST_TIMEOUTS)
    results = run_trial(runner, trial, overlay, cancel)
    return tuple(text for text, passed in zip(sources, results, strict=False) if passed is True)
